"""Staff are told by mail: once, those whose business it is, in their language, and not at night."""

import threading
from datetime import timedelta

import pytest
from sqlalchemy import select

from feedback.actors import SYSTEM, Actor, Role
from feedback.cases.actions import (
    assign,
    contact,
    customer_wrote,
    make_promise,
    move_promise,
    open_by_hand,
    reply,
    resolve,
    take,
    unassign,
)
from feedback.cases.jobs import warn_soon
from feedback.cases.models import Case
from feedback.cases.states import Kind, Outcome, Priority
from feedback.customers.actions import erase_customer
from feedback.db import Database
from feedback.delivery.models import OutboxMail
from feedback.events import ResponseDisowned, ResponseSettled, emit
from feedback.jobs import JobContext
from feedback.responses.models import Response
from feedback.settings import Settings
from feedback.staff.models import StaffRole
from tests.cases.mailroom import Mailroom, body
from tests.cases.world import NOON, build

WORDS = "Nimesubiri wiki mbili <b>\u202eoddly\u202c"
NINE_IN_THE_EVENING = NOON + timedelta(hours=9)
EIGHT_IN_THE_MORNING = NOON + timedelta(hours=20)
CUSTOMER = Actor.customer(1)


@pytest.fixture
def case(room: Mailroom) -> Case:
    """Asha's case, of which she has been told."""
    return room.opened()


def test_whoever_an_answer_was_routed_to_is_told_once(room: Mailroom, settings: Settings) -> None:
    room.switch("Asha", locale="fa")
    with room.writing() as world:
        response = world.answer(world.add_customer("Neema Mushi", email="neema@example.com"), 10, WORDS)
        fact = ResponseSettled(world.site.id, response.id)
        emit(world.session, fact)
        emit(world.session, fact)
        case = world.case()
    (message,) = room.told()
    assert str(message["To"]) == room.world.staff["Asha"].email
    assert str(message["Subject"]) == "پرونده #۱ با شماست"
    assert message["Content-Language"] == "fa"
    assert message["References"] == f"<case.{case.public_id}@{settings.mail_domain}>"
    assert message["Reply-To"] is None, "an answer would not reach the customer"
    assert "Neema" not in message.as_string() + body(message) + body(message, "html")
    for part in ("plain", "html"):
        assert "Nimesubiri wiki mbili" in body(message, part)
        assert f"{settings.public_url}/console/{room.world.site.key}/cases/{case.public_id}" in body(message, part)
    html = body(message, "html")
    assert '<p dir="auto" lang="sw"' in html
    assert "<b>" not in html
    assert "\u202e" not in body(message)
    with room.writing() as world:
        emit(world.session, fact)
    assert room.told() == [], "the job may run again"


def test_another_answer_and_a_change_are_news_about_the_case(room: Mailroom, case: Case) -> None:
    site = room.world.site.id
    room.at(NOON + timedelta(minutes=1))
    with room.writing() as world:
        second = world.answer(world.customer_of(case), 30, "Bado tena")
        emit(world.session, ResponseSettled(site, second.id))
    (message,) = room.told()
    replied = f"Case #{case.number}: the customer has replied"
    assert str(message["Subject"]) == replied
    assert "Bado tena" in body(message)
    room.at(NOON + timedelta(minutes=5))
    with room.writing() as world:
        emit(world.session, ResponseSettled(site, second.id))
    assert room.news() == []
    with room.writing() as world:
        found = world.session.get(Response, second.id)
        assert found is not None
        found.updated_at = NOON + timedelta(minutes=4)
        emit(world.session, ResponseSettled(site, second.id))
        emit(world.session, ResponseSettled(site, second.id))
    assert room.news() == [("Asha", replied)]
    with room.writing() as world:
        emit(world.session, ResponseDisowned(site, second.id, 1, None))
    (message,) = room.told()
    assert str(message["Subject"]) == f"Case #{case.number}: somebody says that it was not them"
    assert "Bado" not in body(message)


def test_who_takes_a_case_needs_no_mail_and_the_third_hand_off_tells_the_lead(room: Mailroom, case: Case) -> None:
    site, key = room.world.site.id, case.public_id
    asha, juma, rehema = (room.world.actor(name) for name in ("Asha", "Juma", "Rehema"))
    yours = f"Case #{case.number} is yours"
    room.do(take, asha, site, key)
    assert room.news() == []
    room.do(assign, asha, site, key, juma.id, note="She waits for the part")
    (message,) = room.told()
    assert (str(message["To"]), str(message["Subject"])) == (room.world.staff["Juma"].email, yours)
    assert "> She waits for the part" in body(message)
    assert "Asha" in body(message), "who says so"
    room.do(unassign, juma, site, key, note="Not mine")
    assert room.news() == []
    room.do(assign, rehema, site, key, asha.id)
    assert room.news() == [("Asha", yours)]
    room.do(assign, juma, site, key, juma.id, note="Give it to me, then")
    assert room.news() == [("Rehema", f"Case #{case.number} has changed hands three times")], "Juma did it himself"
    room.do(assign, juma, site, key, asha.id, note="No, yours")
    assert room.news() == [("Asha", yours)], "the lead knows since the third"


