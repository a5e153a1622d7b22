"""Forty mails as programs really write them, and bytes that nobody wrote: right text, nothing unsafe, nothing lost."""

import base64
import time
import tomllib
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from feedback.delivery.inbound.headers import headers_of, recipients_of
from feedback.delivery.inbound.markup import MAX_CHARACTERS
from feedback.delivery.inbound.reading import MAX_PARTS, QUOTED_LIMIT, TEXT_LIMIT, ReadMail, read

REPLIES = Path(__file__).parents[2] / "data" / "replies"
EXPECTED: dict[str, dict[str, Any]] = tomllib.loads((REPLIES / "expected.toml").read_text(encoding="utf-8"))
PUBLIC_URL = "https://feedback.shop.example"


def wild(name: str) -> bytes:
    return (REPLIES / f"{name}.eml").read_bytes()


def plain(text: str, head: str = "", kind: str = "text/plain; charset=utf-8") -> bytes:
    return f"From: Ann <ann@mail.example>\nContent-Type: {kind}\n{head}\n{text}".encode()


def of_parts(*parts: str, kind: str = "mixed", head: str = "") -> bytes:
    inside = "".join(f"--b\n{part}\n" for part in parts)
    return f'From: a@mail.example\n{head}Content-Type: multipart/{kind}; boundary="b"\n\n{inside}--b--\n'.encode()


def test_every_mail_of_the_folder_is_in_the_table() -> None:
    assert {path.stem for path in REPLIES.glob("*.eml")} == set(EXPECTED)
    assert len(EXPECTED) >= 20


@pytest.mark.parametrize("name", EXPECTED)
def test_a_wild_mail_is_read_to_the_byte(name: str) -> None:
    mail, expected = read(wild(name), public_url=PUBLIC_URL), EXPECTED[name]
    assert mail.text == expected["text"]
    assert mail.kind == expected["kind"]
    assert (mail.sender, mail.sender_name, mail.subject) == (
        expected["sender"],
        expected["name"],
        expected["subject"],
    )
    assert list(mail.attachments) == expected.get("attachments", [])
    assert not mail.cut


@pytest.mark.parametrize("name", EXPECTED)
def test_nothing_that_opens_a_page_of_ours_is_kept_of_a_wild_mail(name: str) -> None:
    raw = wild(name)
    kept = repr(read(raw, public_url=PUBLIC_URL))
    assert "c2lnbmF0dXJl" not in kept  # the token's signature
    assert "abcdefghij234567klmn" not in kept  # the mailbox


@pytest.mark.parametrize("name", ["gmail-web", "persian-gmail", "interleaved", "k9", "outlook-web"])
def test_what_was_cut_as_quoted_is_kept_apart(name: str) -> None:
    assert "Acme Shop" in read(wild(name), public_url=PUBLIC_URL).quoted


def test_the_null_sender_of_the_conversation_is_a_machine_too() -> None:
    assert read(plain("hello")).kind == "reply"
    assert read(plain("hello"), envelope_sender="ann@mail.example").kind == "reply"
    assert read(plain("hello"), envelope_sender="").kind == "bounce"


@pytest.mark.parametrize(
    ("header", "kind"),
    [
        ("Auto-Submitted: no", "reply"),
        ("Auto-Submitted: NO; owner=x", "reply"),
        ("Auto-Submitted: auto-generated", "auto"),
        ("auto-submitted: auto-notified; owner-email=x", "auto"),
        ("X-Auto-Response-Suppress: OOF", "auto"),
        ("X-Auto-Response-Suppress: None", "reply"),
        ("X-Autorespond: vacation", "auto"),
        ("Precedence: auto_reply", "auto"),
        ("Precedence: BULK", "bulk"),
        ("Precedence: junk", "bulk"),
        ("Precedence: first-class", "reply"),
        ("List-Id: <x.lists.example>", "bulk"),
        ("List-Unsubscribe: <mailto:x@y.example>", "bulk"),
        ("X-Failed-Recipients: a@b.example", "bounce"),
        ("Return-Path: <>", "bounce"),
        ("Return-Path: <ann@mail.example>", "reply"),
        ("X-Priority: 1", "reply"),
    ],
)
def test_headers_say_whether_a_person_wrote(header: str, kind: str) -> None:
    assert read(plain("hello", header + "\n")).kind == kind


def test_a_text_of_three_megabytes_is_cut_with_a_mark() -> None:
    mail = read(plain("Сайн байна уу. " * 120_000 + "\n> quoted\n"))
    assert mail.cut
    assert mail.text.endswith("\n[…]")
    assert TEXT_LIMIT - 10 < len(mail.text.encode()) <= TEXT_LIMIT + 10
    assert read(plain("short")).cut is False


def test_a_long_quote_is_kept_only_so_far() -> None:
    mail = read(plain("Mine.\n" + "> theirs theirs theirs\n" * 50_000))
    assert mail.text == "Mine."
    assert len(mail.quoted.encode()) <= QUOTED_LIMIT + 10


