"""The daily list: what is due, once a morning, on the site's working days; and every notice in six languages."""

import threading
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

import time_machine
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from feedback import clock
from feedback.actors import Role
from feedback.cases.actions import make_promise, resolve
from feedback.cases.jobs import daily_lists
from feedback.cases.models import Case
from feedback.cases.states import Outcome
from feedback.db import Database
from feedback.delivery import mails
from feedback.delivery.models import MailClass, OutboxMail
from feedback.delivery.outbox import Claimed
from feedback.delivery.smtp import compose
from feedback.jobs import JobContext
from feedback.settings import Settings
from feedback.sites.models import Site
from feedback.staff.models import StaffMember, StaffRole
from feedback.staff.notices import Notice
from tests.cases.mailroom import Mailroom, body
from tests.cases.test_noticing_mails import EIGHT_IN_THE_MORNING
from tests.cases.world import NOON, World, build

DAY = timedelta(days=1)


def due(room: Mailroom, case: Case, moment: datetime) -> None:
    """The case is due then, and nothing is promised any more."""
    with room.writing() as world:
        world.session.execute(
            update(Case).where(Case.site_id == world.site.id, Case.id == case.id).values(due_at=moment)
        )
        for promise in world.promises(case):
            promise.state = "cancelled"


def test_it_says_what_is_late_what_is_due_today_and_what_was_promised(room: Mailroom) -> None:
    site, asha = room.world.site.id, room.world.actor("Asha")
    late, today, promised, tomorrow = (room.opened(words) for words in ("Ya kwanza", "Ya pili", "Ya tatu", "Ya nne"))
    for case, moment in (
        (late, NOON + timedelta(hours=4)),
        (today, EIGHT_IN_THE_MORNING + timedelta(hours=15, minutes=59)),
        (promised, NOON + 3 * DAY),
        (tomorrow, EIGHT_IN_THE_MORNING + timedelta(hours=16)),
    ):
        due(room, case, moment)
    with room.writing() as world:
        make_promise(world.session, asha, site, promised.public_id, "Call her", NOON + DAY + timedelta(hours=3))
        world.session.execute(
            update(Case).where(Case.site_id == site, Case.id == promised.id).values(due_at=NOON + 3 * DAY)
        )
    room.at(EIGHT_IN_THE_MORNING - timedelta(minutes=1))
    assert room.news() == []
    room.at(EIGHT_IN_THE_MORNING)
    (message,) = room.told()
    assert str(message["To"]) == room.world.staff["Asha"].email
    assert str(message["Subject"]) == "Due today: 3 cases"
    text = body(message)
    parts = [
        text.index(word)
        for word in ("Overdue", "Ya kwanza", "Later today", "Ya pili", "Promised for today", "Call her")
    ]
    assert parts == sorted(parts)
    assert f"#{late.number} · 10 June 2026, 16:00" in text
    assert f"#{today.number} · 23:59" in text
    assert f"#{promised.number} · 15:00" in text
    assert "Ya nne" not in text
    assert f"/console/{room.world.site.key}/cases/{today.public_id}\n" in text
    assert f'/cases/{today.public_id}"' in body(message, "html")
    room.at(EIGHT_IN_THE_MORNING + timedelta(hours=1))
    assert room.news() == [], "once a day"


def test_it_comes_once_for_each_site_and_day_across_a_change_of_clocks(
    room: Mailroom, settings: Settings, database: Database
) -> None:
    """Berlin, the night to 29 March 2026: eight o'clock is at 7:00 UTC before it and at 6:00 after."""
    asha, days = room.world.staff["Asha"], {str(day): [["08:00", "17:00"]] for day in range(7)}
    room.switch("Asha", time_zone="Europe/Berlin")
    room.at(datetime(2026, 3, 26, 12, tzinfo=UTC))
    with database.write() as session:
        bank = build(session, key="bank", hours=days)
        session.execute(update(Site).where(Site.id == room.world.site.id).values(hours=days))
        session.add(StaffRole(site_id=bank.site.id, staff_id=asha.id, role="agent"))
        session.flush()
        bank.answer(bank.add_customer(), 10, "Pesa zangu")
        room.world.session = session
        room.world.answer(room.world.add_customer(), 10, "Bidhaa yangu")

    def at_once() -> None:
        two = [threading.Thread(target=daily_lists, args=(JobContext(database, settings, {}),)) for _ in range(2)]
        for thread in two:
            thread.start()
        for thread in two:
            thread.join()

    for day in (28, 29, 30):
        for hour, minute in ((5, 55), (6, 0), (6, 55), (7, 0), (7, 5), (9, 0)):
            room.at(datetime(2026, 3, day, hour, minute, tzinfo=UTC))
            at_once()
    for site_id in (room.world.site.id, bank.site.id):
        with database.read() as session:
            query = select(OutboxMail).where(OutboxMail.site_id == site_id, OutboxMail.name == "staff_daily_list")
            queued = [(row.facts["day"], row.created_at) for row in session.scalars(query.order_by(OutboxMail.id))]
        assert queued == [
            ("2026-03-28", datetime(2026, 3, 28, 7, tzinfo=UTC)),
            ("2026-03-29", datetime(2026, 3, 29, 6, tzinfo=UTC)),
            ("2026-03-30", datetime(2026, 3, 30, 6, tzinfo=UTC)),
        ]


