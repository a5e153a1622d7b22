"""Mails that nobody asked for, for tests: resolved cases whose customers are asked whether it is better now."""

from collections.abc import Sequence

from sqlalchemy import select

from feedback.actors import SYSTEM, Actor
from feedback.cases.actions import resolve
from feedback.cases.states import Outcome
from feedback.delivery.models import OutboxMail
from feedback.links.actions import issue_preference_link
from feedback.links.models import Link
from feedback.links.purposes import Purpose
from feedback.preferences.queries import key_of_address
from feedback.sites.queries import site_by_id
from feedback.surveys.models import SurveyVersion
from feedback.surveys.queries import live_survey
from tests.cases.world import World
from tests.responses.shop import Shop


def queue_questions(shop: Shop, *addresses: str, locale: str = "sw") -> None:
    """Each of them was dissatisfied, and has a case that is resolved now: a survey mail waits for each."""
    with shop.database.write() as session:
        asked = live_survey(session, shop.site_id, "support-csat")
        version = session.scalars(
            select(SurveyVersion).where(SurveyVersion.site_id == shop.site_id, SurveyVersion.id == asked.version_id)
        ).one()
        world = World(session, site_by_id(session, shop.site_id), version)
        asha = world.add_staff("Asha", "sw")
        for address in addresses:
            world.answer(world.add_customer(email=address, locale=locale), 10, "Nimesubiri", locale=locale)
        for case in world.cases():
            if case.outcome is None:
                resolve(session, Actor.staff(asha.id, "Asha"), shop.site_id, case.public_id, Outcome.SOLVED)


def unsubscribe_link(shop: Shop, address: str, topic: str = "surveys") -> Link:
    """A link from an earlier mail to that address."""
    with shop.database.write() as session:
        return issue_preference_link(
            session,
            SYSTEM,
            shop.site_id,
            Purpose.UNSUBSCRIBE,
            customer_id=None,
            address_key=key_of_address(session, shop.site_id, address),
            locale="sw",
            topic=topic,
        )


def questions(shop: Shop) -> Sequence[OutboxMail]:
    """Every such mail, in the order in which they were written."""
    with shop.database.read() as session:
        query = select(OutboxMail).where(OutboxMail.site_id == shop.site_id, OutboxMail.mail_class == "survey")
        return session.scalars(query.order_by(OutboxMail.id)).all()
