"""A case as its customer reads it: sentences and times in their language beside words as they were written; no HTML."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from feedback import clock
from feedback.cases.activity import LINES
from feedback.cases.queries.own import Done, Moved, OwnCase, OwnLink, Promised, Said
from feedback.cases.queries.recovery import Offered
from feedback.cases.showing import Stands, stands
from feedback.cases.states import Outcome, State
from feedback.i18n.text import N_, pick
from feedback.links.models import Link
from feedback.rendering import current_reader
from feedback.responses.view import LanguageView, SiteView

STATES = {
    State.NEW: N_("We have received it"),
    State.OPEN: N_("We are working on it"),
    State.WAITING: N_("We are waiting for your answer"),
    State.RESOLVED: N_("This case is closed"),
}
SOLVED = N_("We consider this solved")
#: What is promised with the case itself, by nobody's own words.
FIRST = N_("An answer to what you told us")
BY_MAIL = N_("By email")
BY_MAIL_FROM_ELSEWHERE = N_("By email, from an address we do not know")


@dataclass(frozen=True, slots=True)
class PromiseView:
    """One promise; ``what`` is ours where ``is_first``, else as somebody wrote it."""

    what: str
    is_first: bool
    stands: Stands
    due_at: datetime
    settled_at: datetime | None
    moved: tuple[Moved, ...]
    reason: str


@dataclass(frozen=True, slots=True)
class EventView:
    """One thing that was done, by us or by the customer."""

    sentence: str
    by_customer: bool
    at: datetime
    words: str
    who: str
    how: str
    files: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class RecoveryView:
    """Is it better now? ``choices`` are address, words and language of each answer; without any, ``url`` asks."""

    url: str
    choices: tuple[tuple[str, str, str], ...]


@dataclass(frozen=True, slots=True)
class CaseView:
    """The customer's page. Buttons send ``do`` = ``reply``, ``unsolved`` or ``not_me`` to ``action``."""

    site: SiteView
    languages: tuple[LanguageView, ...]
    number: int
    state: str
    is_resolved: bool
    action: str
    said: tuple[Said, ...] = ()
    promises: tuple[PromiseView, ...] = ()
    done: tuple[EventView, ...] = ()
    #: What became of the last press of a button, and what was typed if it has to be sent again; translated.
    status: str = ""
    error: str = ""
    typed: str = ""
    #: Asks again, where they are asked.
    recovery: RecoveryView | None = None
    #: When it was closed, on the page that shows no more than that; and where to write then.
    closed_at: datetime | None = None
    write_to: str | None = None


def promises_view(own: OwnLink, promised: Sequence[Promised], now: datetime | None = None) -> tuple[PromiseView, ...]:
    """Every promise with how it stands: what is still open comes first, then the newest."""
    now = now or clock.now()
    views = [_promise(own, one, now) for one in promised]
    waiting = [one for one in views if one.stands in (Stands.OPEN, Stands.LATE)]
    return (*sorted(waiting, key=lambda one: one.due_at), *(one for one in reversed(views) if one not in waiting))


def _promise(own: OwnLink, promised: Promised, now: datetime) -> PromiseView:
    answered_at = own.replied_at if promised.is_first else None
    how = stands(promised.state, promised.due_at, now, answered_at=answered_at, over=own.is_resolved)
    what = current_reader().gettext(FIRST) if promised.is_first else promised.what
    return PromiseView(
        what, promised.is_first, how, promised.due_at, promised.settled_at, promised.moved, promised.reason
    )


def recovery_view(offered: Offered | None, address: Callable[[Link, str | None], str]) -> RecoveryView | None:
    """The question whether it is better now; ``address`` is that of the survey with an answer chosen, or none."""
    if offered is None:
        return None
    tag = current_reader().tag
    choices = tuple((address(offered.link, one.key), *pick(one.text, tag)) for one in offered.choices)
    return RecoveryView(address(offered.link, None), choices)


def done_view(case: OwnCase) -> tuple[EventView, ...]:
    """What was done, in the order in which it was."""
    return tuple(_event(one) for one in case.done)


def _event(done: Done) -> EventView:
    reader = current_reader()
    how = ""
    if done.by_customer and done.by_mail:
        how = reader.gettext(BY_MAIL if done.known else BY_MAIL_FROM_ELSEWHERE)
    return EventView(
        reader.gettext(LINES[done.kind].told), done.by_customer, done.at, done.words, done.who, how, done.files
    )


def state_sentence(own: OwnLink) -> str:
    """How far the case is, in plain words."""
    solved = own.is_resolved and own.outcome is Outcome.SOLVED
    return current_reader().gettext(SOLVED if solved else STATES[own.behind.state])
