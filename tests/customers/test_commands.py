"""Importing, exporting and erasing customers at the terminal, as an operator types it."""

import csv
import io
import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import select

from feedback import cli
from feedback.customers.models import Customer
from feedback.db import Database
from feedback.paths import DEMO_DATA
from feedback.settings import Settings
from feedback.sites.models import Site


@dataclass(frozen=True)
class Run:
    """What became of a command."""

    returncode: int
    stdout: str
    stderr: str


@pytest.fixture
def site_id(database: Database) -> int:
    """The only site."""
    with database.write() as session:
        site = Site(key="shop", name="Shop", salt="s" * 32, created_at=datetime.now(UTC), languages=["en"])
        session.add(site)
        session.flush()
        return site.id


@pytest.fixture
def run(settings: Settings, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Callable[..., Run]:
    """The command as typed, in this process."""

    def typed_in(*arguments: str, language: str = "en", typed: str = "") -> Run:
        monkeypatch.setenv("LC_ALL", f"{language}.UTF-8")
        monkeypatch.setenv("FEEDBACK_DATA_DIR", str(settings.data_dir))
        monkeypatch.setenv("FEEDBACK_DATABASE_URL", settings.database_url)
        monkeypatch.setattr("sys.stdin", io.StringIO(typed))
        capsys.readouterr()
        code = cli.run(["customers", *arguments])
        told = capsys.readouterr()
        return Run(code, told.out, told.err)

    return typed_in


def test_two_hundred_customers_in_six_languages_are_imported(
    run: Callable[..., Run], database: Database, site_id: int
) -> None:
    first = run("import", str(DEMO_DATA / "customers.csv"), "--site", "shop", "--json")
    assert first.returncode == 0, first.stderr
    assert json.loads(first.stdout) == {
        "created": 200,
        "changed": 0,
        "unchanged": 0,
        "rejected": 0,
        "rejects": None,
    }
    with database.read() as session:
        rows = session.scalars(select(Customer).where(Customer.site_id == site_id)).all()
    languages = {row.locale.partition("-")[0] for row in rows if row.locale}
    assert languages == {"en", "sw", "ne", "fa", "mn", "hy"}
    assert any("\u200c" in row.name for row in rows if row.name)
    assert any(row.attributes.get("city") == "Երևան" for row in rows)
    again = run("import", str(DEMO_DATA / "customers.csv"))
    assert "Unchanged: 200" in again.stdout


def test_bad_rows_are_set_aside_with_line_and_reason(
    run: Callable[..., Run], database: Database, site_id: int, tmp_path: Path
) -> None:
    file = tmp_path / "hostile.csv"
    file.write_bytes((DEMO_DATA / "customers-bad.csv").read_bytes())
    done = run("import", str(file))
    assert done.returncode == 0, done.stderr
    with database.read() as session:
        found = set(session.scalars(select(Customer.external_id).where(Customer.site_id == site_id)))
    assert found == {"B-1", "B-17", "B-18", "B-19"}
    rejects = tmp_path / "hostile.rejected.csv"
    assert rejects.stat().st_mode & 0o077 == 0
    with rejects.open(encoding="utf-8", newline="") as lines:
        rows = {int(row["line"]): row for row in csv.DictReader(lines)}
    assert rows[3]["reason"] == "email: This is not an email address."
    assert rows[6]["reason"] == "external_id: The same number is already in line 2."
    assert "B-9" in rows[12]["row"]


def test_a_reason_is_told_in_the_language_of_the_terminal(
    run: Callable[..., Run], site_id: int, tmp_path: Path
) -> None:
    file = tmp_path / "one.csv"
    file.write_text("external_id,email\n1,x\n", encoding="utf-8")
    done = run("import", str(file), language="sw_TZ")
    assert done.returncode == 1, "nothing could be used"
    reason = (tmp_path / "one.rejected.csv").read_text(encoding="utf-8")
    assert "This is not" not in reason


def test_a_row_that_looks_like_a_formula_is_set_aside_as_text(
    run: Callable[..., Run], site_id: int, tmp_path: Path
) -> None:
    file = tmp_path / "one.csv"
    file.write_text("external_id,email\n=1+1,x\n", encoding="utf-8")
    run("import", str(file))
    with (tmp_path / "one.rejected.csv").open(encoding="utf-8", newline="") as lines:
        assert next(csv.DictReader(lines))["row"] == "'=1+1,x"


def test_a_good_import_removes_the_rejects_of_the_one_before(
    run: Callable[..., Run], site_id: int, tmp_path: Path
) -> None:
    file = tmp_path / "one.csv"
    file.write_text("external_id,email\n1,x\n", encoding="utf-8")
    run("import", str(file))
    file.write_text("external_id,email\n1,x@example.com\n", encoding="utf-8")
    assert run("import", str(file)).returncode == 0
    assert not (tmp_path / "one.rejected.csv").exists()


def test_a_file_without_numbers_is_refused_whole(run: Callable[..., Run], site_id: int, tmp_path: Path) -> None:
    file = tmp_path / "one.csv"
    file.write_text("email\nx@example.com\n", encoding="utf-8")
    done = run("import", str(file))
    assert done.returncode == 1
    assert "external_id" in done.stderr


def test_export_prints_what_is_held_and_erase_removes_it(
    run: Callable[..., Run], database: Database, site_id: int, tmp_path: Path
) -> None:
    file = tmp_path / "one.csv"
    file.write_text("external_id,name\nC-1,आरती\n", encoding="utf-8")
    run("import", str(file))
    told = run("export", "C-1")
    assert json.loads(told.stdout)["data"]["customer"][0]["name"] == "आरती"
    erased = run("erase", "C-1", "--json")  # no terminal, so there is nobody to ask
    assert erased.returncode == 0, erased.stderr
    assert json.loads(erased.stdout)["erased"] is True
    unknown = run("export", "C-1")
    assert unknown.returncode == 1
    assert "C-1" in unknown.stderr
