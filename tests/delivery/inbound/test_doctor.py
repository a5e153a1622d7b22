"""What `feedback doctor` says before anything was made, about answers by mail, and about signatures."""

import socket
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from feedback.db import Database
from feedback.delivery.inbound.lmtp import LmtpServer
from feedback.operations import examine
from feedback.settings import Settings
from feedback.terminal import Terminal
from tests.helpers.server import free_port


@pytest.fixture(params=["sqlite"])
def kind(request: pytest.FixtureRequest) -> str:
    """None of this asks the database."""
    return str(request.param)


def line(
    settings: Settings, database: Database, name: str = "Replies by email", **more: Any
) -> tuple[bool | None, str]:
    findings = examine(Terminal(replace(settings, **more), database), str)
    [found] = [finding for finding in findings if finding.name == name]
    return found.ok, found.detail


@pytest.fixture
def stranger() -> Iterator[int]:
    """A program that greets in another language."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.listen()

        def greet() -> None:
            connection, _ = server.accept()
            connection.sendall(b"SSH-2.0-x\r\n")
            connection.close()

        threading.Thread(target=greet, daemon=True).start()
        yield server.getsockname()[1]


def test_without_settings_it_says_where_answers_go(settings: Settings, database: Database) -> None:
    assert line(settings, database) == (None, "not set up: customers’ replies go to each site’s own address")


def test_a_free_address_is_fine_and_one_that_answers_too(settings: Settings, database: Database) -> None:
    port = free_port()
    where = f"127.0.0.1:{port}"
    chosen = replace(settings, inbound_lmtp=("127.0.0.1", port))
    assert line(chosen, database) == (True, f"{where} is free, the worker will listen there")
    server = LmtpServer(chosen, database)
    server.start()
    assert server.listening.wait(30)
    assert line(chosen, database) == (True, f"LMTP answers at {where}")
    server.stop()


def test_another_program_at_the_address_fails(settings: Settings, database: Database, stranger: int) -> None:
    found = line(settings, database, inbound_lmtp=("127.0.0.1", stranger))
    assert found == (False, f"another program answers at 127.0.0.1:{stranger}")


def test_an_address_of_another_machine_fails(settings: Settings, database: Database) -> None:
    ok, detail = line(settings, database, inbound_lmtp=("no.such.host.invalid", 24))
    assert ok is False
    assert detail.startswith("no.such.host.invalid:24: ")


def test_a_folder_must_be_there(settings: Settings, database: Database, tmp_path: Path) -> None:
    folder = tmp_path / "in"
    assert line(settings, database, inbound_dir=folder) == (False, f"{folder} can't be read and emptied")
    (folder / "new").mkdir(parents=True)
    port = free_port()
    ok, detail = line(settings, database, inbound_dir=folder, inbound_lmtp=("127.0.0.1", port))
    assert ok is True
    assert detail == f"127.0.0.1:{port} is free, the worker will listen there; {folder / 'new'}"


def test_whether_mails_are_signed_is_said_and_what_to_do_else(
    settings: Settings, database: Database, tmp_path: Path
) -> None:
    ok, told = line(settings, database, "DKIM")
    assert ok is None
    assert "DKIM_KEY_FILE" in told
    key = tmp_path / "dkim.pem"
    chosen = replace(settings, dkim_key_file=key, dkim_selector="fb1", mail_from="news@shop.example")
    assert line(chosen, database, "DKIM") == (False, f"{key}: No such file or directory")
    key.write_text("a key, as the settings have checked")
    ok, told = line(chosen, database, "DKIM")
    assert ok is True
    assert told.endswith("fb1._domainkey.shop.example")


def test_before_anything_was_made_it_says_which_command_makes_it(settings: Settings, tmp_path: Path) -> None:
    nothing = Database(replace(settings, database_url=f"sqlite:///{tmp_path / 'none.db'}"))
    there = tmp_path / "not-yet"
    told = f"{there} is not there yet. Run “feedback init”."
    assert line(settings, nothing, "Data folder", data_dir=there) == (False, told)
    assert line(settings, nothing, "Database") == (False, "The database is empty. Run “feedback init”.")
    nothing.dispose()
