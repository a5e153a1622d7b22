"""A folder of mails: each is stored once and removed, whoever put it there and whoever else is looking."""

import fcntl
import os
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from feedback import clock
from feedback.delivery.inbound import spool
from feedback.delivery.inbound.spool import take_folder
from feedback.jobs import periodic
from feedback.worker import Worker
from tests.delivery.inbound.conftest import Mailbox


@pytest.fixture
def folder(mailbox: Mailbox, tmp_path: Path) -> Path:
    """A folder that is set up and empty."""
    found = tmp_path / "in"
    found.mkdir()
    mailbox.settings = replace(mailbox.settings, inbound_dir=found)
    return found


def put(folder: Path, name: str, raw: bytes, *, age: float = 60) -> Path:
    path = folder / name
    path.write_bytes(raw)
    moment = clock.now().timestamp() - age
    os.utime(path, (moment, moment))
    return path


def round_of(mailbox: Mailbox) -> int:
    return take_folder(mailbox.settings, mailbox.database)


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir() if path.is_file())


def test_a_file_is_stored_and_removed(mailbox: Mailbox, folder: Path) -> None:
    put(folder, "1.eml", mailbox.letter("From the folder."))
    assert round_of(mailbox) == 1
    assert [row.text for row in mailbox.rows()] == ["From the folder."]
    assert names(folder) == []
    assert round_of(mailbox) == 0


def test_a_maildir_is_read_where_mails_are_complete(mailbox: Mailbox, folder: Path) -> None:
    for part in ("new", "cur", "tmp"):
        (folder / part).mkdir()
    put(folder / "new", "1700000000.M1P2.host", mailbox.letter("new"), age=0)
    put(folder / "tmp", "1700000001.M1P2.host", mailbox.letter("half", "2@x"))
    put(folder / "cur", "1700000002.M1P2.host:2,S", mailbox.letter("seen", "3@x"))
    round_of(mailbox)
    assert [row.text for row in mailbox.rows()] == ["new"]
    assert names(folder / "tmp") + names(folder / "cur") == ["1700000001.M1P2.host", "1700000002.M1P2.host:2,S"]


def test_what_is_half_written_is_left_alone(mailbox: Mailbox, folder: Path) -> None:
    unfinished = [".1.eml", "1.eml.tmp", "1.eml~", "1.part"]
    for name in unfinished:
        put(folder, name, mailbox.letter())
    (folder / "sub").mkdir()
    assert round_of(mailbox) == 0
    assert names(folder) == unfinished


def test_a_file_is_left_alone_until_nobody_has_written_to_it_for_a_moment(mailbox: Mailbox, folder: Path) -> None:
    path = put(folder, "1.eml", mailbox.letter(), age=1)
    assert round_of(mailbox) == 0
    os.utime(path, (path.stat().st_mtime - 10,) * 2)
    assert round_of(mailbox) == 1


def test_a_symbolic_link_is_not_followed(mailbox: Mailbox, folder: Path, tmp_path: Path) -> None:
    secret = put(tmp_path, "secret.eml", mailbox.letter("secret"))
    (folder / "1.eml").symlink_to(secret)
    assert round_of(mailbox) == 0
    assert mailbox.rows() == []
    assert secret.exists()


def test_a_mail_to_nobody_is_moved_aside_with_its_reason(mailbox: Mailbox, folder: Path) -> None:
    put(folder, "a.eml", b"To: ann@mail.example\n\nhello")
    put(folder, "b.eml", b"To: case+aaaaaaaaaaaaaaaaaaaa@mail.example\n\nhello")
    round_of(mailbox)
    put(folder, "b.eml", b"To: case+aaaaaaaaaaaaaaaaaaaa@mail.example\n\nhello again")
    round_of(mailbox)
    refused = spool.refused_dir(folder)
    assert names(refused) == ["a.eml", "a.eml.reason", "b.eml", "b.eml.2", "b.eml.2.reason", "b.eml.reason"]
    assert "no such mailbox" in (refused / "b.eml.reason").read_text()
    assert (refused / "b.eml.2").read_bytes().endswith(b"hello again")
    assert names(folder) == []


def test_what_cannot_be_a_mail_is_moved_aside(mailbox: Mailbox, folder: Path) -> None:
    put(folder, "empty", b"")
    with put(folder, "huge", b"To: x\n\n").open("r+b") as file:
        file.truncate(26_000_000)
    os.utime(folder / "huge", (1, 1))
    round_of(mailbox)
    assert names(spool.failed_dir(folder)) == ["empty", "empty.reason", "huge", "huge.reason"]


def test_where_a_server_says_for_whom_it_is_only_they_get_it(mailbox: Mailbox, folder: Path) -> None:
    other = mailbox.another()
    head = f"Delivered-To: {other}\n"
    put(folder, "1.eml", mailbox.letter("one", head=head))
    put(folder, "2.eml", mailbox.letter("two", "2@x", head=f"Cc: {other}\n"))
    round_of(mailbox)
    found = [(row.text, row.link_id == mailbox.link_id) for row in mailbox.rows()]
    assert found == [("one", False), ("two", True), ("two", False)]


def test_a_file_that_another_worker_has_is_left_to_it(mailbox: Mailbox, folder: Path) -> None:
    path = put(folder, "1.eml", mailbox.letter())
    with path.open("rb") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        assert round_of(mailbox) == 0
        assert path.exists()
    assert round_of(mailbox) == 1


def test_a_worker_that_died_after_the_commit_leaves_no_double(mailbox: Mailbox, folder: Path) -> None:
    mailbox.take(mailbox.letter())  # it was stored, and the file was still there
    put(folder, "1.eml", mailbox.letter())
    assert round_of(mailbox) == 1
    assert len(mailbox.rows()) == 1
    assert names(folder) == []


def test_a_mail_that_cannot_be_stored_now_stays(mailbox: Mailbox, folder: Path) -> None:
    put(folder, "1.eml", mailbox.letter())
    with mailbox.database.write() as session:
        session.connection().exec_driver_sql("ALTER TABLE inbound_mail RENAME TO inbound_mail_away")
    with pytest.raises(Exception, match="inbound_mail"):
        round_of(mailbox)
    assert names(folder) == ["1.eml"]
    with mailbox.database.write() as session:
        session.connection().exec_driver_sql("ALTER TABLE inbound_mail_away RENAME TO inbound_mail")
    assert round_of(mailbox) == 1


def test_the_worker_looks_every_quarter_of_a_minute_where_there_is_a_folder(mailbox: Mailbox, folder: Path) -> None:
    assert periodic(mailbox.settings)["delivery.take_folder"] == timedelta(seconds=15)
    assert "delivery.take_folder" not in periodic(replace(mailbox.settings, inbound_dir=None))
    put(folder, "1.eml", mailbox.letter())
    worker = Worker(mailbox.settings, mailbox.database, "a secret for tests")
    worker.drain()
    worker.close()
    assert len(mailbox.rows()) == 1


def test_a_folder_that_is_not_there_stops_nothing(mailbox: Mailbox, tmp_path: Path) -> None:
    mailbox.settings = replace(mailbox.settings, inbound_dir=tmp_path / "nowhere")
    assert round_of(mailbox) == 0
