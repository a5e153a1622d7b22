"""What is said of a mail's way to unsubscribe, rule by rule, for mails of any sender."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner

from feedback.cli import feedback
from feedback.delivery.checking import acceptable, examine

TOKEN = "t" * 53
MAIL = f"""\
DKIM-Signature: v=1; a=rsa-sha256; d=shop.example; s=a; h=From:To:Subject:Date:
\tMessage-ID:List-Unsubscribe : List-Unsubscribe-Post; bh=x; b=y
From: Duka <news@shop.example>
To: neema@mail.example
Subject: =?utf-8?q?Habari?=
Date: Sat, 21 Nov 2026 10:00:00 +0000
Message-ID: <1@shop.example>
List-Id: Habari <news.shop.example>
List-Unsubscribe: <https://feedback.shop.example/u/{TOKEN}>,
 <mailto:unsub+{"a" * 20}@shop.example?subject=unsubscribe>
List-Unsubscribe-Post: List-Unsubscribe=One-Click
Content-Type: text/html; charset=utf-8

<p>Habari</p><a href="https://feedback.shop.example/u/{TOKEN}">x</a>
"""
Change = tuple[str, str]


def said(mail: str) -> set[tuple[str, str, str]]:
    """Rule, verdict and the beginning of what is said, of all that isn't good."""
    return {(one.rule, one.verdict.value, one.message[:24]) for one in examine(mail.encode()) if one.verdict != "good"}


def test_a_mail_as_it_should_be_is_accepted() -> None:
    assert said(MAIL) == set()
    assert said(MAIL.replace("\n", "\r\n")) == set()
    assert {one.rule for one in examine(MAIL.encode())} == {"U-1", "U-2", "U-3", "U-13", "U-21"}


WAYS = MAIL[MAIL.index("List-Unsubscribe: ") : MAIL.index("List-Unsubscribe-Post: ")]
POST = "List-Unsubscribe-Post: List-Unsubscribe=One-Click\n"
HTTPS = f"<https://feedback.shop.example/u/{TOKEN}>"
MAILTO = f"<mailto:unsub+{'a' * 20}@shop.example?subject=unsubscribe>"


@pytest.mark.parametrize(
    ("change", "rule", "verdict", "text"),
    [
        ((WAYS, ""), "U-1", "mend", "There is no List-Unsubsc"),
        ((WAYS, WAYS + WAYS), "U-1", "mend", "There are %(count)s List"),
        ((WAYS, f"List-Unsubscribe: {HTTPS}, <https://shop.example/u>\n"), "U-1", "mend", "It has %(count)s web add"),
        ((WAYS, f"List-Unsubscribe: {HTTPS}, <http://shop.example/u>\n"), "U-1", "mend", "It has %(count)s web add"),
        ((WAYS, WAYS.replace("https:", "http:")), "U-1", "mend", "It has %(count)s web add"),
        ((WAYS, f"List-Unsubscribe: {MAILTO}\n"), "U-1", "mend", "It has %(count)s web add"),
        ((WAYS, f"List-Unsubscribe: {MAILTO}, {HTTPS}\n"), "U-13", "advice", "The https address should"),
        ((WAYS, f"List-Unsubscribe: {HTTPS}\n"), "U-13", "advice", "It has no mailto address"),
        ((WAYS, f"List-Unsubscribe: {HTTPS} {MAILTO}\n"), "U-1", "mend", "Its addresses must be in"),
        ((WAYS, f"List-Unsubscribe: {HTTPS[1:-1]}\n"), "U-1", "mend", "Its addresses must be in"),
        ((f"u/{TOKEN}>", f"u/{TOKEN[:20]}\n {TOKEN[20:]}>"), "U-1", "mend", "Its addresses must be in"),
        (
            (WAYS, f"List-Unsubscribe: =?utf-8?q?=3Chttps=3A//shop.example/u/{TOKEN}=3E?=\n"),
            "U-2",
            "mend",
            "It is enco",
        ),
        ((WAYS, "List-Unsubscribe: <https://отзывы.example/u/1>\n"), "U-2", "mend", "It is encoded or not in "),
        ((f"u/{TOKEN}>", f"u/{'t' * 990}>"), "U-2", "mend", "A line of the headers ha"),
        (("unsub+", f"unsub+{'a' * 50}"), "U-12", "mend", "The mailto address has m"),
        ((POST, ""), "U-1", "mend", "List-Unsubscribe-Post mu"),
        ((POST, POST + POST), "U-1", "mend", "List-Unsubscribe-Post mu"),
        (("=One-Click", "=one-click"), "U-1", "mend", "List-Unsubscribe-Post mu"),
        (("=One-Click", "=One-Click "), "U-1", "mend", "List-Unsubscribe-Post mu"),
        ((" List-Unsubscribe=One", ' "List-Unsubscribe"=One'), "U-1", "mend", "List-Unsubscribe-Post mu"),
        (("DKIM-Signature", "X-Signature"), "U-3", "mend", "It is not signed by DKIM"),
        ((" : List-Unsubscribe-Post;", ";"), "U-3", "mend", "No DKIM signature covers"),
        (("h=From:", "h="), "U-3", "mend", "The DKIM signature must "),
        (("Date:\n\tMessage-ID:", ""), "U-3", "advice", "The DKIM signature leave"),
        (("d=shop.example", "d=mailer.example"), "U-13", "mend", "It is not signed for the"),
        (("From: Duka", "Sender: Duka"), "U-13", "mend", "There must be one From h"),
        (("List-Id", "X-List"), "U-21", "advice", "It has no List-Id, by wh"),
        (("Date: ", "Precedence: bulk\nDate: "), "U-21", "advice", "The header Precedence he"),
        (('<a href="https://feedback.shop.example/u/', '<b title="'), "U-21", "mend", "Its text"),
        (
            ('href="https://feedback.shop.example/u/', 'href="https://shop.example/'),
            "U-21",
            "advice",
            "Its text",
        ),
    ],
)
def test_what_is_wrong_is_said_with_its_rule(change: Change, rule: str, verdict: str, text: str) -> None:
    assert change[0] in MAIL
    found = said(MAIL.replace(*change))
    assert [one for one in found if one[:2] == (rule, verdict) and one[2].startswith(text)], found
    assert acceptable(examine(MAIL.replace(*change).encode())) == (verdict == "advice")


