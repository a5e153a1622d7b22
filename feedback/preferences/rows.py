"""Rule: what a row of a suppression file says (standards U-19), and its cells as a spreadsheet may open them."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from feedback.customers.rejecting import harmless
from feedback.customers.rows import checked_address
from feedback.errors import Problem
from feedback.i18n.text import N_
from feedback.preferences.policy import Scope

COLUMNS: Final = ("email", "list", "scope", "reason", "source", "created_at", "sha256")
REASONS: Final = ("unsubscribe", "complaint", "hard_bounce", "manual", "erasure")
LONGEST_SOURCE: Final = 200
_HASH: Final = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class SuppressionRow:
    """A row that can be used. Without ``email`` it is known by its ``hash`` alone."""

    email: str
    hash: str
    scope: Scope
    topic: str
    reason: str
    source: str
    created_at: datetime | None


def check_row(
    cells: Mapping[str, str], topics: Collection[str], now: datetime, *, salted: bool
) -> tuple[SuppressionRow | None, list[Problem]]:
    """The row, or everything that is wrong with it. ``salted``: hashes without an address are of this site."""
    said = {name: plain(cells.get(name, "")).strip() for name in COLUMNS}
    problems: list[Problem] = []
    email, digest = _who(said["email"], said["sha256"].lower(), salted, problems)
    scope = said["scope"].lower() or (Scope.TOPIC if said["list"] else Scope.ADDRESS)
    if scope not in set(Scope):
        problems.append(_choice("scope", ", ".join(Scope)))
    topic = said["list"].lower() if scope == Scope.TOPIC else ""
    if scope == Scope.TOPIC and topic not in topics:
        problems.append(Problem("list", "unknown", N_("There is no topic %(name)s here."), {"name": topic or "?"}))
    reason = said["reason"].lower() or "manual"
    if reason not in REASONS:
        problems.append(_choice("reason", ", ".join(REASONS)))
    if len(said["source"]) > LONGEST_SOURCE:
        message = N_("At most %(limit)s characters fit here.")
        problems.append(Problem("source", "too_long", message, {"limit": LONGEST_SOURCE}))
    created_at = _moment(said["created_at"], now, problems)
    if problems:
        return None, problems
    return SuppressionRow(email, digest, Scope(scope), topic, reason, said["source"], created_at), []


def escaped(text: str) -> str:
    """A cell that no spreadsheet takes for a formula; ``plain`` gives back what it was (standards S-14)."""
    return "'" + text if text.startswith("'") else harmless(text)


def plain(cell: str) -> str:
    """What stood there before ``escaped``; a cell that it never made stays as it is."""
    return cell[1:] if cell.startswith("'") and escaped(cell[1:]) == cell else cell


def _who(typed: str, digest: str, salted: bool, problems: list[Problem]) -> tuple[str, str]:
    if digest and not _HASH.fullmatch(digest):
        problems.append(Problem("sha256", "form", N_("A hash is 64 digits from 0-9 and a-f.")))
    if typed:
        email = checked_address(typed)
        if email is None:
            problems.append(Problem("email", "email", N_("This is not an email address.")))
        return email or "", digest
    if not digest:
        problems.append(Problem("email", "required", N_("This field is required.")))
    elif not salted:
        message = N_("Only this site’s own hashes work here. If they are from its export, add --salted.")
        problems.append(Problem("sha256", "not_salted", message))
    return "", digest


def _moment(text: str, now: datetime, problems: list[Problem]) -> datetime | None:
    if not text:
        return None
    try:
        found = datetime.fromisoformat(text)
        found = found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
    except (ValueError, OverflowError):
        message = N_("This is not a date such as 2026-03-01 or 2026-03-01T09:30:00Z.")
        problems.append(Problem("created_at", "form", message))
        return None
    if found > now:
        problems.append(Problem("created_at", "future", N_("This has not happened yet.")))
    return found


def _choice(field: str, choices: str) -> Problem:
    return Problem(field, "unknown", N_("Possible values: %(choices)s."), {"choices": choices})
