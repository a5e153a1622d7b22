"""What signed links and tokens are for, the byte that says so inside them, and how long each lives."""

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum


class Purpose(StrEnum):
    """A token made for one of these is never accepted for another."""

    SURVEY = "survey"
    FORM = "form"
    STAFF_JOIN = "staff_join"
    STAFF_RESET = "staff_reset"
    DRAFT = "draft"
    EDIT = "edit"
    CASE = "case"
    UNSUBSCRIBE = "unsubscribe"
    PREFERENCES = "preferences"
    UNDO = "undo"
    CONFIRM = "confirm"
    KIOSK = "kiosk"


@dataclass(frozen=True, slots=True)
class Terms:
    """``code`` is the purpose in the first byte (1 to 31); ``age`` None never expires; ``outlives_keys`` is
    still honoured when the key that signed it was compromised.
    """

    code: int
    age: timedelta | None
    outlives_keys: bool = False


TERMS: dict[Purpose, Terms] = {
    Purpose.SURVEY: Terms(1, timedelta(days=90)),
    Purpose.FORM: Terms(2, timedelta(hours=24)),
    Purpose.STAFF_JOIN: Terms(3, timedelta(hours=72)),
    Purpose.STAFF_RESET: Terms(4, timedelta(minutes=30)),
    Purpose.DRAFT: Terms(5, None),
    Purpose.EDIT: Terms(6, timedelta(minutes=30)),
    # What it shows ends 90 days after the case is resolved: that the case knows, not the link.
    Purpose.CASE: Terms(7, None),
    Purpose.UNSUBSCRIBE: Terms(8, None, outlives_keys=True),
    Purpose.PREFERENCES: Terms(9, None),
    Purpose.UNDO: Terms(10, timedelta(minutes=15)),
    Purpose.CONFIRM: Terms(11, timedelta(hours=24)),
    Purpose.KIOSK: Terms(12, timedelta(days=400)),
}
