"""Which passwords are good enough."""

import pytest

from feedback.staff.hashing import hash_password, needs_rehash, verify_password
from feedback.staff.passwords import MAX_LENGTH, password_problems

pytestmark = pytest.mark.usefixtures("real_hasher")

KNOWN = ("neema.mushi@duka.example", "Neema Mushi", "Duka la Amani")


@pytest.mark.parametrize(
    "good",
    [
        "plum river nine lantern",
        "MyDogAteTheSofa",
        "kettle-drum-forest-42",
        "گربه روی پشت بام خوابید",
        "पहाडमाथिको सानो घर",
        "тэмээний бөхөн дээр",
        "կարմիր սարեր հեռվում",
        "   twelve spaces count too   ",
        "Wk7#pLq9!zRt",
        "x9" + "ab7Qr" * 199,
    ],
)
def test_long_and_unexpected_is_good(good: str) -> None:
    assert password_problems(good, KNOWN) == []


@pytest.mark.parametrize(
    "guessable",
    [
        "passwordpassword",
        "P@ssw0rd2024!!",
        "qwertyuiop123",
        "123456789012",
        "aaaaaaaaaaaaaaaa",
        "abababababababab",
        "letmeinletmein1",
        "Summer2025Summer",
        "iloveyou1234567",
        "neema.mushi@duka.example",
        "Neema2026Mushi!",
        "DukaLaAmani2026",
        "Feedback2026!!",
        "nenosirinenosiri",
        "1q2w3e4r5t6y7u8i",
    ],
)
def test_what_everybody_would_try_first_is_refused(guessable: str) -> None:
    assert [problem.code for problem in password_problems(guessable, KNOWN)] == ["password-common"]


def test_length_is_counted_in_characters_as_typed() -> None:
    assert [problem.code for problem in password_problems("سلام‌دنیا", KNOWN)] == ["password-short"]
    assert [problem.code for problem in password_problems("a9" * MAX_LENGTH)] == ["password-long"]


def test_a_password_is_checked_exactly_as_it_came() -> None:
    composed, decomposed = "caf\u00e9 under the bridge", "cafe\u0301 under the bridge"
    kept = hash_password(composed)
    assert verify_password(kept, composed)
    for other in (decomposed, composed + " ", composed.upper(), composed[:-1], ""):
        assert not verify_password(kept, other)


def test_long_passwords_are_not_cut() -> None:
    long = "lantern " * 100
    assert not verify_password(hash_password(long), long[:-1])


def test_where_there_is_no_hash_nothing_fits() -> None:
    assert not verify_password(None, "")
    assert not verify_password("", "")
    assert not verify_password("not a hash", "anything")


def test_hashes_are_argon2id_with_todays_parameters() -> None:
    kept = hash_password("plum river nine lantern")
    assert kept.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert not needs_rehash(kept)
