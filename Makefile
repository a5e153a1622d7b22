# `make demo` shows the product, `make test` tests it; both make their own environment first.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed

.PHONY: demo test test-quick lint soak bench strings widget migration clean

demo: $(STAMP)
	$(BIN)/feedback demo

test: $(STAMP) lint node_modules
	$(BIN)/python tests/helpers/find_chromium.py
	$(BIN)/pytest -n 2 --dist loadgroup -m "not soak and not bench"

test-quick: $(STAMP)
	$(BIN)/pytest -n 2 --dist loadgroup -m "not soak and not bench and not e2e" -x -q

lint: $(STAMP)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/djlint templates --lint --quiet
	$(BIN)/feedback i18n check

soak: $(STAMP)
	$(BIN)/pytest -m soak -s

bench: $(STAMP)
	$(BIN)/python -m tests.bench

strings: $(STAMP)
	$(BIN)/feedback i18n extract
	$(BIN)/feedback i18n update

widget: node_modules
	node static/widget/build.mjs

# What builds and checks the widget, in the versions that static/widget/package.json names; only developers need it.
node_modules: static/widget/package.json
	@if command -v npm >/dev/null; then \
	  npm install --prefix . --no-save --no-package-lock --ignore-scripts --no-audit --no-fund --loglevel=error \
	    $$(node -p "Object.entries(require('./static/widget/package.json').devDependencies).map(one => one.join('@')).join(' ')") \
	    && touch node_modules || echo "The widget's tools could not be installed."; \
	else echo "No npm: the widget's sources will not be tested. Install one with \`apt install nodejs npm\`."; fi

clean:
	rm -rf $(VENV) var dist node_modules

$(STAMP): pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit("Python 3.11 or newer is needed, this is " + sys.version.split()[0]) if sys.version_info < (3, 11) else None'
	@$(PYTHON) -c 'import ensurepip' 2>/dev/null || { echo "Python has no ensurepip here: apt install python3-venv"; exit 1; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable '.[dev]'
	@touch $(STAMP)
