import base64
import hmac
import json
import secrets
import struct
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import time_machine
from hypothesis import given
from hypothesis import strategies as st

from feedback.links import signing, tokens
from feedback.links.keys import derived_secret, read_file, rotate_file
from feedback.links.purposes import TERMS, Purpose
from feedback.links.signing import Keyring, keyring
from feedback.links.tokens import (
    BadToken,
    ConfirmToken,
    EditToken,
    ExpiredToken,
    FormToken,
    KioskToken,
    LinkToken,
    UndoToken,
    repaired,
)
from feedback.settings import Settings

NOW = datetime(2026, 3, 21, 12, 0, tzinfo=UTC)
KEY = bytes(range(12))
ONE, TWO = "one-key-that-is-long-enough-for-everybody", "two-keys-are-better-than-one-they-do-say"


def ring_of(*keys: str) -> Keyring:
    return Keyring(Settings(Path("/nonexistent"), "sqlite:////nonexistent/feedback.db", secret_keys=keys))


def link(at: datetime = NOW, locale: str = "fa") -> LinkToken:
    return LinkToken(7, KEY, locale, int(at.timestamp()))


def form(at: datetime = NOW) -> FormToken:
    return FormToken(7, 2**40, 9, KEY, int(at.timestamp()))


def edit(at: datetime = NOW) -> EditToken:
    return EditToken(7, 12, int(at.timestamp()))


SIGN: dict[Purpose, Callable[[Keyring], str]] = {
    Purpose.SURVEY: lambda ring: signing.sign_survey(ring, link()),
    Purpose.STAFF_JOIN: lambda ring: signing.sign_staff_join(ring, link()),
    Purpose.STAFF_RESET: lambda ring: signing.sign_staff_reset(ring, link()),
    Purpose.FORM: lambda ring: signing.sign_form(ring, form()),
    Purpose.EDIT: lambda ring: signing.sign_edit(ring, edit()),
    Purpose.DRAFT: lambda ring: signing.sign_draft(ring, KEY, {"score": ["1"]}),
    Purpose.CASE: lambda ring: signing.sign_case(ring, link()),
    Purpose.UNSUBSCRIBE: lambda ring: signing.sign_unsubscribe(ring, link()),
    Purpose.PREFERENCES: lambda ring: signing.sign_preferences(ring, link()),
    Purpose.UNDO: lambda ring: signing.sign_undo(ring, UndoToken(*edit())),
    Purpose.CONFIRM: lambda ring: signing.sign_confirm(ring, ConfirmToken(*edit())),
    Purpose.KIOSK: lambda ring: signing.sign_kiosk(ring, KioskToken(*edit())),
}
OPEN: dict[Purpose, Callable[[Keyring, str], Any]] = {
    Purpose.SURVEY: signing.open_survey,
    Purpose.STAFF_JOIN: signing.open_staff_join,
    Purpose.STAFF_RESET: signing.open_staff_reset,
    Purpose.FORM: signing.open_form,
    Purpose.EDIT: signing.open_edit,
    Purpose.DRAFT: lambda ring, token: signing.open_draft(ring, token, KEY),
    Purpose.CASE: signing.open_case,
    Purpose.UNSUBSCRIBE: signing.open_unsubscribe,
    Purpose.PREFERENCES: signing.open_preferences,
    Purpose.UNDO: signing.open_undo,
    Purpose.CONFIRM: signing.open_confirm,
    Purpose.KIOSK: signing.open_kiosk,
}
EVERY = list(Purpose)


@pytest.fixture(autouse=True)
def noon() -> Any:
    with time_machine.travel(NOW, tick=False):
        yield


def test_every_purpose_is_signed_and_opened_here() -> None:
    assert set(SIGN) == set(OPEN) == set(Purpose) == set(TERMS)
    codes = [terms.code for terms in TERMS.values()]
    assert len(set(codes)) == len(codes)
    assert all(1 <= code <= 31 for code in codes)


@pytest.mark.parametrize("made_for", EVERY)
@pytest.mark.parametrize("used_for", EVERY)
def test_a_token_for_one_purpose_is_accepted_for_no_other(made_for: Purpose, used_for: Purpose) -> None:
    ring = ring_of(ONE)
    token = SIGN[made_for](ring)
    if made_for is used_for:
        OPEN[used_for](ring, token)
    else:
        with pytest.raises(BadToken) as caught:
            OPEN[used_for](ring, token)
        assert type(caught.value) is BadToken


@pytest.mark.parametrize("purpose", EVERY)
def test_the_purpose_byte_is_checked_also_when_the_key_is_right(purpose: Purpose) -> None:
    ring = ring_of(ONE)
    for other in EVERY:
        body = bytes([1 << 5 | TERMS[other].code]) + bytes(21)
        if other is not purpose:
            with pytest.raises(BadToken):
                ring.unsign(purpose, ring.sign(purpose, body))


