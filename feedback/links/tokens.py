"""What tokens say once they are opened, how languages stand in them, and what mail programs do to them; no keys."""

import re
from functools import lru_cache
from typing import NamedTuple

from feedback.errors import NotFound
from feedback.i18n.negotiation import canonical, lookup

#: Nothing longer is looked at, except the signed answers that a form carries with it.
MAX_TOKEN = 512
#: The locale byte of a token: append only, never reorder. 0 says nothing.
LOCALES = ("", "en", "sw", "ne", "fa", "mn", "hy", "fa-AF")
# The same shape as a link's token, inside whatever a mail program has put around it.
_LINK_INSIDE = re.compile(r"(?<![A-Za-z0-9_-])[A-Za-z0-9_-]{30}\.[A-Za-z0-9_-]{22}(?![A-Za-z0-9_-])")
_DAMAGE = re.compile(r"[\s=\u00ad\u200b-\u200f\u2060\ufeff]+")


class BadToken(NotFound):
    """Tampered with, damaged, made for something else or by a key no longer trusted: these are never told apart."""


class ExpiredToken(BadToken):
    """The signature is right, but too old. ``site_id`` and ``locale`` say how to tell the reader."""

    def __init__(self, site_id: int, locale: str) -> None:
        super().__init__("expired")
        self.site_id = site_id
        self.locale = locale


class LinkToken(NamedTuple):
    """What stands in the address of a link: no more than which row it is, and the language to answer in."""

    site_id: int
    key: bytes
    locale: str
    issued_at: int


class FormToken(NamedTuple):
    """What a public form carries: which survey version was asked, by which link (0: none), since when."""

    site_id: int
    version_id: int
    link_id: int
    nonce: bytes
    issued_at: int


class EditToken(NamedTuple):
    """The right to see one's own answer again and to change it; given in the reply to the submit only."""

    site_id: int
    response_id: int
    issued_at: int


class ConfirmToken(NamedTuple):
    """The right to have a request carried out that was made in the preference centre."""

    site_id: int
    request_id: int
    issued_at: int


class KioskToken(NamedTuple):
    """The right to answer as a feedback screen that was paired from the console."""

    site_id: int
    kiosk_id: int
    issued_at: int


class UndoToken(NamedTuple):
    """The right to take one opt-out back."""

    site_id: int
    opt_out_id: int
    issued_at: int


def repaired(token: str) -> str:
    """The token without what mail programs put around or into it, if there is one left; else as it came (L-14)."""
    if len(token) > MAX_TOKEN:
        return token
    found = _LINK_INSIDE.search(_DAMAGE.sub("", token.replace("%20", "")))
    return token if found is None else found[0]


@lru_cache(maxsize=256)
def locale_code(locale: str) -> int:
    """The byte for a language tag, or for the shipped language that serves it; 0 where there is none."""
    tag = canonical(locale) or ""
    if tag in LOCALES:
        return LOCALES.index(tag)
    found = lookup([tag], LOCALES[1:])
    return LOCALES.index(found) if found else 0
