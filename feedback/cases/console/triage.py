"""The triage list: what is most urgent, filtered, searched and paged; changes nothing."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from flask import Response, g, request

from feedback import clock
from feedback.actors import Role
from feedback.cases import activity
from feedback.cases.console.blueprint import pages
from feedback.cases.console.timeline import TOO_OFTEN
from feedback.cases.forms import TEAM, told
from feedback.cases.queries import Colleague, Counts, Position, TriageFilter, TriageRow, assignable, counts, triage
from feedback.cases.queries.triage import ANY, COUNTED, STILL_OPEN
from feedback.cases.states import State
from feedback.errors import Invalid
from feedback.i18n.negotiation import OWN_NAMES
from feedback.i18n.text import N_
from feedback.rendering import current_reader
from feedback.web.guard import current_staff, staff_only
from feedback.web.templating import page
from feedback.web.transaction import reading

SOON = timedelta(hours=2)
ME = "me"
LONGEST_SEARCH = 200
_STATES: dict[str, str] = {STILL_OPEN: N_("Unresolved"), **activity.STATES, ANY: N_("Any state")}


@dataclass(frozen=True, slots=True)
class Filters:
    """What the address asks for; whatever is not known counts as not asked."""

    state: str = STILL_OPEN
    owner: str = ""
    language: str = ""
    kind: str = ""
    priority: str = ""
    overdue: bool = False
    our_turn: bool = False
    q: str = ""

    @classmethod
    def from_address(cls, people: Sequence[Colleague]) -> "Filters":
        """Read the address of this request."""
        given = request.args
        owners = {ME, TEAM, *(one.public_id for one in people)}
        return cls(
            state=_known(given.get("state"), _STATES, STILL_OPEN),
            owner=_known(given.get("owner"), owners),
            language=_known(given.get("language"), OWN_NAMES),
            kind=_known(given.get("kind"), activity.KINDS),
            priority=_known(given.get("priority"), activity.PRIORITIES),
            overdue=given.get("overdue") == "1",
            our_turn=given.get("replied") == "1",
            q=given.get("q", "")[:LONGEST_SEARCH].strip(),
        )

    def wanted(self, people: Sequence[Colleague], me: int) -> TriageFilter:
        """The same for the query."""
        ids: dict[str, int | str | None] = {one.public_id: one.staff_id for one in people}
        ids |= {ME: me, TEAM: TEAM, "": None}
        return TriageFilter(
            state=self.state,
            owner=ids[self.owner],
            language=self.language or None,
            kind=self.kind or None,
            priority=self.priority or None,
            overdue=self.overdue,
            our_turn=self.our_turn,
            search=self.q,
        )

    def args(self, **changes: Any) -> dict[str, Any]:
        """For ``url_for``: only what differs from the plain list."""
        values: dict[str, Any] = {
            "state": "" if self.state == STILL_OPEN else self.state,
            "owner": self.owner,
            "language": self.language,
            "kind": self.kind,
            "priority": self.priority,
            "overdue": "1" if self.overdue else "",
            "replied": "1" if self.our_turn else "",
            "q": self.q,
        } | changes
        return {name: value for name, value in values.items() if value}

    @property
    def chosen(self) -> bool:
        """Whether one of the selects asks for something."""
        return bool(self.owner or self.language or self.kind or self.priority or self.state != STILL_OPEN)

    @property
    def narrowed(self) -> bool:
        """Whether anything is asked for beyond one of the tabs."""
        return bool(self.language or self.kind or self.priority or self.q)


@dataclass(frozen=True, slots=True)
class Tab:
    """One of the lists that people look at all day."""

    text: str
    args: dict[str, Any]
    current: bool
    count: int | None = None
    late: bool = False


@pages.get("/")
@staff_only(Role.AGENT)
def index(site: str) -> Response:
    """Overdue first, then due. Four statements, however long the list is."""
    session, site_id, me, now = reading(), g.site_id, current_staff().id, clock.now()
    people = assignable(session, site_id, now)
    filters = Filters.from_address(people)
    found = triage(
        session,
        site_id,
        filters.wanted(people, me),
        now,
        after=_position("after"),
        before=_position("before"),
    )
    figures = counts(session, site_id, me, now)
    return page(
        "console/cases/index.html",
        filters=filters,
        tabs=_tabs(filters, figures),
        found=found,
        rows=[(row, row_class(row, now)) for row in found.rows],
        now=now,
        counted=COUNTED,
        states=told(_STATES),
        kinds=told(activity.KINDS),
        priorities=told(activity.PRIORITIES),
        people=people,
        me=me,
        words=activity,
        languages=OWN_NAMES,
        too_often=TOO_OFTEN,
    )


def row_class(row: TriageRow, now: datetime) -> str:
    """How a row stands out: late, due soon, or not at all."""
    if row.overdue(now):
        return "late"
    if row.state != State.RESOLVED and row.due_at < now + SOON:
        return "soon"
    return "done" if row.state == State.RESOLVED else ""


def _tabs(filters: Filters, figures: Counts) -> list[Tab]:
    say = current_reader().gettext
    narrowed = {"overdue": "1" if filters.overdue else "", "replied": "1" if filters.our_turn else ""}
    shown = (filters.state, filters.owner, *narrowed.values())
    lists: tuple[tuple[str, tuple[str, str, str, str], int | None], ...] = (
        (say(N_("All")), (STILL_OPEN, "", "", ""), figures.all),
        (say(N_("Overdue")), (STILL_OPEN, "", "1", ""), figures.overdue),
        (say(N_("Customer has replied")), (STILL_OPEN, "", "", "1"), figures.our_turn),
        (say(N_("Mine")), (STILL_OPEN, ME, "", ""), figures.mine),
        (say(N_("The team’s")), (STILL_OPEN, TEAM, "", ""), figures.team),
        (say(N_("Waiting")), (State.WAITING.value, "", "", ""), figures.waiting),
        (say(N_("Resolved")), (State.RESOLVED.value, "", "", ""), None),
    )
    return [
        Tab(
            text,
            filters.args(state="" if state == STILL_OPEN else state, owner=owner, overdue=overdue, replied=replied),
            shown == (state, owner, overdue, replied),
            count,
            late=bool(overdue),
        )
        for text, (state, owner, overdue, replied), count in lists
    ]


def _position(name: str) -> Position | None:
    token = request.args.get(name)
    try:
        there = Position.parse(token) if token else None
    except Invalid:  # an address that somebody cut: the first page
        return None
    return there if there is not None and there.id < 2**63 else None


def _known(value: str | None, among: Any, otherwise: str = "") -> str:
    return value if value is not None and value in among else otherwise
