"""What somebody is promised who has just answered, and the link to their case that this one reply shows (L-12)."""

from dataclasses import dataclass
from typing import Any

from feedback.actors import Actor
from feedback.events import FollowUp, FollowUpOf, gather
from feedback.links.actions import case_link_since, issue_case_link
from feedback.links.models import Link
from feedback.links.urls import customer_case_url
from feedback.responses.actions import COUNTED, Outcome, Stored
from feedback.responses.pages.arrival import reader_tag
from feedback.responses.queries import Door
from feedback.web.transaction import settings

#: What was promised, and the row of the link to the case.
Promised = tuple[FollowUp, Link]


@dataclass(frozen=True, slots=True)
class Told:
    """What somebody is told after they have answered: the promise, and the address of their page of the case."""

    promised: FollowUp
    url: str

    def as_json(self) -> dict[str, Any]:
        """The same for programs."""
        return {"by": self.promised.by.isoformat(), "who": self.promised.who, "url": self.url}


def promised_with(session: Any, actor: Actor, door: Door, stored: Stored) -> Promised | None:
    """Who will come back, and by when, where that was promised, and the link to the case; once the answer is stored."""
    follow_up = _follow_up(session, door, stored)
    return None if follow_up is None else (follow_up, _link(session, actor, door, stored, follow_up))


def told_of(promised: Promised | None) -> Told | None:
    """The same as it is told, its address signed: outside the transaction."""
    return None if promised is None else Told(promised[0], customer_case_url(settings(), promised[1]))


def _follow_up(session: Any, door: Door, stored: Stored) -> FollowUp | None:
    """By mail, or on the page to which there is a link."""
    if stored.late or stored.state not in COUNTED:
        return None
    if stored.outcome is Outcome.STORED:  # whoever took it up has said what they promise, or that it is nothing
        return stored.follow_up
    found: list[FollowUp] = gather(session, FollowUpOf(door.asked.site_id, stored.response_id))
    return found[0] if found else None


def _link(session: Any, actor: Actor, door: Door, stored: Stored, follow_up: FollowUp) -> Link:
    """Who sends the same once more sees the same link."""
    site_id, case_id = door.asked.site_id, follow_up.case_id
    customer_id = door.customer.id if door.customer else None
    if stored.outcome != "stored":
        there = case_link_since(session, site_id, case_id=case_id, customer_id=customer_id, since=stored.created_at)
        if there is not None:
            return there
    return issue_case_link(session, actor, site_id, case_id=case_id, customer_id=customer_id, locale=reader_tag())
