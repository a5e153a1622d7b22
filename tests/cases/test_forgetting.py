"""Erasing a customer leaves the case as a figure: no word, no sender, no name of a file, nothing owed."""

from datetime import timedelta
from typing import Any

from sqlalchemy import select

from feedback.actors import Actor
from feedback.cases.actions import customer_wrote, make_promise, note
from feedback.cases.actions.records import log
from feedback.cases.activity import LINES, Happened
from feedback.cases.models import Activity
from feedback.events import CustomerErased, emit
from tests.cases.world import NOON, World, build

PERSONAL = {"from": "neema@example.com", "attachments": ["Neema Mushi.pdf"]}
PLAIN = {"mail": "m1", "sort": "auto", "known": True, "owner": "Asha", "score": 20, "number": 7}


def timeline(world: World) -> list[Activity]:
    """What happened on the site's cases."""
    query = select(Activity).where(Activity.site_id == world.site.id).order_by(Activity.id)
    return list(world.session.scalars(query.execution_options(populate_existing=True)))


def test_every_kind_loses_its_words_and_what_names_the_customer(world: World) -> None:
    customer = world.add_customer("Neema")
    world.answer(customer, 20, "Nimesubiri")
    case = world.case()
    for kind in Happened:
        facts: dict[str, Any] = {**PERSONAL, **PLAIN}
        log(world.session, Actor.customer(1), world.site.id, case.id, kind, NOON, text="Neema Mushi", **facts)
    emit(world.session, CustomerErased(world.site.id, customer.id, None))
    for row in timeline(world):
        assert row.text is None
        assert not (set(row.facts) & LINES[row.kind].forgets)
    mails = [row for row in timeline(world) if row.kind in ("customer_wrote", "mail_noted")]
    assert [row.facts for row in mails] == [PLAIN, PLAIN]
    case = world.case()
    assert (case.excerpt, case.search_key, case.state) == ("", "", "new")


def test_nothing_is_owed_any_more_and_the_words_of_promises_are_gone(world: World) -> None:
    customer = world.add_customer("Neema")
    world.answer(customer, 20)
    case, asha = world.case(), world.actor("Asha")
    make_promise(world.session, asha, world.site.id, case.public_id, "Neema's refund", NOON + timedelta(days=1))
    emit(world.session, CustomerErased(world.site.id, customer.id, None))
    assert [(one.state, one.what) for one in world.promises(case)] == [("cancelled", ""), ("cancelled", "")]


def test_other_customers_and_other_sites_lose_nothing(world: World) -> None:
    other = build(world.session)
    other.add_staff("Zuri", "sw")
    for place in (world, other):
        place.answer(place.add_customer("Bahati"), 20, "Ya Bahati")
    gone = world.add_customer("Neema")
    world.answer(gone, 20, "Ya Neema")
    bahati, neema = world.cases()
    for place, case in ((world, bahati), (world, neema), (other, other.case())):
        customer_wrote(
            place.session, Actor.customer(1), place.site.id, case.id, "Bado", channel="mail", mail="m", **PERSONAL
        )
    note(world.session, world.actor("Asha"), world.site.id, neema.public_id, "About Neema")
    emit(world.session, CustomerErased(world.site.id, gone.id, None))
    kept = [row for place in (world, other) for row in timeline(place) if row.kind == "customer_wrote"]
    assert [row.text for row in kept] == ["Bado", None, "Bado"]
    assert ["from" in row.facts for row in kept] == [True, False, True]
    assert [one.excerpt for one in (*world.cases(), other.case())] == ["Ya Bahati", "", "Ya Bahati"]
