"""Sites and staff at the terminal."""

import io
import json
import sys
from typing import Any

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import select

from feedback.db import Database
from feedback.errors import Invalid
from feedback.settings import Settings
from feedback.sites.commands import site
from feedback.sites.models import Site, SiteOrigin
from feedback.staff.commands import staff
from feedback.staff.hashing import verify_password
from feedback.staff.models import StaffMember
from feedback.terminal import Terminal
from tests.helpers.console import PASSWORD


@pytest.fixture
def terminal(settings: Settings, database: Database) -> Terminal:
    """What commands are handed."""
    return Terminal(settings, database)


def run(terminal: Terminal, group: Any, *arguments: str, stdin: str | None = None) -> Result:
    """Run a command; its errors are raised, as the root group would tell them."""
    result = CliRunner(env={"LC_ALL": "C"}).invoke(group, arguments, obj=terminal, input=stdin)
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result


def add_shop(terminal: Terminal) -> None:
    """A site in Tanzania."""
    run(terminal, site, "add", "--key", "shop", "--name", "Duka", "--country", "TZ")


def test_a_site_is_added_with_its_holidays_and_its_key_alone_on_the_last_line(terminal: Terminal) -> None:
    result = run(
        terminal, site, "add", "--key", "shop", "--name", "Duka", "--country", "TZ", "--origin", "https://duka.example/"
    )
    assert result.output.splitlines()[-1] == "shop"
    with terminal.database.read() as session:
        kept = session.scalars(select(Site)).one()
        assert session.scalars(select(SiteOrigin.origin)).all() == ["https://duka.example"]
    assert (kept.locale, kept.time_zone, kept.public_holidays["country"]) == ("sw-TZ", "Africa/Dar_es_Salaam", "TZ")


def test_sites_are_listed_for_people_and_for_programs(terminal: Terminal) -> None:
    add_shop(terminal)
    assert "Duka" in run(terminal, site, "list").output
    listed = json.loads(run(terminal, site, "list", "--json").output)
    assert [row["key"] for row in listed["items"]] == ["shop"]


def test_an_origin_that_cannot_be_adds_nothing(terminal: Terminal) -> None:
    with pytest.raises(Invalid):
        run(terminal, site, "add", "--key", "shop", "--name", "Duka", "--origin", "duka.example")
    assert json.loads(run(terminal, site, "list", "--json").output) == {"items": []}


def test_without_a_password_the_last_line_is_an_address_to_choose_one(terminal: Terminal) -> None:
    add_shop(terminal)
    result = run(terminal, staff, "add", "--email", "asha@duka.example", "--name", "Asha", "--role", "agent")
    assert result.output.splitlines()[-1].startswith("http://127.0.0.1:8000/console/join/")
    again = ["add", "--email", "juma@duka.example", "--name", "Juma", "--role", "lead", "--language", "sw", "--json"]
    told = json.loads(run(terminal, staff, *again).output)
    assert told["url"].startswith("http://127.0.0.1:8000/console/join/")
    assert told["role"] == "lead"


def test_a_password_from_standard_input_is_taken_exactly(terminal: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    add_shop(terminal)
    monkeypatch.setattr(sys, "stdin", io.StringIO(f"  {PASSWORD} \n"))
    arguments = ["add", "--email", "asha@duka.example", "--name", "Asha", "--role", "admin", "--password-stdin"]
    result = run(terminal, staff, *arguments, "--json", stdin=f"  {PASSWORD} \n")
    assert json.loads(result.output)["url"] is None
    with terminal.database.read() as session:
        kept = session.scalars(select(StaffMember)).one().password_hash
    assert verify_password(kept, f"  {PASSWORD} ")


def test_a_weak_password_adds_nobody(terminal: Terminal) -> None:
    add_shop(terminal)
    arguments = ["add", "--email", "asha@duka.example", "--name", "Asha", "--role", "admin", "--password-stdin"]
    with pytest.raises(Invalid):
        run(terminal, staff, *arguments, stdin="password1234\n")
    assert run(terminal, staff, "list").output == ""


def test_staff_are_listed_and_disabled(terminal: Terminal) -> None:
    add_shop(terminal)
    for name, role in (("asha", "admin"), ("juma", "agent")):
        run(terminal, staff, "add", "--email", f"{name}@duka.example", "--name", name, "--role", role)
    assert run(terminal, staff, "disable", "JUMA@duka.example").exit_code == 0
    rows = json.loads(run(terminal, staff, "list", "--site", "shop", "--json").output)["items"]
    assert [(row["email"], row["role"], row["disabled"]) for row in rows] == [
        ("asha@duka.example", "admin", False),
        ("juma@duka.example", "agent", True),
    ]


def test_usage_errors_are_usage_errors(terminal: Terminal) -> None:
    assert run(terminal, staff, "add", "--email", "a@b.example").exit_code == 2
    assert run(terminal, staff, "disable").exit_code == 2
    assert run(terminal, staff, "add", "--email", "a@b.example", "--name", "A", "--role", "owner").exit_code == 2
