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
_WORDS: Final = """
    abc abcd abcdef abcdefgh abcdefghijklmnopqrstuvwxyz access admin administrator afghanistan allah
    always andrew android angel anything apple april armenia arsenal asante asdf asdfgh asdfghjkl ashley
    august autumn azerty baby babygirl barcelona baseball basketball batman battery best bismillah
    bonjour boss brother buddha business butterfly champion champions change changeme charlie chelsea
    chocolate christ company computer console cookie correct cricket customer
    customers daniel dares database december default demo dollar dragon eagle eight email evening
    facebook family father february feedback first five flower football forever four freedom friday
    friend friends ganesh george good google great guest habari hallo happy hello help helpdesk hockey
    hola honey horse iloveyou inshallah instagram internet iran january jennifer jessica jesus jordan
    joshua july june kabul karibu karma kathmandu kenya krishna last letmein liberty lion liverpool
    lkjhgfdsa login logon london love lover loveyou lucky madrid magic mail manager mapenzi march master
    matrix matthew mega michael microsoft mnbvcxz monday money mongolia monkey morning mother mungu
    nairobi namaste nenosiri nepal network new newyork nicole night nine nokia nothing november number
    october office old one open paris parol pass passphrase passwd password passwort poiuytrewq pokemon
    power princess qazwsx qazwsxedc qweasd qweasdzxc qwerty qwertyuiop qwertz qwertzuiop rainbow rich
    robert root salaam salam samsung saturday secret secrets security september server service services
    sesame seven shadow shiva signin sister site six smile soccer something spiderman spring staff
    staple starwars summer sunday sunshine super superman support survey surveys sweet sweetheart system
    tanzania team tehran temp temporary ten test tester testing thomas three thursday tiger today
    tomorrow trustno tuesday twitter two ulaanbaatar user username users website wednesday welcome
    whatever whatsapp windows winter xyz yerevan yesterday youtube zxcv zxcvbn zxcvbnm
"""
_COMMON: Final = tuple(sorted(_WORDS.split(), key=len, reverse=True))
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
_FILLERS: Final = ".,-_!?*#@+/"
_YEAR: Final = re.compile(r"(?:19|20)\d\d")
_SHORTEST_OWN: Final = 3
_SHORTEST_RUN: Final = 3
_FEWEST_LETTERS: Final = 5
#: So many characters must be left when everything guessable is taken out.
_MUST_REMAIN: Final = 5
#: So many guessable words and no more make a password guessable.
_FEW_WORDS: Final = 2


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
        message = N_("This password is too easy to guess. Choose words that nobody would connect with you or us.")
        return [Problem("password", "password-common", message)]
    return []


def _is_guessable(password: str, known: Iterable[str]) -> bool:
    folded = unicodedata.normalize("NFKC", password).casefold()
    if len(set(folded)) < _FEWEST_LETTERS:
        return True
    own = sorted(_words(known), key=len, reverse=True)
    return any(_is_made_of_few(reading, own) for reading in (folded, folded.translate(_LOOKALIKES)))


def _is_made_of_few(text: str, own: list[str]) -> bool:
    """Whether next to nothing is left without one or two words, years and runs that a guesser tries first.

    Three or more words that aren't one's own are a passphrase, however common each of them is.
    """
    text = _YEAR.sub(" ", text)
    for word in own:
        text = text.replace(word, " ")
    found = 0
    for word in _COMMON:
        found += word in text
        text = text.replace(word, " ")
    if found > _FEW_WORDS:
        return False
    text = "".join(character for character in text if character not in _FILLERS and not character.isspace())
    return len(set(_without_runs(text))) < _MUST_REMAIN


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
