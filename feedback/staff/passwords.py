"""Rule: which passwords are good enough: long, and not what everybody or anybody nearby would guess first."""

import re
import unicodedata
from collections.abc import Iterable
from typing import Final

from feedback.errors import Problem
from feedback.i18n.text import N_

MIN_LENGTH: Final = 12
MAX_LENGTH: Final = 1000

#: What people build guessable passwords from. Longer ones first, so that "password" goes before "pass".
_COMMON: Final = tuple(
    sorted(
        """
        password passwort passwd passphrase pass secret secrets admin administrator root master login logon signin
        welcome letmein open sesame access default changeme change trustno correcthorsebatterystaple correct horse
        battery staple temp temporary test testing tester demo guest user users username hello hallo hola bonjour
        qwerty qwertyuiop qwertz qwertzuiop azerty asdfghjkl asdfgh asdf zxcvbnm zxcvbn zxcv qazwsxedc qazwsx
        qweasdzxc qweasd poiuytrewq lkjhgfdsa mnbvcxz abcdefghijklmnopqrstuvwxyz abcdefgh abcdef abcd abc xyz
        iloveyou loveyou love lover forever always sunshine princess angel baby babygirl honey sweet sweetheart
        dragon monkey tiger lion eagle shadow flower butterfly rainbow summer winter spring autumn chocolate cookie
        football soccer baseball basketball hockey cricket champion champions arsenal chelsea liverpool barcelona
        madrid superman batman spiderman pokemon starwars matrix computer internet google facebook instagram
        twitter whatsapp youtube microsoft windows apple android samsung nokia whatever nothing something anything
        freedom liberty money dollar rich lucky happy smile friend friends family mother father brother sister
        michael jessica jennifer daniel thomas charlie robert george andrew joshua ashley nicole matthew jordan
        monday tuesday wednesday thursday friday saturday sunday january february march april june july august
        september october november december morning evening night today tomorrow yesterday
        company business office support customer customers service services helpdesk help team staff server
        database system network security manager boss survey surveys feedback console site website email mail
        number one two three four five six seven eight nine ten first last new old good best great super mega
        power magic london paris newyork tanzania kenya nairobi dares salaam nepal kathmandu iran tehran mongolia
        ulaanbaatar armenia yerevan afghanistan kabul salam salaam namaste karibu habari asante mungu jesus christ
        allah bismillah inshallah ganesh krishna shiva buddha karma nenosiri mapenzi parol
        """.split(),
        key=len,
        reverse=True,
    )
)
_LOOKALIKES: Final = str.maketrans("@4310$5!7", "aaeiossit")
_RUNS: Final = (
    "01234567890123456789",
    "98765432109876543210",
    "abcdefghijklmnopqrstuvwxyz",
    "zyxwvutsrqponmlkjihgfedcba",
    "qwertyuiopasdfghjklzxcvbnm",
    "1q2w3e4r5t6y7u8i9o0p",
    "1qaz2wsx3edc4rfv5tgb6yhn",
)
_YEAR: Final = re.compile(r"(?:19|20)\d\d")
_SHORTEST_OWN: Final = 3
_SHORTEST_RUN: Final = 3
_FEWEST_LETTERS: Final = 5
#: So many characters must be left when everything guessable is taken out.
_MUST_REMAIN: Final = 5


def password_problems(password: str, known: Iterable[str] = ()) -> list[Problem]:
    """What is wrong with a new password. ``known`` is what anybody knows: names, address, site.

    No rules about capitals or signs (they make passwords worse), and the password itself is never changed:
    it is folded here only to see what it is made of.
    """
    if len(password) < MIN_LENGTH:
        message = N_("Use at least %(count)s characters. Several words in a row are easy to remember.")
        return [Problem("password", "password-short", message, {"count": MIN_LENGTH})]
    if len(password) > MAX_LENGTH:
        message = N_("Use at most %(count)s characters.")
        return [Problem("password", "password-long", message, {"count": MAX_LENGTH})]
    if _is_guessable(password, known):
        message = N_("This password is too easy to guess. Choose words that nobody connects with you or us.")
        return [Problem("password", "password-common", message)]
    return []


def _is_guessable(password: str, known: Iterable[str]) -> bool:
    folded = unicodedata.normalize("NFKC", password).casefold()
    if len(set(folded)) < _FEWEST_LETTERS:
        return True
    own = sorted(_words(known), key=len, reverse=True)
    return any(_remainder(reading, own) < _MUST_REMAIN for reading in (folded, folded.translate(_LOOKALIKES)))


def _remainder(text: str, own: list[str]) -> int:
    """How many different characters are left without words, years and runs that a guesser tries first."""
    text = _YEAR.sub(" ", text)
    for word in (*own, *_COMMON):
        text = text.replace(word, " ")
    text = "".join(character for character in text if not character.isspace() and character not in ".,-_!?*#@+/")
    return len(set(_without_runs(text)))


def _without_runs(text: str) -> str:
    kept, start = [], 0
    while start < len(text):
        end = start + 1
        while end < len(text) and any(text[start : end + 1] in run for run in _RUNS):
            end += 1
        if end - start < _SHORTEST_RUN:
            kept.append(text[start])
            end = start + 1
        start = end
    return "".join(kept)


def _words(known: Iterable[str]) -> set[str]:
    words: set[str] = set()
    for text in known:
        folded = unicodedata.normalize("NFKC", text).casefold()
        words.update(word for word in re.split(r"[\W_]+", folded) if len(word) >= _SHORTEST_OWN)
        words.add(folded)
    return {word for word in words if len(word) >= _SHORTEST_OWN}
