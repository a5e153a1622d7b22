"""Conversations over a real socket, as Postfix and Exim hold them: a reply for each recipient, 250 after the commit."""

import logging
import os
import signal
import smtplib
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from feedback.db import Database
from feedback.delivery.inbound import lmtp
from feedback.delivery.inbound.arrival import MOST_BYTES
from feedback.delivery.inbound.lmtp import LmtpServer
from feedback.settings import Settings
from tests.delivery.inbound.conftest import Mailbox
from tests.helpers.server import free_port

WILD = Path(__file__).parents[2] / "data" / "replies"
NOBODY = "case+aaaaaaaaaaaaaaaaaaaa@feedback.shop.example"
SENDER = "neema@mail.example"


@contextmanager
def listening(settings: Settings, database: Database, port: int) -> Iterator[LmtpServer]:
    server = LmtpServer(replace(settings, inbound_lmtp=("127.0.0.1", port)), database)
    server.start()
    try:
        assert server.listening.wait(30)
        yield server
    finally:
        server.stop()


@pytest.fixture
def port(mailbox: Mailbox) -> Iterator[int]:
    """Where a server listens for the mailbox."""
    found = free_port()
    with listening(mailbox.settings, mailbox.database, found):
        yield found


def talk(port: int) -> smtplib.LMTP:
    server = smtplib.LMTP("127.0.0.1", port, timeout=30)
    server.ehlo()
    return server


