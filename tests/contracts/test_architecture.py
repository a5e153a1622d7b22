"""The house stays in order: sizes, imports, transactions, rules, and columns that say what erasure does."""

import ast
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from sqlalchemy import JSON, String, Text

from feedback.db import PERSONAL_KINDS, Base
from feedback.wiring import FEATURES, wire

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "feedback"
SOURCES = sorted(path for path in PACKAGE.rglob("*.py") if "versions" not in path.parts)
#: Tables of no site: accounts span sites, links of staff and jobs may have none, periodic slots have none.
WITHOUT_SITE = {"site", "staff_member", "staff_session", "sign_in_failure", "worker_beat"}


def test_import_contracts_hold() -> None:
    run = subprocess.run(
        [Path(sys.executable).with_name("lint-imports"), "--no-cache"], cwd=ROOT, capture_output=True, text=True
    )
    assert run.returncode == 0, run.stdout[-4000:]


def test_no_module_is_longer_than_400_lines() -> None:
    files = [*SOURCES, *ROOT.glob("tests/**/*.py")]
    long = {str(path): count for path in files if (count := len(path.read_text().splitlines())) > 400}
    assert not long


def test_no_template_is_longer_than_120_lines() -> None:
    long = {
        str(path): count
        for path in ROOT.glob("templates/**/*.*")
        if (count := len(path.read_text().splitlines())) > 120
    }
    assert not long


@pytest.mark.parametrize("feature", FEATURES)
def test_a_feature_never_commits(feature: str) -> None:
    for path in (PACKAGE / feature).rglob("*.py"):
        assert not re.search(r"\.(commit|rollback)\(", path.read_text()), path


def test_every_module_says_in_one_docstring_what_lives_there() -> None:
    silent = [str(path) for path in SOURCES if not ast.get_docstring(ast.parse(path.read_text()))]
    assert not silent


def test_every_rule_module_is_held_pure_by_contract_5() -> None:
    config = tomllib.loads((ROOT / "pyproject.toml").read_text())
    contracts = config["tool"]["importlinter"]["contracts"]
    pure = set(next(contract for contract in contracts if contract["name"].startswith("5."))["source_modules"])
    rules = {
        ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
        for path in SOURCES
        if (ast.get_docstring(ast.parse(path.read_text())) or "").startswith("Rule:")
    }
    assert rules == pure


def test_no_names_that_say_nothing() -> None:
    empty = {"utils", "helpers", "common", "manager", "handler"}
    assert not [str(path) for path in SOURCES if path.stem in empty or path.parent.name in empty]


def test_every_text_column_says_what_erasure_does_to_it() -> None:
    wire()
    silent = [
        f"{table.name}.{column.name}"
        for table in Base.metadata.tables.values()
        for column in table.columns
        if isinstance(column.type, String | Text | JSON) and not _declared(column.info.get("personal", ""))
    ]
    assert not silent


def test_every_table_belongs_to_a_site() -> None:
    wire()
    strays = [
        table.name
        for table in Base.metadata.tables.values()
        if table.name not in WITHOUT_SITE and "site_id" not in table.columns
    ]
    assert not strays


def test_templates_have_no_inline_styles_or_handlers_and_mark_nothing_safe() -> None:
    templates = list(ROOT.glob("templates/**/*.html"))
    assert templates
    for path in templates:
        text = path.read_text()
        assert not re.search(r"\son[a-z]+=", text), path
        assert "|safe" not in text.replace(" ", ""), path
        if "mail" not in path.parts:
            assert not re.search(r"\sstyle=", text), path


def test_styles_use_logical_properties_only() -> None:
    physical = re.compile(
        r"(?<![\w-])(margin|padding|border|inset)-(left|right)"
        r"|(?<![\w-])(left|right)\s*:|text-align:\s*(left|right)|float:\s*(left|right)"
    )
    sheets = list(ROOT.glob("static/css/*.css"))
    assert sheets
    for path in sheets:
        found = physical.search(re.sub(r"/\*.*?\*/", "", path.read_text(), flags=re.S))
        assert not found, (path, found)


def _declared(kind: str) -> bool:
    return kind in PERSONAL_KINDS or kind.startswith("keep: ")