def test_no_list_is_sent_when_nothing_is_due_nor_on_a_day_off_nor_to_whoever_does_not_want_it(room: Mailroom) -> None:
    case = room.opened()
    due(room, case, NOON + 2 * DAY)
    room.at(EIGHT_IN_THE_MORNING)
    assert room.news() == []
    room.at(EIGHT_IN_THE_MORNING + DAY)  # Friday
    assert room.news() == [("Asha", "Due today: 1 case")]
    room.at(EIGHT_IN_THE_MORNING + 3 * DAY)  # Sunday
    assert room.news() == []
    room.switch("Asha", away_until=EIGHT_IN_THE_MORNING + timedelta(days=4, hours=2))
    room.at(EIGHT_IN_THE_MORNING + 4 * DAY)
    assert room.news() == []
    room.switch("Asha", notices={"daily_list": False})
    room.at(EIGHT_IN_THE_MORNING + 5 * DAY)
    assert room.news() == []
    room.switch("Asha", notices={})
    room.do(resolve, room.world.actor("Asha"), room.world.site.id, case.public_id, Outcome.SOLVED)
    room.at(EIGHT_IN_THE_MORNING + 6 * DAY)
    assert room.news() == []


#: What is told to somebody in each language, as their mail program lists it.
SUBJECTS = {
    "en": ("Case #1: a promise is due at 16:00", "Due today: 1 case"),
    "sw": ("Suala #1: ahadi inatakiwa kutimizwa kufikia 16:00", "Muda wa mwisho ni leo: suala 1"),
    "ne": ("मामिला #१: वाचाको म्याद दिउँसो ४ बजे", "आज म्याद पुग्ने: १ वटा मामिला"),
    "fa": ("پرونده #۱: مهلت یک قول ساعت ۱۶:۰۰ است", "مهلت امروز: ۱ پرونده"),
    "mn": ("Асуудал #1: амлалтын хугацаа 16:00", "Өнөөдрийн хугацаатай: 1 асуудал"),
    "hy": ("Դիմում #1. խոստման ժամկետը՝ ժամը 16:00", "Այսօրվա ժամկետով՝ 1 դիմում"),
}


def test_every_notice_is_written_in_six_languages(
    session: Session, noon: time_machine.Traveller, settings: Settings
) -> None:
    world = build(session)
    lead = world.add_staff("نرگس حاجی‌زاده", "sw", role=Role.LEAD)
    lead.time_zone = "Africa/Dar_es_Salaam"
    world.answer(world.add_customer(), 10, "Nimesubiri <i>wiki</i> mbili")
    case = world.case()
    promise = world.promises(case)[0]
    case.owner_id = promise.staff_id = lead.id
    session.flush()
    noon.move_to(NOON + timedelta(hours=3, minutes=30))
    english: dict[Notice, str] = {}
    for language, wanted in SUBJECTS.items():
        lead.locale = language
        session.flush()
        written: dict[Notice, EmailMessage] = {}
        for notice in Notice:
            facts = {"promise": promise.id} if "promise" in notice else {"day": "2026-06-10"}
            mail = _claimed(world, notice, lead, None if notice is Notice.DAILY_LIST else case.id, facts)
            message = compose(mails.write(settings, mail, mails.prepare(session, mail)))
            written[notice] = message_from_bytes(message.content, policy=policy.default)  # type: ignore[assignment]
        seen = [_shown(str(written[one]["Subject"])) for one in (Notice.PROMISE_SOON, Notice.DAILY_LIST)]
        assert tuple(seen) == wanted
        for notice, message in written.items():
            html, plain = body(message, "html"), body(message)
            assert _shown(str(message["Subject"])) in _shown(plain), "the heading says the same"
            assert f'<html lang="{language}" dir="{"rtl" if language == "fa" else "ltr"}"' in html
            assert "<i>" not in html
            assert "%(" not in plain
            if language == "en":
                english[notice] = plain
            else:
                shared = {line for line in plain.splitlines() if line in english[notice].splitlines()}
                assert all(_the_same_in_all(line) for line in shared), shared


def _shown(text: str) -> str:
    """Without the marks that keep digits in their place."""
    return text.replace("\u2068", "").replace("\u2069", "")


def _the_same_in_all(line: str) -> bool:
    """Empty lines, addresses, the customer's words, and who sends it."""
    return not line.strip() or line.startswith(("http", ">", "-- ", "Duka", "#"))


def _claimed(world: World, notice: Notice, member: StaffMember, case_id: int | None, facts: dict[str, Any]) -> Claimed:
    return Claimed(
        id=1,
        public_id="a" * 26,
        site_id=world.site.id,
        name=f"staff_{notice}",
        mail_class=MailClass.TRANSACTIONAL,
        locale=member.locale,
        customer_id=None,
        staff_id=member.id,
        case_id=case_id,
        facts=facts,
        attempts=1,
        created_at=clock.now(),
    )
