"""Questions that features ask upwards, and what they are answered with."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any


@dataclass(frozen=True, slots=True)
class FollowUpOf:
    """Who will come back about a response, and by when? Answered with FollowUp."""

    site_id: int
    response_id: int


@dataclass(frozen=True, slots=True)
class FollowUp:
    """``by`` is the moment promised; ``who`` the owner's name, or None where the team has it.

    ``case_id`` is the case in which somebody follows up, for a link to the customer's page of it.
    """

    by: datetime
    who: str | None
    case_id: int


@dataclass(frozen=True, slots=True)
class CaseOf:
    """Which case is a response on? Answered with the case's row id, the newest of several."""

    site_id: int
    response_id: int


@dataclass(frozen=True, slots=True)
class OpenCaseOf:
    """Does the customer have a case that is not resolved? Answered with the case's public id and number."""

    site_id: int
    customer_id: int


@dataclass(frozen=True, slots=True)
class CasesToShow:
    """Of which unresolved cases may the customer be mailed their page? Answered with row ids, the newest first."""

    site_id: int
    customer_id: int


@dataclass(frozen=True, slots=True)
class CasesNamed:
    """What are these cases called? Answered with the row id, public id and number of each."""

    site_id: int
    case_ids: frozenset[int]


@dataclass(frozen=True, slots=True)
class TimelineOf:
    """What happened with a customer, newest first, before a moment. Answered with TimelineEntry."""

    site_id: int
    customer_id: int
    before: datetime
    limit: int


@dataclass(frozen=True, slots=True)
class TimelineEntry:
    """One thing that happened; ``kind`` is registered by the feature that answers."""

    at: datetime
    kind: str
    facts: dict[str, Any]


@dataclass(frozen=True, slots=True)
class PersonalDataOf:
    """What is held about a customer? Answered with PersonalData, one per feature."""

    site_id: int
    customer_id: int


@dataclass(frozen=True, slots=True)
class PersonalData:
    """``rows`` are plain JSON values under the feature's own heading."""

    heading: str
    rows: list[dict[str, Any]]


@dataclass(frozen=True, slots=True)
class ToLookAt:
    """Is there anything that somebody should look at? Answered with the page's endpoint and how many there are."""

    site_id: int


@dataclass(frozen=True, slots=True)
class KeptOffPages:
    """Does the site want this survey on no page of others, whatever that page says? Answered with True if so."""

    site_id: int
    survey_id: int


@dataclass(frozen=True, slots=True)
class Readings:
    """What is there to be watched, over all sites, at this moment? Answered with Reading."""

    at: datetime


@dataclass(frozen=True, slots=True)
class Reading:
    """A value of this moment for monitoring, named as Prometheus does; several of a name differ in their labels."""

    name: str
    help: str
    value: float
    labels: dict[str, str] = field(default_factory=dict)


Question = (
    FollowUpOf
    | CaseOf
    | OpenCaseOf
    | CasesToShow
    | CasesNamed
    | TimelineOf
    | PersonalDataOf
    | ToLookAt
    | KeptOffPages
    | Readings
)
