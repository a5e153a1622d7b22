"""Rule: on which pages, to how many and how often a survey is offered; what somebody typed about it, checked."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from feedback.errors import Invalid, Problem
from feedback.i18n.text import N_, ascii_digits

#: Days without a second survey where a site says nothing else.
QUIET_DAYS: Final = 30
MAX_DAYS: Final = 3650
MAX_PATHS: Final = 50
MAX_PATH: Final = 300


@dataclass(frozen=True, slots=True)
class Placing:
    """As a survey stands that nobody has placed: for everybody, on every page that asks for it.

    ``sample`` is of a hundred visitors, ``again_days`` the days until somebody may be asked the same again.
    """

    live: bool = True
    sample: int = 100
    again_days: int = 90
    paths: tuple[str, ...] = ()


def typed_placing(*, live: bool, sample: str, again_days: str, paths: str) -> Placing:
    """What somebody typed, in any digits; one path a line. Raises Invalid with every problem."""
    problems: list[Problem] = []
    found = list(dict.fromkeys(line for one in paths.splitlines() if (line := one.strip())))
    if len(found) > MAX_PATHS or any(len(one) > MAX_PATH for one in found):
        problems.append(Problem("paths", "range", N_("There are too many, or they are too long.")))
    elif wrong := next((one for one in found if not _is_path(one)), None):
        message = N_("“%(path)s” is not a path: a path begins with / or *, and has no spaces, question mark or #.")
        problems.append(Problem("paths", "path", message, {"path": wrong}))
    placing = Placing(
        live,
        _number(sample, "sample", 0, 100, problems),
        _number(again_days, "again_days", 0, MAX_DAYS, problems),
        tuple(found),
    )
    if problems:
        raise Invalid(problems)
    return placing


def typed_quiet_days(typed: str) -> int:
    """Days without a second survey. Raises Invalid."""
    problems: list[Problem] = []
    days = _number(typed, "quiet_days", 0, MAX_DAYS, problems)
    if problems:
        raise Invalid(problems)
    return days


def quiet_days_of(widget: dict[str, Any]) -> int:
    """The same from the site's row."""
    days = widget.get("quiet_days", QUIET_DAYS)
    return days if isinstance(days, int) else QUIET_DAYS


def placing_from(*, live: bool, sample: int, again_days: int, paths: Sequence[Any]) -> Placing:
    """From the survey's row."""
    return Placing(live, sample, again_days, tuple(str(path) for path in paths))


def _is_path(text: str) -> bool:
    return text[0] in "/*" and text.isprintable() and not any(sign in text for sign in " ?#")


def _number(typed: str, field: str, least: int, most: int, problems: list[Problem]) -> int:
    text = ascii_digits(typed.strip())
    if text.isascii() and text.isdigit() and len(text) <= 9 and least <= int(text) <= most:
        return int(text)
    message = N_("Enter a whole number from %(least)s to %(most)s.")
    problems.append(Problem(field, "range", message, {"least": least, "most": most}))
    return least