def test_a_case_opened_by_hand_for_somebody_else_tells_them(room: Mailroom) -> None:
    def by_hand(by: Actor) -> None:
        site_id, owner_id = room.world.site.id, room.world.staff["Juma"].id
        with room.writing() as world:
            open_by_hand(
                world.session,
                by,
                site_id,
                customer_id=None,
                kind=Kind.MESSAGE,
                priority=Priority.HIGH,
                words="Called at the desk",
                owner_id=owner_id,
            )

    by_hand(room.world.actor("Juma"))
    assert room.news() == []
    by_hand(SYSTEM)
    assert room.news() == [("Juma", "Case #2 is yours")]


def test_a_promise_is_announced_an_hour_before_and_again_once_it_was_moved(
    room: Mailroom, case: Case, settings: Settings, database: Database
) -> None:
    site, key, asha = room.world.site.id, case.public_id, room.world.actor("Asha")
    due = NOON + timedelta(hours=3)
    room.do(reply, asha, site, key, "On its way", promise=("Bring the part", due))
    room.at(due - timedelta(minutes=61))
    assert room.news() == []
    room.at(due - timedelta(minutes=60))
    two = [threading.Thread(target=warn_soon, args=(JobContext(database, settings, {}),)) for _ in range(2)]
    for thread in two:
        thread.start()
    for thread in two:
        thread.join()
    (message,) = room.told()
    assert str(message["Subject"]) == f"Case #{case.number}: a promise is due at 15:00"
    assert "> Bring the part" in body(message)
    later = due + timedelta(hours=1)
    with room.writing() as world:
        promise = world.promises(case)[-1].public_id
        move_promise(world.session, asha, site, key, promise, later, reason="The part is late")
    assert room.news() == []
    room.at(due + timedelta(minutes=1))
    assert room.news() == [("Asha", f"Case #{case.number}: a promise is due at 16:00")]
    room.at(later + timedelta(minutes=1))
    broken = f"Case #{case.number}: a promise was not kept"
    assert room.news() == [("Asha", broken), ("Rehema", broken)]
    room.at(later + timedelta(minutes=5))
    assert room.news() == []


def test_leads_hear_of_a_broken_promise_of_somebody_away_and_admins_where_no_lead_is_there(
    room: Mailroom, case: Case
) -> None:
    site, broken = room.world.site.id, f"Case #{case.number}: a promise was not kept"
    room.switch("Asha", away_until=NOON + timedelta(days=9))
    room.at(NOON + timedelta(hours=3, minutes=30))
    assert room.news() == [], "nor that it is due"
    room.at(NOON + timedelta(hours=4, minutes=1))
    assert room.news() == [("Rehema", broken)]
    with room.writing() as world:
        world.add_staff("Ada", role=Role.ADMIN).time_zone = "Africa/Dar_es_Salaam"
    room.do(make_promise, room.world.actor("Asha"), site, case.public_id, "A call", NOON + timedelta(hours=5))
    room.switch("Rehema", away_until=NOON + timedelta(days=9))
    room.at(NOON + timedelta(hours=5, minutes=1))
    assert room.news() == [("Ada", broken)]


def test_what_is_switched_off_is_not_sent(room: Mailroom, case: Case) -> None:
    site, juma = room.world.site.id, room.world.staff["Juma"].id
    room.switch("Juma", notices={"assigned": False, "promise_soon": False})
    room.switch("Asha", notices={"customer_replied": False})
    room.switch("Rehema", notices={"promise_broken": False})
    room.do(customer_wrote, CUSTOMER, site, case.id, "Hello?", channel="page")
    room.do(assign, room.world.actor("Asha"), site, case.public_id, juma, note="Yours")
    assert room.news() == []
    room.do(customer_wrote, CUSTOMER, site, case.id, "Hello??", channel="page")
    assert room.news() == [("Juma", f"Case #{case.number}: the customer has replied")]
    room.at(NOON + timedelta(hours=3, minutes=30))
    assert room.news() == []
    room.at(NOON + timedelta(hours=4, minutes=1))
    assert room.news() == [("Juma", f"Case #{case.number}: a promise was not kept")]


def test_at_night_news_wait_for_the_morning_and_are_told_once(room: Mailroom, case: Case) -> None:
    site, replied = room.world.site.id, f"Case #{case.number}: the customer has replied"
    room.switch("Asha", notices={"daily_list": False})
    room.do(contact, room.world.actor("Asha"), site, case.public_id, "Spoke to her")
    room.at(NINE_IN_THE_EVENING)
    for words in ("Hello?", "Is anybody there?"):
        room.do(customer_wrote, CUSTOMER, site, case.id, words, channel="page")
    room.at(EIGHT_IN_THE_MORNING - timedelta(minutes=1))
    assert room.news() == []
    room.at(EIGHT_IN_THE_MORNING)
    (message,) = room.told()
    assert str(message["Subject"]) == replied
    assert "Is anybody there?" in body(message), "what was written last"
    room.switch("Asha", notices={"at_night": True})
    room.at(NINE_IN_THE_EVENING + timedelta(days=1))
    room.do(customer_wrote, CUSTOMER, site, case.id, "Well?", channel="page")
    assert room.news() == [("Asha", replied)]


