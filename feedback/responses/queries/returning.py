"""Where somebody who cancels goes back to, and by which numbers the site knows them and what they cancelled."""

from dataclasses import dataclass

from sqlalchemy import and_, select
from sqlalchemy.orm import Session

from feedback.customers.models import Customer, Interaction
from feedback.responses.queries.door import Door
from feedback.sites.identity import Secret
from feedback.sites.models import Site
from feedback.sites.queries import origins_of
from feedback.sites.secrets import active_secrets


@dataclass(frozen=True, slots=True)
class KnownOf:
    """The site's address as it was stored, its origins and secrets; how it calls the customer and what they cancel."""

    url: str | None
    origins: tuple[str, ...]
    secrets: tuple[Secret, ...]
    customer: str | None
    interaction: str | None


def known_of(session: Session, door: Door) -> KnownOf:
    """What the way back from a door is made of, in three statements; in one where the site has no address for it."""
    site_id = door.asked.site_id
    customer_id = door.customer.id if door.customer else None
    row = session.execute(
        select(Site.return_url, Customer.external_id, Interaction.external_id.label("interaction"))
        .select_from(Site)
        .outerjoin(Customer, and_(Customer.site_id == site_id, Customer.id == customer_id))
        .outerjoin(Interaction, and_(Interaction.site_id == site_id, Interaction.id == door.interaction_id))
        .where(Site.id == site_id)
    ).one()
    if not row.return_url:
        return KnownOf(None, (), (), row.external_id, row.interaction)
    origins = tuple(origins_of(session, site_id))
    return KnownOf(row.return_url, origins, active_secrets(session, site_id), row.external_id, row.interaction)