def test_the_end_of_a_very_long_page_is_missed_but_not_silently() -> None:
    mail = read(plain("<p>" + "word " * (MAX_CHARACTERS // 5), kind="text/html"))
    assert mail.cut
    assert mail.text.startswith("word word")


def nested(levels: int) -> bytes:
    opened = "".join(f'Content-Type: multipart/mixed; boundary="b{i}"\n\n--b{i}\n' for i in range(levels))
    return f"From: m@evil.example\n{opened}\nboom\n".encode()


@pytest.mark.parametrize(
    "raw",
    [
        pytest.param(nested(40), id="parts in parts"),
        pytest.param(nested(50_000), id="parts in parts without end"),
        pytest.param(b"From: m@evil.example\n" + b"Content-Type: message/rfc822\n\n" * 20_000, id="mails in mails"),
        pytest.param(of_parts(*["\nx"] * (MAX_PARTS + 5)), id="many parts"),
        pytest.param(plain("\n" * 2_000_000), id="many lines"),
        pytest.param(plain("<div>" * 90_000, kind="text/html"), id="HTML in HTML"),
    ],
)
def test_a_mail_made_to_harm_is_kept_unread_and_soon(raw: bytes) -> None:
    began = time.process_time()
    mail = read(raw)
    assert mail.kind == "unreadable"
    assert mail.text == ""
    assert "@" in mail.sender
    assert time.process_time() - began < 5


@pytest.mark.parametrize(
    "raw",
    [
        pytest.param(plain("x", "From: " + "(" * 60_000 + "\n"), id="comments in comments"),
        pytest.param(plain("x", "Subject: " + "=?a?q?" * 9_000 + "\n"), id="encoded words that never end"),
        pytest.param(
            plain("<p>" + "".join(f"<font a{i}>" for i in range(2_000)) + "<p>x" * 5_000, kind="text/html"),
            id="unclosed fonts",
        ),
        pytest.param(plain("-----BEGIN PGP SIGNED MESSAGE-----\n\n" * 9_000), id="armour without end"),
        pytest.param(plain("a " * 400_000 + "\n", kind="text/plain; format=flowed"), id="one line"),
        pytest.param(plain("a \n" * 100_000, kind="text/plain; format=flowed"), id="one paragraph"),
        pytest.param(plain("On 1 Jan 2026 10:00 wrote:\n" * 9_000), id="introductions"),
        pytest.param(plain("From: a@b.example\nSent: 10:00\n" * 5_000), id="headers"),
        pytest.param(plain("x-" * 400_000), id="no token"),
        pytest.param(plain("&" * 150_000, kind="text/html"), id="ampersands"),
    ],
)
def test_a_mail_made_to_take_long_does_not(raw: bytes) -> None:
    began = time.process_time()
    read(raw, public_url=PUBLIC_URL)
    assert time.process_time() - began < 5


@given(st.binary(max_size=2_000))
@settings(max_examples=150)
def test_arbitrary_bytes_never_raise(raw: bytes) -> None:
    storable(read(raw, public_url=PUBLIC_URL))


FRAGMENTS = st.sampled_from(
    [
        b"From: a@b.example\n",
        b"From: =?utf-8?b?////?= <x\xff@y>\n",
        b"Content-Type: text/html; charset=\xff\n",
        b"Content-Type: text/plain; charset=unicode_escape; format=flowed\n",
        b'Content-Type: multipart/alternative; boundary="b"\n',
        b"Content-Type: multipart/mixed; boundary*0*=x''b\n",
        b"Content-Type: message/delivery-status\n",
        b"Content-Transfer-Encoding: base64\n",
        b"Content-Transfer-Encoding: x-uuencode\n",
        b"Content-Transfer-Encoding: quoted-printable\n",
        b"Content-Disposition: attachment; filename*=hex''%ff\n",
        b"Content-Disposition: attachment; filename*0*=utf-8''%; filename*1=\n",
        b"\n",
        b"\n--b\n",
        b"\n--b--\n",
        b"begin 644 x\n#0V%T\n`\nend\n",
        b"\x00\xed\xa0\x80 =ED=A0=80 <!--<p><![CDATA[ &#xD800; &#0;",
        "On 1 Jan 2026 10:00 X <x@y.example> wrote:\n> quoted ‮\n-- \n".encode(),
        b"From: x\nSent: y\nTo: z\n",
        b"+ADw-script+AD4-",
    ]
)


@given(st.lists(FRAGMENTS | st.binary(max_size=30), max_size=25))
@settings(max_examples=200)
def test_bytes_that_look_like_mails_never_raise(pieces: list[bytes]) -> None:
    storable(read(b"".join(pieces), public_url=PUBLIC_URL))


def storable(mail: ReadMail) -> None:
    """Every text fits its column, and every database and page can take it."""
    for text in (mail.sender, mail.sender_name, mail.subject, mail.text, mail.quoted, *mail.attachments):
        text.encode()
        assert not any(ord(c) < 0x20 and c not in "\n\t" for c in text)
    assert len(mail.sender) <= 254
    assert len(mail.sender_name) <= 200
    assert len(mail.subject) <= 400
    assert mail.message_id
    assert mail.kind in {"reply", "auto", "bulk", "bounce", "unreadable"}
    assert not any("\n" in text for text in (mail.sender, mail.sender_name, mail.subject, *mail.attachments))


def test_the_plain_version_is_taken_unless_it_is_empty() -> None:
    rich = "Content-Type: text/html\n\n<p>rich</p>"
    assert read(of_parts("Content-Type: text/plain\n\nplain", rich, kind="alternative")).text == "plain"
    assert read(of_parts("Content-Type: text/plain\n\n \n", rich, kind="alternative")).text == "rich"
    assert read(of_parts(rich, "Content-Type: text/plain\n\nplain", kind="alternative")).text == "plain"


def test_texts_around_a_picture_are_all_read() -> None:
    picture = "Content-Type: image/jpeg\nContent-Disposition: inline; filename=IMG_1.jpg\n\nx"
    mail = read(of_parts("Content-Type: text/plain\n\nbefore", picture, "Content-Type: text/plain\n\nafter"))
    assert (mail.text, mail.attachments) == ("before\n\nafter", ("IMG_1.jpg",))


def test_a_text_file_is_an_attachment_and_not_the_customers_words() -> None:
    log = "Content-Type: text/plain; name=log.txt\nContent-Disposition: {}; filename=log.txt\n\nERROR"
    for way in ("attachment", "inline"):
        mail = read(of_parts("Content-Type: text/plain\n\nSee the log.", log.format(way)))
        assert (mail.text, mail.attachments) == ("See the log.", ("log.txt",))


def test_a_file_of_another_version_of_the_text_is_named_once() -> None:
    file = "Content-Type: application/pdf; name=a.pdf\n\nx"
    invitation = "Content-Type: text/calendar; name=invite.ics\n\nBEGIN:VCALENDAR"
    mail = read(of_parts("Content-Type: text/plain\n\nhello", file, file, invitation, kind="alternative"))
    assert (mail.text, mail.attachments) == ("hello", ("a.pdf", "invite.ics"))


def test_a_very_long_file_name_keeps_its_ending() -> None:
    file = f"Content-Type: application/zip\nContent-Disposition: attachment; filename={'n' * 900}.zip\n\nx"
    [name] = read(of_parts("\nhello", file)).attachments
    assert len(name) <= 120
    assert name.endswith("….zip")


def test_a_mail_without_an_id_has_the_same_one_every_time() -> None:
    first = b"Received: by one\n" + plain("hello")
    again = b"Received: by two\nReceived: by one\n" + plain("hello")
    assert read(first).message_id == read(again).message_id
    assert read(first).message_id != read(plain("hello again")).message_id


def test_whom_a_mail_was_delivered_to_is_told_apart_from_whom_it_names() -> None:
    raw = b'To: "x, y" <a@one.example>,\n b@two.example\nCc: c@three.example\nX-Original-To: d@four.example\n\nhello'
    named = ["a@one.example", "b@two.example", "c@three.example"]
    assert recipients_of(headers_of(raw)) == (["d@four.example"], named)
    assert recipients_of(headers_of(b"Delivered-To: e@five.example\n" + raw))[0] == ["e@five.example", "d@four.example"]


@pytest.mark.parametrize(
    ("declared", "really"),
    [
        ("us-ascii", "utf-8"),
        ("iso-8859-1", "utf-8"),
        ("utf-8", "windows-1251"),
        ("iso-8859-1", "windows-1251"),
        ("utf-8", "koi8-r"),
        ("x-unknown", "utf-8"),
        ("hex", "windows-1251"),
        ("utf-16", "utf-16"),
        ("koi8-r", "koi8-r"),
        ("koi8-r", "utf-8"),
    ],
)
def test_a_charset_that_lies_is_seen_through(declared: str, really: str) -> None:
    text = "Посылка так и не пришла, верните, пожалуйста, деньги. Заказ 77."
    head = b"From: a@b.example\nContent-Transfer-Encoding: base64\nContent-Type: text/plain; charset="
    raw = head + declared.encode() + b"\n\n" + base64.encodebytes(text.encode(really))
    assert read(raw).text == text


@pytest.mark.parametrize("really", ["windows-1252", "iso-8859-15", "utf-8"])
def test_western_letters_survive_a_lie_too(really: str) -> None:
    text = "Der Größenwechsel für Zoë hat nicht geklappt, schöne Grüße"
    raw = b"From: a@b.example\nContent-Type: text/plain; charset=utf-8\n\n" + text.encode(really)
    assert read(raw).text == text


def test_persian_in_the_old_arabic_charset_survives_a_lie() -> None:
    text = "سلام، بسته هنوز به دست من نرسيده است"
    assert read(b"Content-Type: text/plain; charset=utf-8\n\n" + text.encode("windows-1256")).text == text
