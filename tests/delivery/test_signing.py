"""DKIM as a mailbox provider checks it: whole it verifies, changed anywhere that matters it doesn't."""

import re
import subprocess
import sys
from base64 import b64encode
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import dkim
import pytest
from dkim.crypto import parse_pem_private_key

from feedback.delivery.signing import SIGNED, signed
from feedback.delivery.smtp import Letter, Message, compose
from feedback.delivery.stopping import ONE_CLICK
from feedback.settings import Settings, SettingsError
from tests.delivery.test_smtp import letter


@dataclass(frozen=True)
class Key:
    """A key pair: the file, and the text record of its public half."""

    path: Path
    record: bytes

    def found_at(self, name: bytes, timeout: int = 5) -> bytes | None:
        """What DNS says."""
        return self.record if name == b"fb1._domainkey.shop.example.com." else None


@pytest.fixture(scope="module")
def key(tmp_path_factory: pytest.TempPathFactory) -> Key:
    """As OpenSSL makes it."""
    path = tmp_path_factory.mktemp("dkim") / "dkim.pem"
    subprocess.run(["openssl", "genrsa", "-out", path, "1024"], check=True, capture_output=True)
    public = subprocess.run(
        ["openssl", "rsa", "-in", path, "-pubout", "-outform", "DER"], check=True, capture_output=True
    ).stdout
    return Key(path, b"v=DKIM1; k=rsa; p=" + b64encode(public))


@pytest.fixture
def settings(tmp_path: Path, key: Key) -> Settings:
    """Mails are signed."""
    return Settings(
        data_dir=tmp_path,
        database_url="sqlite://",
        mail_from="feedback@shop.example.com",
        dkim_key_file=key.path,
        dkim_selector="fb1",
    )


def question() -> Letter:
    """A letter that can be stopped, in letters beyond ASCII."""
    ways = f"<https://feedback.shop.example/u/{'t' * 53}>, <mailto:unsub+{'a' * 20}@shop.example?subject=unsubscribe>"
    return letter(
        subject="Сайн болсон уу?",
        text="Сайн байна уу\n.\nFrom the shop\n",
        language="mn",
        reply_to="help@shop.example.com",
        headers={
            "References": "<case.1@shop.example>",
            "List-Id": "<surveys.shop.shop.example>",
            "List-Unsubscribe": ways,
            "List-Unsubscribe-Post": ONE_CLICK,
        },
    )


def verifies(content: bytes, key: Key) -> bool:
    return bool(dkim.verify(content, dnsfunc=key.found_at))


def test_a_signed_mail_verifies_and_covers_what_matters(settings: Settings, key: Key) -> None:
    content = signed(settings, compose(question())).content
    assert content.startswith(b"DKIM-Signature: ")
    assert verifies(content, key)
    head = re.sub(rb"\r\n[ \t]+", b"", content.partition(b"\r\n\r\n")[0])
    tags = dict(part.strip().split(b"=", 1) for part in head.split(b"\r\n")[0].partition(b":")[2].split(b";"))
    assert (tags[b"d"], tags[b"s"], tags[b"a"]) == (b"shop.example.com", b"fb1", b"rsa-sha256")
    assert {name.strip() for name in tags[b"h"].split(b":")} == set(SIGNED)
    assert max(map(len, content.split(b"\r\n"))) <= 998


def test_a_domain_in_its_own_letters_signs_for_itself(settings: Settings, key: Key) -> None:
    there = replace(settings, mail_from="feedback@straße.example.com")
    head = signed(there, compose(replace(question(), sender=there.mail_from))).content.partition(b"\r\n\r\n")[0]
    assert b" d=xn--strae-oqa.example.com;" in head
    assert b"feedback@xn--strae-oqa.example.com" in head


def without(name: bytes) -> Callable[[bytes], bytes]:
    return lambda content: re.sub(rb"(?m)^" + name + rb": .*\r\n", b"", content, count=1)


def altered(name: bytes) -> Callable[[bytes], bytes]:
    return lambda content: re.sub(rb"(?m)^(" + name + rb": .*)\r\n", rb"\1x\r\n", content, count=1)


def added(line: bytes) -> Callable[[bytes], bytes]:
    return lambda content: line + b"\r\n" + content


@pytest.mark.parametrize(
    "change",
    [
        *(without(name) for name in (b"List-Unsubscribe", b"List-Unsubscribe-Post", b"Date", b"Reply-To")),
        *(altered(name) for name in (b"List-Unsubscribe", b"List-Unsubscribe-Post", b"To", b"Subject", b"Message-ID")),
        *(altered(name) for name in (b"References", b"Content-Language", b"From")),
        added(b"List-Unsubscribe: <https://evil.example/u/1>"),
        added(b"List-Unsubscribe-Post: List-Unsubscribe=One-Click"),
        added(b"Subject: You have won"),
        lambda content: content.replace(b"the shop", b"evil"),
    ],
)
def test_a_mail_that_was_changed_does_not(settings: Settings, key: Key, change: Callable[[bytes], bytes]) -> None:
    content = signed(settings, compose(question())).content
    changed = change(content)
    assert changed != content
    assert not verifies(changed, key)


def test_to_a_mail_that_cannot_be_stopped_nobody_adds_a_way(settings: Settings, key: Key) -> None:
    content = signed(settings, compose(letter())).content
    assert verifies(content, key)
    assert not verifies(added(b"List-Unsubscribe: <https://evil.example/u/1>")(content), key)


def test_without_a_key_a_mail_stays_as_it_is(settings: Settings) -> None:
    message: Message = compose(question())
    assert signed(replace(settings, dkim_key_file=None, dkim_selector=None), message) is message


def test_settings_take_a_key_with_its_selector(key: Key) -> None:
    there = Settings.from_env({"FEEDBACK_DKIM_KEY_FILE": str(key.path), "FEEDBACK_DKIM_SELECTOR": "fb1"})
    assert (there.dkim_key_file, there.dkim_selector) == (key.path, "fb1")
    assert parse_pem_private_key(key.path.read_bytes())["modulus"].bit_length() == 1024


def problems(**environ: str) -> str:
    with pytest.raises(SettingsError) as caught:
        Settings.from_env({f"FEEDBACK_{name}": value for name, value in environ.items()})
    (problem,) = caught.value.problems
    return problem


def test_a_key_that_cannot_be_used_is_said_at_start(key: Key, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    nothing, text, short = tmp_path / "nothing", tmp_path / "text", tmp_path / "short"
    text.write_text("-----BEGIN RSA PRIVATE KEY-----\nhello\n-----END RSA PRIVATE KEY-----\n")
    subprocess.run(["openssl", "genrsa", "-out", short, "512"], check=True, capture_output=True)
    for path, said in ((nothing, "can't be read: No such file"), (text, "no RSA key"), (short, "has 512 bits")):
        problem = problems(DKIM_KEY_FILE=str(path), DKIM_SELECTOR="fb1")
        assert problem.startswith("FEEDBACK_DKIM_KEY_FILE"), problem
        assert said in problem, problem
    assert problems(DKIM_KEY_FILE=str(key.path)).startswith("FEEDBACK_DKIM_SELECTOR is missing")
    assert problems(DKIM_SELECTOR="fb1").startswith("FEEDBACK_DKIM_KEY_FILE is missing")
    assert "'a b'" in problems(DKIM_KEY_FILE=str(key.path), DKIM_SELECTOR="a b")
    monkeypatch.setitem(sys.modules, "dkim", None)
    assert "pip install 'feedback-service[dkim]'" in problems(DKIM_KEY_FILE=str(key.path), DKIM_SELECTOR="fb1")
