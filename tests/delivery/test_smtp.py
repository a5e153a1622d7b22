"""One mail as a message: what its headers can't be made to say, and how a real server takes or refuses it."""

import email
import socket
import threading
from collections.abc import Iterator
from email import policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP as Server
from aiosmtpd.smtp import AuthResult, Envelope, LoginPassword, Session

from feedback.delivery.conversations import Conversations
from feedback.delivery.smtp import HandOverFailed, Letter, Message, compose, header_text, write_file

ATTACKS = [
    "Ann\r\nBcc: everybody@example.com",
    "Ann\nBcc: everybody@example.com",
    "Ann\rBcc: everybody@example.com",
    "Ann\u2028Bcc: everybody@example.com",
    "Ann\u2029Bcc: everybody@example.com",
    "Ann\x00Bcc: everybody@example.com",
    "Ann\x85Bcc: everybody@example.com",
    "Ann\x0b\x0cBcc: everybody@example.com",
    "=?utf-8?q?Ann=0ABcc:_everybody@example.com?=",
    '"Ann" <everybody@example.com>, Ben',
    "\u202eelpmaxe@ydobyreve\u202c Ann",
    "Ann " * 200,
]


class Box:
    """A mailbox behind a real SMTP conversation: keeps what it is given, refuses whom it was told to."""

    def __init__(self) -> None:
        self.taken: list[Envelope] = []
        self.refuse: dict[str, str] = {}
        self.signed_in: list[str] = []
        self.come = threading.Event()

    async def handle_RCPT(
        self, _server: Server, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        if address in self.refuse:
            return self.refuse[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, _server: Server, _session: Session, envelope: Envelope) -> str:
        self.taken.append(envelope)
        self.come.set()
        return "250 taken"

    def sign_in(self, _server: Server, _session: Session, _envelope: Envelope, _how: str, data: Any) -> AuthResult:
        assert isinstance(data, LoginPassword)
        self.signed_in.append(data.login.decode())
        return AuthResult(success=data.password == b"p@ss word", handled=False)

    def message(self, number: int = -1) -> EmailMessage:
        """What was handed over, read again."""
        content = self.taken[number].content
        assert isinstance(content, bytes)
        found = email.message_from_bytes(content, policy=policy.default)
        assert isinstance(found, EmailMessage)
        return found


@pytest.fixture
def box() -> Iterator[tuple[Box, str]]:
    """A running server and its address."""
    box = Box()
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    server = Controller(
        box,
        hostname="127.0.0.1",
        port=port,
        authenticator=box.sign_in,
        auth_require_tls=False,
        enable_SMTPUTF8=True,
    )
    server.start()
    yield box, f"127.0.0.1:{port}"
    server.stop()


def letter(**changes: Any) -> Letter:
    """A finished letter, as delivery makes them."""
    values: dict[str, Any] = {
        "message_id": "<abc@feedback.example>",
        "sender_name": "Duka la Neema",
        "sender": "feedback@shop.example.com",
        "recipient": "ann@example.com",
        "subject": "Hello",
        "text": "Hello\n",
        "html": "<p>Hello</p>",
        "language": "en",
    }
    return Letter(**{**values, **changes})


def hand_over(message: Message, smtp_url: str) -> None:
    """In a conversation of its own."""
    talk = Conversations(smtp_url)
    talk.hand_over(message)
    talk.close()


def read(message: Message) -> EmailMessage:
    """The message as a mail program reads it."""
    found = email.message_from_bytes(message.content, policy=policy.default)
    assert isinstance(found, EmailMessage)
    return found


@pytest.mark.parametrize("attack", ATTACKS)
@pytest.mark.parametrize("place", ["subject", "sender_name"])
def test_a_name_or_subject_can_not_add_a_header(place: str, attack: str) -> None:
    message = compose(letter(**{place: attack}))
    found = read(message)
    assert found["Bcc"] is None
    assert [address.addr_spec for address in found["To"].addresses] == ["ann@example.com"]
    assert [address.addr_spec for address in found["From"].addresses] == ["feedback@shop.example.com"]
    assert b"\0" not in message.content
    assert len(str(found["Subject"])) <= 200


@pytest.mark.parametrize(
    "attack", ["ann@example.com\r\nBcc: x@example.com", "a@b@example.com", "ann", "", "a\0@example.com"]
)
@pytest.mark.parametrize("place", ["recipient", "reply_to"])
def test_an_address_that_is_none_is_refused_for_good(place: str, attack: str) -> None:
    if place == "reply_to" and not attack:
        return
    with pytest.raises(HandOverFailed) as caught:
        compose(letter(**{place: attack}))
    assert caught.value.permanent


def test_a_subject_in_any_script_arrives_as_written(box: tuple[Box, str]) -> None:
    inbox, at = box
    subjects = {
        "fa": "رمز عبور تازه برای «می‌خواهم»",
        "ne": "तपाईंको खातामा नयाँ पासवर्ड",
        "hy": "Նոր գաղտնաբառ Ձեր հաշվի համար",
        "mn": "Таны бүртгэлд шинэ нууц үг",
    }
    for language, subject in subjects.items():
        hand_over(compose(letter(subject=subject, language=language)), f"smtp://{at}")
        assert inbox.message()["Subject"] == subject
        assert inbox.message()["Content-Language"] == language


def test_a_persian_subject_that_begins_with_a_latin_word_keeps_its_direction() -> None:
    assert str(read(compose(letter(subject="ACME: رمز عبور", language="fa")))["Subject"]).startswith("\u200f")
    assert str(read(compose(letter(subject="ACME: password", language="en")))["Subject"]) == "ACME: password"


def test_a_long_header_is_never_encoded(box: tuple[Box, str]) -> None:
    inbox, at = box
    address = f"<https://feedback.example/u/{'a' * 150}>"
    hand_over(compose(letter(headers={"List-Unsubscribe": address})), f"smtp://{at}")
    content = inbox.taken[-1].content
    assert isinstance(content, bytes)
    assert f"List-Unsubscribe: {address}".encode() in content


def test_both_bodies_and_the_message_id_arrive(box: tuple[Box, str]) -> None:
    inbox, at = box
    hand_over(compose(letter(text="Habari, नमस्ते\n", html="<p>Habari, नमस्ते</p>")), f"smtp://{at}")
    message = inbox.message()
    assert message["Message-ID"] == "<abc@feedback.example>"
    text, html = message.get_body(("plain",)), message.get_body(("html",))
    assert text is not None
    assert html is not None
    assert "नमस्ते" in text.get_content()
    assert "<p>Habari" in html.get_content()
    assert inbox.taken[-1].mail_from == "feedback@shop.example.com"


def test_a_password_with_odd_characters_signs_in(box: tuple[Box, str]) -> None:
    inbox, at = box
    hand_over(compose(letter()), f"smtp://post%40shop:p%40ss%20word@{at}")
    assert inbox.signed_in == ["post@shop"]
    assert len(inbox.taken) == 1


def test_a_wrong_password_is_our_fault_and_tried_again(box: tuple[Box, str]) -> None:
    inbox, at = box
    with pytest.raises(HandOverFailed) as caught:
        hand_over(compose(letter()), f"smtp://post:wrong@{at}")
    assert not caught.value.permanent
    assert "wrong" not in caught.value.reason
    assert inbox.taken == []


@pytest.mark.parametrize(
    ("answer", "permanent"), [("550 5.1.1 no such person", True), ("451 4.3.0 later, please", False)]
)
def test_a_refused_recipient_is_for_good_or_for_now(box: tuple[Box, str], answer: str, permanent: bool) -> None:
    inbox, at = box
    inbox.refuse["ann@example.com"] = answer
    with pytest.raises(HandOverFailed) as caught:
        hand_over(compose(letter()), f"smtp://{at}")
    assert caught.value.permanent is permanent
    assert answer[:3] in caught.value.reason


def test_a_server_that_is_not_there_is_tried_again() -> None:
    with pytest.raises(HandOverFailed) as caught:
        hand_over(compose(letter()), "smtp://127.0.0.1:9")
    assert not caught.value.permanent


def test_an_address_in_another_script_is_written_as_the_server_knows_it(box: tuple[Box, str]) -> None:
    inbox, at = box
    hand_over(compose(letter(recipient="ann@пример.example.com")), f"smtp://{at}")
    assert inbox.taken[-1].rcpt_tos == ["ann@xn--e1afmkfd.example.com"]


def test_without_a_server_the_mail_is_a_file_that_only_we_read(tmp_path: Path) -> None:
    path = write_file(compose(letter(subject="नमस्ते")), tmp_path / "mail", "one")
    again = write_file(compose(letter(subject="नमस्ते")), tmp_path / "mail", "one")
    assert path == again
    assert path.suffix == ".eml"
    assert path.stat().st_mode & 0o077 == 0
    written = email.message_from_bytes(path.read_bytes(), policy=policy.default)
    assert written["Subject"] == "नमस्ते"


def test_header_text_keeps_joiners_and_cuts_at_two_hundred() -> None:
    assert header_text("می‌خواهم") == "می‌خواهم"
    assert len(header_text("x" * 500)) == 200