def test_a_link_s_token_has_the_layout_that_is_written_down() -> None:
    token = signing.sign_survey(ring_of(ONE), link())
    assert len(token) == 53
    text, signature = token.split(".")
    body = base64.urlsafe_b64decode(text + "==")
    assert struct.unpack(">BBI12sI", body) == (1 << 5 | 1, 4, 7, KEY, int(NOW.timestamp()))
    key = hmac.digest(ONE.encode(), b"fb.survey.v1", "sha256")
    expected = hmac.digest(key, text.encode(), "sha256")[:16]
    assert base64.urlsafe_b64decode(signature + "==") == expected


def test_what_was_signed_comes_back() -> None:
    ring = ring_of(ONE)
    assert signing.open_survey(ring, signing.sign_survey(ring, link())) == link()
    assert signing.open_form(ring, signing.sign_form(ring, form())) == (form(), True)
    assert signing.open_edit(ring, signing.sign_edit(ring, edit())) == edit()
    values = {"why": ["slow", "rude"], "comment": ["خیلی معطل شدم\nدوباره"]}
    assert signing.open_draft(ring, signing.sign_draft(ring, KEY, values), KEY) == values


@pytest.mark.parametrize(
    ("locale", "comes_back"),
    [("fa", "fa"), ("fa-AF", "fa-AF"), ("fa-IR", "fa"), ("sw-KE", "sw"), ("hy", "hy"), ("xx", ""), ("", "")],
)
def test_the_token_carries_the_language(locale: str, comes_back: str) -> None:
    ring = ring_of(ONE)
    assert signing.open_survey(ring, signing.sign_survey(ring, link(locale=locale))).locale == comes_back


def test_the_bytes_of_languages_never_change() -> None:
    assert tokens.LOCALES[:8] == ("", "en", "sw", "ne", "fa", "mn", "hy", "fa-AF")


@pytest.mark.parametrize("purpose", EVERY)
def test_a_token_works_for_its_age_and_then_says_that_it_expired(purpose: Purpose) -> None:
    ring = ring_of(ONE)
    token = SIGN[purpose](ring)
    age = TERMS[purpose].age
    if age is None:
        with time_machine.travel(NOW + timedelta(days=5 * 365)):
            OPEN[purpose](ring, token)
        return
    with time_machine.travel(NOW + age - timedelta(seconds=1), tick=False):
        OPEN[purpose](ring, token)
    with time_machine.travel(NOW + age + timedelta(seconds=2), tick=False):
        if purpose is Purpose.FORM:
            assert signing.open_form(ring, token) == (form(), False)
        else:
            with pytest.raises(ExpiredToken) as caught:
                OPEN[purpose](ring, token)
            assert caught.value.site_id == 7


def test_a_tampered_old_token_does_not_say_that_it_expired() -> None:
    ring = ring_of(ONE)
    token = signing.sign_survey(ring, link(NOW - timedelta(days=200)))
    with pytest.raises(BadToken) as caught:
        signing.open_survey(ring, "B" + token[1:])
    assert type(caught.value) is BadToken


@pytest.mark.parametrize("purpose", [p for p in EVERY if p is not Purpose.DRAFT])
def test_a_token_from_the_future_is_refused_for_every_purpose(purpose: Purpose) -> None:
    ring = ring_of(ONE)
    with time_machine.travel(NOW - timedelta(hours=1)):
        token = SIGN[purpose](ring)
        with pytest.raises(BadToken):
            OPEN[purpose](ring, token)
    with time_machine.travel(NOW - timedelta(seconds=50)):
        OPEN[purpose](ring, token)


def test_no_other_spelling_of_a_token_is_taken() -> None:
    ring = ring_of(ONE)
    token = signing.sign_survey(ring, link())
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    for place in range(len(token)):
        for sign in (*alphabet, ".", "=", "+", "/", "%", " ", "٣"):
            changed = token[:place] + sign + token[place + 1 :]
            if changed != token:
                with pytest.raises(BadToken):
                    signing.open_survey(ring, changed)
    for changed in (token + "=", token + "==", token + "A", token[:-1], "=" + token, token.replace(".", "=.")):
        with pytest.raises(BadToken):
            signing.open_survey(ring, changed)


@given(st.one_of(st.text(max_size=700), st.text("abcXYZ019-_.=", max_size=120), st.just("A" * 100_000)))
def test_junk_is_refused_and_nothing_else_happens(junk: str) -> None:
    ring = ring_of(ONE)
    for purpose in EVERY:
        with pytest.raises(BadToken):
            OPEN[purpose](ring, junk)
    repaired(junk)


@given(st.binary(max_size=60))
def test_a_signed_body_of_any_shape_is_refused_unless_it_is_right(body: bytes) -> None:
    ring = ring_of(ONE)
    for purpose in EVERY:
        head = bytes([1 << 5 | TERMS[purpose].code])
        with pytest.raises(BadToken):
            OPEN[purpose](ring, ring.sign(purpose, head + body[:11] + b"xx"))