@pytest.mark.parametrize(
    "change",
    [
        ("d=shop.example", "d=news.shop.example"),
        ("news@shop.example", "news@mail.shop.example"),
        (f'href="https://feedback.shop.example/u/{TOKEN}">x', 'href="https://shop.example/x?a=1&amp;b=2">Jiondoe'),
        ("DKIM-Signature:", "DKIM-Signature: v=1; d=relay.example; h=from; b=z\nDKIM-Signature:"),
    ],
)
def test_what_is_right_in_another_way_is_accepted(change: Change) -> None:
    assert change[0] in MAIL
    assert said(MAIL.replace(*change)) == set()


@pytest.mark.parametrize("raw", [b"", b"\r\n\r\n", b"\xff\xfe\x00", b":\n: \n x", b"From: @\nList-Unsubscribe:\n"])
def test_whatever_the_bytes_are_something_is_said(raw: bytes) -> None:
    assert not acceptable(examine(raw))


def test_every_real_mail_can_be_examined() -> None:
    mails = list((Path(__file__).parents[1] / "data" / "replies").glob("*.eml"))
    assert mails
    for path in mails:
        assert examine(path.read_bytes()), path


@pytest.fixture
def saved(tmp_path: Path) -> Callable[[str], str]:
    """A mail as a file."""

    def save(mail: str) -> str:
        path = tmp_path / "mail.eml"
        path.write_text(mail, encoding="utf-8")
        return str(path)

    return save


def test_the_command_says_it_line_by_line_and_exits_with_1(saved: Callable[[str], str]) -> None:
    good = CliRunner().invoke(feedback, ["check-mail", saved(MAIL)])
    assert good.exit_code == 0, good.output
    assert "✓ U-3  The DKIM signature of shop.example covers both headers." in good.output
    bad = CliRunner().invoke(feedback, ["check-mail", saved(MAIL.replace("One-Click", "Maybe"))])
    assert bad.exit_code == 1
    assert "✗ U-1  List-Unsubscribe-Post must be there once, and be exactly List-Unsubscribe=One-Click" in bad.output


def test_the_command_speaks_json_and_the_readers_language(
    saved: Callable[[str], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LC_ALL", "sw_TZ.UTF-8")
    found = json.loads(CliRunner().invoke(feedback, ["check-mail", "--json", saved(MAIL)]).output)
    assert found["accepted"] is True
    assert {"rule": "U-21", "verdict": "good", "text": "Ina List-Id."} in found["items"]
