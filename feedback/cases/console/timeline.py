"""The timeline of a case as its page tells it: a sentence per event, whose words they are, which promise; no HTML."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from feedback.cases import activity
from feedback.cases.activity import Happened, Look
from feedback.cases.console.late import working_hours
from feedback.cases.forms import CHANNELS
from feedback.cases.queries.timeline import ActivityView, Part
from feedback.i18n.text import N_
from feedback.rendering import current_reader

#: From this one on, going from hand to hand is a fault of ours.
TOO_OFTEN = 3
PARTS: dict[str, str] = {
    Part.ALL: N_("Everything"),
    Part.TALK: N_("Conversation"),
    Part.PROMISES: N_("Promises"),
    Part.NOTES: N_("Notes"),
}
_SORTS: dict[str, str] = {
    "auto": N_("An automatic reply came in by email"),
    "bulk": N_("A bulk email came in"),
    "bounce": N_("An email could not be delivered"),
    "unreadable": N_("An email came in that could not be read"),
    "held": N_("One of too many emails within an hour"),
    "reply": N_("An email came in with no new text"),
}
_HANDED = (Happened.HANDED_OFF, Happened.UNASSIGNED, Happened.ESCALATED_ON)


@dataclass(frozen=True, slots=True)
class Post:
    """The mail that words came by. ``stranger``: it wasn't sent from the address on file."""

    sender: str
    stranger: bool
    dropped: tuple[str, ...]
    cut: bool
    quoted: str
    by_machine: bool


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that happened. ``times`` is how often the case had changed hands by then, if it did so now."""

    id: int
    kind: str
    look: Look
    sentence: str
    who: str
    text: str | None
    at: datetime
    due_at: datetime | None = None
    before: datetime | None = None
    post: Post | None = None
    times: int = 0

    @property
    def too_often(self) -> bool:
        """Whether it went from hand to hand once too often."""
        return self.times >= TOO_OFTEN


def events_of(rows: tuple[ActivityView, ...], hand_offs: int) -> tuple[Event, ...]:
    """The newest first. ``hand_offs`` is how often the case has changed hands so far: the newest row was the last."""
    found = []
    for row in reversed(rows):
        handed = row.kind in _HANDED
        found.append(_event(row, hand_offs if handed else 0))
        hand_offs -= handed
    return tuple(found)


def sentence(message: str, params: Mapping[str, Any]) -> str:
    """A marked sentence with what it names; what a row of another release lacks is left open."""
    reader = current_reader()
    try:
        return reader.gettext(message, **params) if params else reader.gettext(message)
    except KeyError:
        return reader.gettext(message) % _Lenient(params)


def _event(row: ActivityView, times: int) -> Event:
    post = _post(row)
    return Event(
        id=row.id,
        kind=row.kind,
        look=_look(row),
        sentence=_told(row, post),
        who="" if post is not None and (post.stranger or post.by_machine) else _who(row),
        text=row.text,
        at=row.at,
        due_at=_moment(row.facts.get("due_at")),
        before=_moment(row.facts.get("before")) if row.kind == Happened.PROMISE_MOVED else None,
        post=post,
        times=times,
    )


def _look(row: ActivityView) -> Look:
    look = activity.line(row.kind).look
    if row.actor_kind == "customer" and look is not Look.SYSTEM:
        return Look.CUSTOMER
    return Look.SYSTEM if look is Look.NOTE and not row.text else look


def _told(row: ActivityView, post: Post | None) -> str:
    say, facts = current_reader().gettext, _facts(row)
    if post is not None and post.by_machine:
        return say(_SORTS.get(str(facts.get("sort")), activity.line(row.kind).sentence))
    if row.kind == Happened.CUSTOMER_WROTE:
        if post is None:
            return say(N_("The customer wrote on their page"))
        return say(N_("Somebody wrote by email") if post.stranger else N_("The customer wrote by email"))
    return ": ".join(part for part in (sentence(activity.sentence(row.kind, facts), facts), _more(row)) if part)


def _more(row: ActivityView) -> str:
    """What stands behind a sentence: from what to what, how it ended, how they spoke."""
    reader, facts = current_reader(), row.facts
    if row.kind == Happened.PRIORITISED:
        before, after = (_named(activity.PRIORITIES, facts.get(name)) for name in ("before", "priority"))
        arrow = "→" if reader.direction == "ltr" else "←"
        return f"{before} {arrow} {after}" if before and after else ""
    if row.kind == Happened.RESOLVED:
        return _named(activity.OUTCOMES, facts.get("outcome"))
    if row.kind == Happened.CONTACTED:
        return _named(CHANNELS, facts.get("channel"))
    waits = row.kind == Happened.REPLIED and facts.get("waiting")
    return reader.gettext(N_("Waiting for the customer")) if waits else ""


def _facts(row: ActivityView) -> dict[str, Any]:
    """What a sentence may name, as the reader says it."""
    facts = dict(row.facts)
    if facts.get("rule"):
        facts["rule"] = current_reader().gettext(str(facts["rule"]))
    if "minutes" in facts:
        facts["late"] = working_hours(int(facts["minutes"]))
    return facts


def _post(row: ActivityView) -> Post | None:
    facts = row.facts
    if row.kind not in (Happened.CUSTOMER_WROTE, Happened.MAIL_NOTED) or "mail" not in facts:
        return None
    return Post(
        sender=str(facts.get("from") or ""),
        stranger=row.kind == Happened.CUSTOMER_WROTE and not facts.get("known", False),
        dropped=tuple(str(name) for name in facts.get("attachments") or ()),
        cut=bool(facts.get("cut")),
        quoted=row.quoted,
        by_machine=row.kind == Happened.MAIL_NOTED,
    )


def _who(row: ActivityView) -> str:
    if row.actor_label:
        return row.actor_label
    say = current_reader().gettext
    if row.actor_kind == "customer":
        return say(N_("Customer"))
    return "" if row.actor_kind == "system" else say(N_("Somebody"))


def _moment(value: object) -> datetime | None:
    try:
        found = datetime.fromisoformat(str(value)) if value else None
    except ValueError:
        return None
    return found if found is not None and found.tzinfo is not None else None


def _named(texts: Mapping[str, str], key: object) -> str:
    return current_reader().gettext(texts[str(key)]) if str(key) in texts else ""


class _Lenient(dict[str, Any]):
    """Rows of a later release may lack what a sentence names."""

    def __missing__(self, key: str) -> str:
        return "…"