def data(server: smtplib.LMTP, raw: bytes, replies: int) -> list[tuple[int, str]]:
    """DATA, and as many replies as there were recipients; smtplib itself reads only one."""
    server.putcmd("DATA")
    assert server.getreply()[0] == 354
    escaped = b"".join(b"." + line if line.startswith(b".") else line for line in raw.splitlines(keepends=True))
    server.send(escaped.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n") + b"\r\n.\r\n")
    return [(code, text.decode()) for code, text in (server.getreply() for _ in range(replies))]


def test_a_mail_is_taken_and_stored(mailbox: Mailbox, port: int) -> None:
    with talk(port) as server:
        letter = mailbox.letter("Kwa LMTP.\n.\n..\nmwisho").replace(b"\n", b"\r\n")
        assert server.sendmail(SENDER, [mailbox.address], letter) == {}
    assert [row.text for row in mailbox.rows()] == ["Kwa LMTP.\n.\n..\nmwisho"]


def test_every_recipient_gets_a_reply_of_their_own(mailbox: Mailbox, port: int) -> None:
    other = mailbox.another()
    with talk(port) as server:
        server.mail(SENDER)
        assert server.rcpt(mailbox.address)[0] == 250
        assert server.rcpt(NOBODY) == (550, b"5.1.1 There is no such mailbox")
        assert server.rcpt(other.upper())[0] == 250
        assert server.rcpt("feedback@feedback.shop.example")[0] == 550
        assert [code for code, _ in data(server, mailbox.letter(), 2)] == [250, 250]
        server.mail(SENDER)
        server.rcpt(other)
        assert data(server, mailbox.letter(), 1) == [(250, "2.0.0 Stored before")]
    assert len(mailbox.rows()) == 2


def test_a_link_that_is_revoked_between_rcpt_and_data_is_refused_alone(mailbox: Mailbox, port: int) -> None:
    other = mailbox.another()
    with talk(port) as server:
        server.mail(SENDER)
        server.rcpt(mailbox.address)
        server.rcpt(other)
        mailbox.revoke()
        assert [code for code, _ in data(server, mailbox.letter(), 2)] == [550, 250]


def test_the_null_sender_is_taken_and_noted(mailbox: Mailbox, port: int) -> None:
    with talk(port) as server:
        server.sendmail("", [mailbox.address], mailbox.letter())
    assert [row.kind for row in mailbox.rows()] == ["bounce"]


def test_a_mail_in_utf8_and_of_long_lines_is_taken(mailbox: Mailbox, port: int) -> None:
    text = "سلام " * 5_000
    with talk(port) as server:
        server.sendmail(SENDER, [mailbox.address], mailbox.letter(text), ["SMTPUTF8", "BODY=8BITMIME"])
    assert mailbox.rows()[0].text == text.rstrip()


def test_an_absurd_size_is_refused_before_it_is_sent(mailbox: Mailbox, port: int) -> None:
    with talk(port) as server:
        assert server.esmtp_features["size"] == str(MOST_BYTES)
        assert server.mail(SENDER, [f"SIZE={MOST_BYTES + 1}"])[0] == 552


def test_an_absurd_size_that_nobody_told_is_refused_for_each_recipient(
    mailbox: Mailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lmtp.arrival, "MOST_BYTES", 50_000)
    port = free_port()
    with listening(mailbox.settings, mailbox.database, port), talk(port) as server:
        server.mail(SENDER)
        server.rcpt(mailbox.address)
        server.rcpt(mailbox.another())
        assert [code for code, _ in data(server, mailbox.letter("x" * 60_000), 2)] == [552, 552]
        assert server.noop()[0] == 250
        server.sendmail(SENDER, [mailbox.address], mailbox.letter())
    assert len(mailbox.rows()) == 1


def test_attachments_are_dropped_and_named(mailbox: Mailbox, port: int) -> None:
    with talk(port) as server:
        server.sendmail(SENDER, [mailbox.address], (WILD / "winmail.eml").read_bytes())
    assert mailbox.rows()[0].attachments == ["winmail.dat"]


def test_a_mail_that_cannot_be_stored_stays_with_the_server_that_brings_it(mailbox: Mailbox, port: int) -> None:
    with mailbox.database.write() as session:
        session.connection().exec_driver_sql("ALTER TABLE inbound_mail RENAME TO inbound_mail_away")
    with talk(port) as server:
        server.mail(SENDER)
        assert server.rcpt(mailbox.address)[0] == 250
        assert data(server, mailbox.letter(), 1) == [(451, "4.3.0 Try again later")]
        with mailbox.database.write() as session:
            session.connection().exec_driver_sql("ALTER TABLE inbound_mail_away RENAME TO inbound_mail")
        server.mail(SENDER)
        server.rcpt(mailbox.address)
        assert data(server, mailbox.letter(), 1) == [(250, "2.0.0 Stored")]
    assert len(mailbox.rows()) == 1


def test_too_many_mails_stay_with_the_server_that_brings_them(mailbox: Mailbox, port: int) -> None:
    mailbox.flood(60)
    with talk(port) as server:
        server.mail(SENDER)
        server.rcpt(mailbox.address)
        [(code, words)] = data(server, mailbox.letter(), 1)
    assert (code, words.partition(",")[0]) == (451, "4.7.1 Too many mails to this address")
    assert len(mailbox.rows()) == 60


def test_a_conversation_that_breaks_off_stores_nothing(mailbox: Mailbox, port: int) -> None:
    server = talk(port)
    server.mail(SENDER)
    server.rcpt(mailbox.address)
    server.putcmd("DATA")
    server.getreply()
    server.send(mailbox.letter()[:100])
    server.close()
    with talk(port) as again:
        assert again.noop()[0] == 250
    assert mailbox.rows() == []


def test_helo_of_another_protocol_is_refused(mailbox: Mailbox, port: int) -> None:
    with socket.create_connection(("127.0.0.1", port), 10) as connection, connection.makefile("rb") as file:
        assert file.readline().startswith(b"220 ")
        connection.sendall(b"EHLO mx.example\r\n")
        assert file.readline().startswith(b"500")


def test_logs_hold_no_address_and_no_word(mailbox: Mailbox, port: int, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO), talk(port) as server:
        server.sendmail(SENDER, [mailbox.address], mailbox.letter("secret words"))
    assert "a mail came in: reply, stored" in caplog.text
    for word in ("secret words", "neema", mailbox.address.partition("@")[0]):
        assert word not in caplog.text


def test_a_second_worker_of_the_machine_takes_over(mailbox: Mailbox, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lmtp, "_BIND_AGAIN_SECONDS", 0.05)
    port = free_port()
    second = LmtpServer(replace(mailbox.settings, inbound_lmtp=("127.0.0.1", port)), mailbox.database)
    with listening(mailbox.settings, mailbox.database, port):
        second.start()
        assert not second.listening.wait(0.3)
    try:
        assert second.listening.wait(30)
        with talk(port) as server:
            assert server.sendmail(SENDER, [mailbox.address], mailbox.letter()) == {}
    finally:
        second.stop()
    with pytest.raises(ConnectionRefusedError):
        talk(port)


def environment(mailbox: Mailbox, port: int) -> dict[str, str]:
    settings = mailbox.settings
    return {
        **os.environ,
        "FEEDBACK_DATA_DIR": str(settings.data_dir),
        "FEEDBACK_DATABASE_URL": settings.database_url,
        "FEEDBACK_INBOUND_LMTP": f"127.0.0.1:{port}",
    }


@contextmanager
def worker(mailbox: Mailbox, port: int) -> Iterator[subprocess.Popen[bytes]]:
    """``feedback worker`` as a process of its own, when it listens."""
    process = subprocess.Popen(
        [sys.executable, "-m", "feedback", "worker"], env=environment(mailbox, port), stderr=subprocess.DEVNULL
    )
    try:
        end = time.monotonic() + 60
        while True:
            try:
                talk(port).quit()
                break
            except OSError:
                assert time.monotonic() < end, "it does not listen"
                time.sleep(0.1)
        yield process
    finally:
        process.kill()
        process.wait()


def test_what_was_acknowledged_survives_a_killed_worker(mailbox: Mailbox) -> None:
    """The letters are sent one after the other; the worker is killed in the midst of it, at any moment."""
    port = free_port()
    addresses = [mailbox.another() for _ in range(12)]
    acknowledged = 0
    with worker(mailbox, port) as process, talk(port) as server:
        for number, address in enumerate(addresses):
            if number == 6:
                process.send_signal(signal.SIGKILL)
            try:
                server.sendmail(SENDER, [address], mailbox.letter(message_id=f"{number}@kill"))
            except (smtplib.SMTPException, OSError):
                break
            acknowledged += 1
        server.close()
    assert 6 <= acknowledged < 12
    stored = len(mailbox.rows())
    assert acknowledged <= stored <= acknowledged + 1  # the last may have been committed without being acknowledged
    with listening(mailbox.settings, mailbox.database, port), talk(port) as server:
        for number, address in enumerate(addresses):
            server.sendmail(SENDER, [address], mailbox.letter(message_id=f"{number}@kill"))
    assert len(mailbox.rows()) == 12
