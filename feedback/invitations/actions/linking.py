"""Links for a batch of rows: whose they are is looked up in one statement, and they are stored in one more."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from feedback.actors import Actor
from feedback.customers.actions import record_numbers
from feedback.customers.models import Customer
from feedback.errors import Problem
from feedback.i18n.negotiation import LANGUAGES, canonical, lookup
from feedback.i18n.text import N_
from feedback.links.actions import issue_about, issue_many
from feedback.links.purposes import Purpose
from feedback.links.tokens import LinkToken
from feedback.preferences.queries import topics_of
from feedback.sites.models import Site

_CUSTOMER: Final = Customer.metadata.tables["customer"]
LONGEST_NUMBER: Final = 120
DEFAULT_TOPIC: Final = "news"


@dataclass(frozen=True, slots=True)
class Wanted:
    """A link for one customer. ``locale`` empty is the customer's, ``topic`` empty the news; a survey may be about an
    ``interaction``, by the site's own number.
    """

    external_id: str
    locale: str = ""
    topic: str = ""
    interaction: str = ""


def issue_for(
    session: Session,
    actor: Actor,
    site: Site,
    purpose: Purpose,
    batch: Sequence[Wanted],
    *,
    survey_id: int | None = None,
) -> list[LinkToken | Problem]:
    """A link for each, or what is wrong with that one, in the order of the batch: a new one, but for the same
    interaction the same.
    """
    known = _customers(session, site.id, [one.external_id for one in batch])
    topics = {one.key for one in topics_of(session, site.id, archived=True)}
    rows = [_row(site, purpose, one, known.get(one.external_id), topics) for one in batch]
    if purpose is Purpose.SURVEY and survey_id is not None:
        rows = _with_interactions(session, site.id, batch, rows)
        about = [row for row in rows if not isinstance(row, Problem) and "interaction_id" in row]
        same = iter(issue_about(session, actor, site.id, survey_id, about) if about else [])
    else:
        same = iter([])
    fixed = {"survey_id": survey_id} if purpose is Purpose.SURVEY else {}
    free = [row | fixed for row in rows if not isinstance(row, Problem) and "interaction_id" not in row]
    made = iter(issue_many(session, actor, site.id, purpose, free))
    return [row if isinstance(row, Problem) else next(same) if "interaction_id" in row else next(made) for row in rows]


def _with_interactions(
    session: Session, site_id: int, batch: Sequence[Wanted], rows: Sequence[dict[str, Any] | Problem]
) -> list[dict[str, Any] | Problem]:
    """The rows that name an interaction with its id; it is stored where it wasn't known."""
    named = {
        one.interaction: row["customer_id"]
        for one, row in zip(reversed(batch), reversed(rows), strict=True)
        if one.interaction and not isinstance(row, Problem)
    }
    present = record_numbers(session, site_id, named)
    done: list[dict[str, Any] | Problem] = []
    for one, row in zip(batch, rows, strict=True):
        if isinstance(row, Problem) or not one.interaction:
            done.append(row)
        elif present[one.interaction].customer_id != row["customer_id"]:
            message = N_("The interaction %(name)s belongs to another customer.")
            done.append(Problem("interaction", "taken", message, {"name": one.interaction}))
        else:
            done.append(row | {"interaction_id": present[one.interaction].id})
    return done


def _customers(session: Session, site_id: int, numbers: Sequence[str]) -> dict[str, Any]:
    columns = (_CUSTOMER.c.external_id, _CUSTOMER.c.id, _CUSTOMER.c.locale, _CUSTOMER.c.address_key)
    found = session.execute(
        select(*columns).where(
            _CUSTOMER.c.site_id == site_id, _CUSTOMER.c.external_id.in_(numbers), _CUSTOMER.c.erased_at.is_(None)
        )
    )
    return {row.external_id: row for row in found}


def _row(site: Site, purpose: Purpose, wanted: Wanted, customer: Any, topics: set[str]) -> dict[str, Any] | Problem:
    if customer is None:
        message = N_("There is no customer %(customer)s here.")
        return Problem("external_id", "unknown", message, {"customer": wanted.external_id})
    if wanted.locale and lookup([wanted.locale], LANGUAGES) is None:
        message = N_("“%(locale)s” is not one of our languages; fa or fa-AF would be right.")
        return Problem("locale", "locale", message, {"locale": wanted.locale})
    if len(wanted.interaction) > LONGEST_NUMBER:
        message = N_("At most %(limit)s characters fit here.")
        return Problem("interaction", "too_long", message, {"limit": LONGEST_NUMBER})
    row = {
        "locale": canonical(wanted.locale) or customer.locale or site.locale,
        "customer_id": customer.id,
        "address_key": customer.address_key,
    }
    if purpose is Purpose.SURVEY:
        return row
    if customer.address_key is None:
        return Problem("external_id", "no_address", N_("The customer has no email address."))
    topic = wanted.topic or DEFAULT_TOPIC
    if topic not in topics:
        return Problem("topic", "unknown", N_("There is no topic %(name)s here."), {"name": topic})
    return row | {"topic": topic}
