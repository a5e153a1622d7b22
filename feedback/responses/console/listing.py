"""Staff's list of responses, and one response."""

from collections.abc import Collection
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from flask import Response, g, request, url_for

from feedback.actors import Role
from feedback.events import OpenCaseOf, gather
from feedback.i18n.negotiation import OWN_NAMES
from feedback.i18n.text import N_
from feedback.rendering import current_reader
from feedback.responses.console.blueprint import pages
from feedback.responses.models import State
from feedback.responses.queries import Filter, ResponseLine, list_responses, response_detail
from feedback.responses.suspicion import told as reasons_told
from feedback.surveys.cancelling import Ending
from feedback.surveys.queries import survey_lines, survey_versions
from feedback.surveys.telling import tell
from feedback.web.guard import staff_only
from feedback.web.paging import decode_cursor, encode_cursor
from feedback.web.templating import page
from feedback.web.transaction import reading

STATES = {
    State.COMPLETE.value: N_("Complete"),
    State.PARTIAL.value: N_("Not finished"),
    State.UNCONFIRMED.value: N_("Not confirmed yet"),
    State.QUARANTINED.value: N_("Held back as possible spam"),
    State.DISOWNED.value: N_("“This was not me”"),
}
#: What somebody decided who came to cancel.
ENDINGS = {
    Ending.KEPT.value: N_("Not cancelled"),
    Ending.PAUSED.value: N_("Paused"),
    Ending.CANCELLED.value: N_("Cancelled"),
}
#: Scores as the default case rules see them.
BANDS = {"low": (0, 40), "middling": (41, 60), "high": (61, 100)}
PAGE = 50
ASSURANCE = {
    "link": N_("by a personal link"),
    "verified": N_("signed in on the site"),
    "kiosk": N_("at a feedback screen"),
    "anonymous": N_("anonymous"),
}


@dataclass(frozen=True, slots=True)
class Chosen:
    """What the list's address asks for; whatever is not known counts as not asked."""

    survey: str = ""
    score: str = ""
    language: str = ""
    state: str = ""

    @classmethod
    def from_address(cls, slugs: Collection[str]) -> "Chosen":
        """Read the address of this request."""
        known: dict[str, Collection[str]] = {"survey": slugs, "score": BANDS, "language": OWN_NAMES, "state": STATES}
        given = {name: request.args.get(name, "") for name in known}
        return cls(**{name: value for name, value in given.items() if value in known[name]})

    def wanted(self) -> Filter:
        """The same for the query."""
        low, high = BANDS.get(self.score, (None, None))
        return Filter(
            survey=self.survey or None,
            state=self.state or None,
            language=self.language or None,
            min_score=low,
            max_score=high,
        )

    def address(self, **more: str) -> str:
        """The list with these filters."""
        args: dict[str, Any] = {name: value for name, value in (*asdict(self).items(), *more.items()) if value}
        return url_for(".index", **args)


@pages.get("/")
@staff_only(Role.AGENT)
def index(site: str) -> Response:
    """Responses, newest first."""
    session, site_id = reading(), g.site_id
    surveys = survey_lines(session, site_id, archived=True)
    chosen = Chosen.from_address({one.slug for one in surveys})
    before, after = place_at("before"), place_at("after")
    found = list(list_responses(session, site_id, chosen.wanted(), before=before, after=after, limit=PAGE + 1))
    back = before is None and after is not None
    more = len(found) > PAGE
    lines = (found[-PAGE:] if back else found[:PAGE]) if more else found
    newer = more if back else before is not None
    older = back or more
    return page(
        "console/responses/index.html",
        lines=lines,
        chosen=chosen,
        narrowed=chosen != Chosen(),
        surveys=surveys,
        titles={one.slug: one.title for one in surveys},
        states=_told(STATES),
        bands=_bands(),
        texts=STATES,
        endings=ENDINGS,
        languages=OWN_NAMES,
        previous=chosen.address(after=token_of(lines[0])) if lines and newer else None,
        next=chosen.address(before=token_of(lines[-1])) if lines and older else None,
    )


@pages.get("/<public_id>")
@staff_only(Role.AGENT)
def show(site: str, public_id: str) -> Response:
    """One response: every question and answer."""
    session, site_id = reading(), g.site_id
    detail = response_detail(session, site_id, public_id)
    row = detail.line
    asked = survey_versions(session, site_id, {row.version_id})[row.version_id]
    cases = gather(session, OpenCaseOf(site_id, detail.customer.id)) if detail.customer is not None else []
    tag = current_reader().tag
    return page(
        "console/responses/show.html",
        detail=detail,
        row=row,
        told=tell(asked.definition, detail.answers, tag, row.locale),
        before=[(one, tell(asked.definition, one.answers, tag, row.locale)) for one in detail.revisions],
        survey=asked,
        cases=cases,
        texts=STATES,
        assurance=ASSURANCE,
        languages=OWN_NAMES,
        reasons=reasons_told(row.flags),
    )


def _told(texts: dict[str, str]) -> list[tuple[str, str]]:
    say = current_reader().gettext
    return [(key, say(text)) for key, text in texts.items()]


def _bands() -> list[tuple[str, str]]:
    reader = current_reader()
    return [(key, reader.gettext("%(low)s to %(high)s", low=low, high=high)) for key, (low, high) in BANDS.items()]


def token_of(line: ResponseLine) -> str:
    """A row as its place in the list, for an address."""
    return encode_cursor(line.created_at.isoformat(), line.id)


def place_at(name: str) -> tuple[datetime, int] | None:
    """A place in the list; None for an address that somebody cut: then the first page is shown."""
    found = decode_cursor(request.args.get(name), (str, int))
    if found is None or not 0 <= found[1] < 2**63:
        return None
    try:
        moment = datetime.fromisoformat(found[0])
    except ValueError:
        return None
    return (moment, found[1]) if moment.tzinfo is not None else None