def test_a_draft_belongs_to_one_form_and_unpacks_to_no_more_than_a_form_can_hold() -> None:
    ring = ring_of(ONE)
    token = signing.sign_draft(ring, KEY, {"score": ["1"]})
    with pytest.raises(BadToken):
        signing.open_draft(ring, token, bytes(12))
    bomb = signing.sign_draft(ring, KEY, {"comment": ["a" * 5_000_000]})
    with pytest.raises(BadToken):
        signing.open_draft(ring, bomb, KEY)


def test_the_last_key_signs_and_all_verify() -> None:
    old, both, new = ring_of(ONE), ring_of(ONE, TWO), ring_of(TWO)
    earlier = signing.sign_survey(old, link())
    later = signing.sign_survey(both, link())
    assert signing.open_survey(both, earlier) == link()
    assert signing.open_survey(new, later) == link()
    with pytest.raises(BadToken):
        signing.open_survey(old, later)


def test_what_a_compromised_key_signed_is_refused() -> None:
    earlier = signing.sign_survey(ring_of(ONE), link())
    ring = ring_of("!" + ONE, TWO)
    with pytest.raises(BadToken):
        signing.open_survey(ring, earlier)
    assert signing.open_survey(ring_of(TWO), signing.sign_survey(ring, link())) == link()


def test_a_compromised_key_still_opens_what_must_always_open(monkeypatch: pytest.MonkeyPatch) -> None:
    lasting = type(TERMS[Purpose.SURVEY])(1, None, outlives_keys=True)
    earlier = signing.sign_survey(ring_of(ONE), link())
    monkeypatch.setitem(TERMS, Purpose.SURVEY, lasting)
    ring = ring_of("!" + ONE, TWO)
    assert signing.open_survey(ring, earlier) == link()
    assert signing.open_survey(ring_of(TWO), signing.sign_survey(ring, link())) == link()


def file_settings(folder: Path) -> Settings:
    return Settings(folder / "var", "sqlite:////nonexistent/feedback.db")


def test_a_key_file_is_made_once_for_all_and_only_for_us(tmp_path: Path) -> None:
    settings = file_settings(tmp_path)
    barrier = threading.Barrier(12)
    tokens: list[str] = []

    def sign() -> None:
        barrier.wait()
        tokens.append(signing.sign_survey(Keyring(settings), link()))

    threads = [threading.Thread(target=sign) for _ in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(tokens) == 12
    assert len(set(tokens)) == 1
    assert settings.key_file.stat().st_mode & 0o777 == 0o600
    rows = json.loads(settings.key_file.read_text())
    assert set(rows[0]) == {"id", "key", "created_at", "compromised"}


@pytest.mark.parametrize("compromised", [False, True])
def test_a_running_process_notices_new_keys_within_five_seconds(tmp_path: Path, compromised: bool) -> None:
    settings = file_settings(tmp_path)
    ring = Keyring(settings)
    earlier = signing.sign_survey(ring, link())
    old = read_file(settings.key_file)[0].id
    rotate_file(settings.key_file, old if compromised else None)
    deadline = time.monotonic() + 5
    while signing.sign_survey(ring, link()) == earlier:
        assert time.monotonic() < deadline
        time.sleep(0.05)
    if compromised:
        with pytest.raises(BadToken):
            signing.open_survey(ring, earlier)
    else:
        assert signing.open_survey(ring, earlier) == link()


def test_other_secrets_come_from_the_same_key_and_differ(tmp_path: Path) -> None:
    settings = file_settings(tmp_path)
    assert derived_secret(settings, "console") == derived_secret(settings, "console")
    assert derived_secret(settings, "console") != derived_secret(settings, "survey")
    assert keyring(settings) is keyring(settings)


DAMAGE = [
    "{}.",
    "{},",
    "{})",
    "{}>",
    "{}%20",
    "{} ",
    "{};",
    '{}"',
    "{}&gt;",
    "<{}>",
    "{}…",
    "{}=",
    "{}\u200b",
    "{}\r\n",
    "({}).",
]


@pytest.mark.parametrize("damage", DAMAGE)
def test_what_a_mail_program_puts_around_a_token_is_taken_off(damage: str) -> None:
    token = signing.sign_survey(ring_of(ONE), LinkToken(7, secrets.token_bytes(12), "fa", int(NOW.timestamp())))
    assert repaired(damage.format(token)) == token


@pytest.mark.parametrize("place", [3, 20, 30, 31, 52])
@pytest.mark.parametrize("inside", ["=\r\n", "=\n", " ", "\r\n ", "="])
def test_a_soft_line_break_inside_a_token_is_taken_out(place: int, inside: str) -> None:
    token = signing.sign_survey(ring_of(ONE), link())
    assert repaired(token[:place] + inside + token[place:]) == token


@pytest.mark.parametrize("change", [lambda t: t[:-1], lambda t: t + "A", lambda t: t[1:], lambda t: t[:20]])
def test_a_token_that_lost_or_gained_letters_is_not_guessed(change: Callable[[str], str]) -> None:
    token = signing.sign_survey(ring_of(ONE), link())
    with pytest.raises(BadToken):
        signing.open_survey(ring_of(ONE), repaired(change(token)))
