"""Rule: what the last word about a mail that was not taken means to somebody who looks after customers."""

import re
from enum import StrEnum
from typing import Final

#: How lines begin that are our own words; every other one is a mail server's answer, which begins with a number.
ADDRESS: Final = "address"
DROPPED: Final = "dropped"
NO_TLS: Final = "no tls"
PROGRAM: Final = "program"
SERVER: Final = "server"
SILENT: Final = "silent"
TLS: Final = "tls"
UNREACHABLE: Final = "unreachable"


class Trouble(StrEnum):
    """What was wrong, as far as it makes a difference to what a person would do."""

    UNKNOWN_ADDRESS = "unknown_address"
    BAD_ADDRESS = "bad_address"
    MAILBOX_FULL = "mailbox_full"
    TOO_BIG = "too_big"
    LATER = "later"
    POLICY = "policy"
    SIGN_IN = "sign_in"
    REFUSED = "refused"
    UNREACHABLE = "unreachable"
    BROKE_OFF = "broke_off"
    NOT_SECURE = "not_secure"
    OURS = "ours"


_OWN: Final = {
    ADDRESS: Trouble.BAD_ADDRESS,
    DROPPED: Trouble.BROKE_OFF,
    NO_TLS: Trouble.NOT_SECURE,
    PROGRAM: Trouble.OURS,
    SERVER: Trouble.REFUSED,
    SILENT: Trouble.BROKE_OFF,
    TLS: Trouble.NOT_SECURE,
    UNREACHABLE: Trouble.UNREACHABLE,
}
#: Subject and detail of enhanced status codes (RFC 3463 and its registry); the longest that fits decides.
_STATUS: Final = {
    "1.1": Trouble.UNKNOWN_ADDRESS,
    "1.2": Trouble.UNKNOWN_ADDRESS,
    "1.3": Trouble.BAD_ADDRESS,
    "1.6": Trouble.UNKNOWN_ADDRESS,
    "1.10": Trouble.UNKNOWN_ADDRESS,
    "2.1": Trouble.UNKNOWN_ADDRESS,
    "2.2": Trouble.MAILBOX_FULL,
    "2.3": Trouble.TOO_BIG,
    "3.4": Trouble.TOO_BIG,
    "4.4": Trouble.UNKNOWN_ADDRESS,
    "7.8": Trouble.SIGN_IN,
    "7.9": Trouble.SIGN_IN,
    "7": Trouble.POLICY,
}
_SIGN_IN_CODES: Final = frozenset({"530", "534", "535", "538"})
_ANSWER: Final = re.compile(r"([245]\d\d)\b[ -]*(?:([245])\.(\d{1,3})\.(\d{1,3})\b)?(.*)", re.DOTALL)
#: For servers that give no status. Only where the number already says that the mailbox is meant.
_FULL: Final = re.compile(r"full|quota|storage|insufficient", re.IGNORECASE)
_UNKNOWN: Final = re.compile(
    r"unknown|no such|not exist|not found|no mailbox|invalid (?:recipient|user)", re.IGNORECASE
)

#: Of the permanent answers, those that say that there is no such mailbox; what is full or blocked there is one.
_NO_SUCH: Final = frozenset({"1.1", "1.2", "1.3", "1.6", "1.10"})
_CLOSED: Final = re.compile(r"disabled|inactive|deactivated|closed|no longer", re.IGNORECASE)


def trouble_of(line: str | None) -> Trouble:
    """What a stored line means: a mail server's answer, or one that begins with a word of ours."""
    line = line or ""
    own = _OWN.get(line.partition(":")[0])
    if own is not None:
        return own
    answer = _ANSWER.match(line)
    if answer is None:
        return Trouble.REFUSED
    code, kind, subject, detail, words = answer.groups()
    if code in _SIGN_IN_CODES:
        return Trouble.SIGN_IN
    told = _STATUS.get(f"{subject}.{detail}") or _STATUS.get(subject or "")
    later = (kind or code[0]) == "4"
    if told is not None and not (later and told in (Trouble.POLICY, Trouble.UNKNOWN_ADDRESS)):
        return told
    if code in ("452", "552") and _FULL.search(words):
        return Trouble.MAILBOX_FULL
    if later:
        return Trouble.LATER
    if code in ("550", "551", "553") and _UNKNOWN.search(words):
        return Trouble.UNKNOWN_ADDRESS
    return Trouble.TOO_BIG if code == "552" else Trouble.REFUSED


def is_gone(line: str | None) -> bool:
    """Whether a mail server says for good that the address itself does not exist, or not any more.

    Rather no than yes: who is taken for gone gets no mails, while a mail too many to nobody does little harm.
    """
    answer = _ANSWER.match(line or "")
    if answer is None:
        return False
    code, kind, subject, detail, words = answer.groups()
    if code[0] != "5" or kind not in (None, "5"):
        return False
    status = f"{subject}.{detail}"
    if status in _NO_SUCH:
        return True
    if status == "2.1":
        return bool(_CLOSED.search(words))
    return subject in (None, "0") and code in ("550", "551", "553") and bool(_UNKNOWN.search(words))


#: Why a mail was held back, where the reason may be gone tomorrow; every other one stays.
_MAY_PASS: Final = frozenset({"disabled", "no_address", "paused", "too_soon", "unknown_topic"})


def may_pass(reason: str) -> bool:
    """Whether a mail that was held back for this reason may be tried again later."""
    return reason in _MAY_PASS
