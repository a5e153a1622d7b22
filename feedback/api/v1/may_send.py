"""``/api/v1/may-send``: every sender asks here before it hands a mail over."""

from __future__ import annotations

from typing import Any, Final

from flask import Blueprint, Response, abort, jsonify, request

from feedback.api.access import caller, needs
from feedback.errors import Invalid, Problem
from feedback.i18n.text import N_
from feedback.preferences.permission import Asked, may_send_each
from feedback.preferences.policy import Decision, Frequency
from feedback.web.documents import document
from feedback.web.transaction import reading

pages = Blueprint("api_may_send", __name__, url_prefix="/api/v1")

MOST: Final = 1000
_LONGEST: Final = 320
_MISSING: Final = N_("This is missing, or is not a text.")


@pages.get("/may-send")
@needs("preferences:read")
def may_send_one() -> Response:
    """One address and one topic."""
    problems: list[Problem] = []
    asked = _asked(request.args, "", problems)
    if asked is None:
        raise Invalid(problems)
    (decision,) = may_send_each(reading(), caller().site_id, [asked])
    return jsonify(_told(decision))


@pages.post("/may-send")
@needs("preferences:read")
def may_send_many() -> Response:
    """Many at once, answered in the same order."""
    asked = _all_asked()
    decisions = may_send_each(reading(), caller().site_id, asked)
    return jsonify(
        items=[
            {"email": one.email, "topic": one.topic, **_told(decision)}
            for one, decision in zip(asked, decisions, strict=True)
        ]
    )


def _told(decision: Decision) -> dict[str, Any]:
    """The decision; and how often at most, where somebody wants fewer and only their sender knows when one went out."""
    told = {"allowed": decision.allowed, "reason": decision.reason}
    fewer = decision.allowed and decision.frequency is not Frequency.EACH
    return {**told, "frequency": decision.frequency.value} if fewer else told


def _all_asked() -> list[Asked]:
    if not request.is_json:
        abort(415)
    body = document()
    items = body.get("items") if isinstance(body, dict) else None
    if not isinstance(items, list):
        raise Invalid([Problem("items", "required", N_("A list is expected here."))])
    if len(items) > MOST:
        raise Invalid([Problem("items", "too_many", N_("At most %(limit)s at once."), {"limit": MOST})])
    problems: list[Problem] = []
    asked = [_asked(item, f"items[{number}]", problems) for number, item in enumerate(items)]
    if problems:
        raise Invalid(problems[:50])
    return [one for one in asked if one is not None]


def _asked(item: Any, where: str, problems: list[Problem]) -> Asked | None:
    found: dict[str, str] = {}
    for name in ("email", "topic"):
        value = item.get(name) if hasattr(item, "get") else None
        if isinstance(value, str) and 0 < len(value) <= _LONGEST:
            found[name] = value
        else:
            problems.append(Problem(f"{where}.{name}".lstrip("."), "required", _MISSING))
    return Asked(found["email"], found["topic"]) if len(found) == 2 else None