def test_what_was_dealt_with_by_the_morning_is_not_told(room: Mailroom) -> None:
    site, asha, juma = room.world.site.id, room.world.actor("Asha"), room.world.staff["Juma"].id
    cases = answered, handed_off, resolved, waiting = [room.opened() for _ in range(4)]
    room.switch("Asha", notices={"daily_list": False})
    room.switch("Juma", notices={"daily_list": False})
    for one in cases:
        room.do(contact, asha, site, one.public_id, "Spoke to her")
    room.at(NINE_IN_THE_EVENING)
    for one in cases:
        room.do(customer_wrote, CUSTOMER, site, one.id, "Hello?", channel="page")
    room.at(NINE_IN_THE_EVENING + timedelta(minutes=5))
    room.do(reply, asha, site, answered.public_id, "Yes?")
    room.do(assign, asha, site, handed_off.public_id, juma, note="Yours")
    room.do(resolve, asha, site, resolved.public_id, Outcome.SOLVED)
    room.at(EIGHT_IN_THE_MORNING)
    assert room.news() == [
        ("Asha", f"Case #{waiting.number}: the customer has replied"),
        ("Juma", f"Case #{handed_off.number} is yours"),
    ]
    assert room.withheld() == [
        ("customer_replied", "answered"),
        ("customer_replied", "not_theirs"),
        ("customer_replied", "answered"),
    ]


def test_a_worker_that_was_away_in_the_evening_wakes_nobody(room: Mailroom, case: Case) -> None:
    site, replied = room.world.site.id, f"Case #{case.number}: the customer has replied"
    room.switch("Asha", notices={"daily_list": False})
    room.do(contact, room.world.actor("Asha"), site, case.public_id, "Spoke to her")
    room.do(customer_wrote, CUSTOMER, site, case.id, "Hello?", channel="page")
    room.at(NINE_IN_THE_EVENING)
    assert room.news() == []
    room.at(EIGHT_IN_THE_MORNING)
    assert room.news() == [("Asha", replied)]
    room.do(customer_wrote, CUSTOMER, site, case.id, "And now?", channel="page")
    room.at(EIGHT_IN_THE_MORNING + timedelta(days=3))
    assert room.news() == [], "nobody needs to be told of what is three days old"
    assert room.withheld() == [("customer_replied", "too_late")]


def test_a_notice_about_an_erased_customer_has_no_words_and_its_letter_goes_too(room: Mailroom, case: Case) -> None:
    site = room.world.site.id
    with room.writing() as world:
        customer_wrote(world.session, CUSTOMER, site, case.id, "My secret", channel="page")
        erase_customer(world.session, SYSTEM, site, world.customer_of(case).id)
    letters = room.told()
    for message in letters:
        for part in ("plain", "html"):
            assert "secret" not in body(message, part)
            assert "Nimesubiri" not in body(message, part)
    assert letters == []
    with room.database.read() as session:
        query = select(OutboxMail.state).where(OutboxMail.site_id == site, OutboxMail.name == "staff_customer_replied")
        assert session.scalars(query).all() == ["sent"]


def test_words_from_an_address_that_is_not_on_file_are_not_called_the_customers(room: Mailroom, case: Case) -> None:
    facts = {"from": "someone@else.example", "known": False}
    room.do(customer_wrote, CUSTOMER, room.world.site.id, case.id, "Send it to me", channel="mail", **facts)
    (message,) = room.told()
    for part in ("plain", "html"):
        assert "someone@else.example" in body(message, part)
        assert "Not the address on file" in body(message, part)
        assert "What the customer said" not in body(message, part)


def test_each_site_tells_its_own(room: Mailroom, case: Case) -> None:
    asha = room.world.staff["Asha"]
    with room.database.write() as session:
        bank = build(session, key="bank", name="Benki")
        lulu = bank.add_staff("Lulu", role=Role.LEAD)
        session.add(StaffRole(site_id=bank.site.id, staff_id=asha.id, role="agent"))
        session.flush()
        response = bank.answer(bank.add_customer(), 0, "Pesa zangu")
        emit(session, ResponseSettled(bank.site.id, response.id))
    room.world.staff["Lulu"] = lulu
    (message,) = room.told()
    assert str(message["To"]) == asha.email
    assert message["From"].addresses[0].display_name == "Benki"
    assert "/console/bank/cases/" in body(message)
    room.at(NOON + timedelta(hours=4, minutes=1))
    told = [(str(one["To"]), one["From"].addresses[0].display_name) for one in room.told()]
    assert sorted(told) == sorted(
        [
            (asha.email, "Benki"),
            (asha.email, "Duka"),
            (lulu.email, "Benki"),
            (room.world.staff["Rehema"].email, "Duka"),
        ]
    )
