# `make demo` shows the product, `make test` tests it; both make their own environment first.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed

.PHONY: demo test test-quick lint soak bench strings migration clean

demo: $(STAMP)
	$(BIN)/feedback demo

test: $(STAMP) lint
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

clean:
	rm -rf $(VENV) var dist

$(STAMP): pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit("Python 3.11 or newer is needed, this is " + sys.version.split()[0]) if sys.version_info < (3, 11) else None'
	@$(PYTHON) -c 'import ensurepip' 2>/dev/null || { echo "Python has no ensurepip here: apt install python3-venv"; exit 1; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable '.[dev]'
	@touch $(STAMP)
