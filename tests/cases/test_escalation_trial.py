"""What a step would have done is what it did: histories lived through with the step on, compared with the dry run."""

import random
from datetime import datetime, timedelta
from typing import Any

import time_machine
from sqlalchemy import insert, select

from feedback import clock
from feedback.actors import SYSTEM, Actor
from feedback.cases import actions
from feedback.cases.actions.escalating import add_step, switch_step
from feedback.cases.escalation import Step
from feedback.cases.jobs import break_due, escalate
from feedback.cases.models import Activity, Case
from feedback.cases.promises import working_minutes_between
from feedback.cases.queries.intake import hours_of_site
from feedback.cases.queries.overdue import trial
from feedback.cases.states import Outcome, Priority, State
from feedback.db import Database, new_public_id
from feedback.jobs import JobContext
from feedback.settings import Settings
from tests.cases.world import NOON, World, build
from tests.contracts.test_reading import dump
from tests.helpers.statements import statements_of

HOUR = timedelta(hours=1)
STEP = Step(180, priority=Priority.HIGH)
DAYS = 8
#: A history with everything in it. Of a hundred others a few have cases of which less is known, as the page says.
SEED = 11
#: What may be done to a case, and how often.
MOVES = {
    State.NEW: ("take", "", ""),
    State.OPEN: ("wait", "resolve", "contact", "join", "", "", ""),
    State.WAITING: ("resume", "wrote", "resolve", ""),
    State.RESOLVED: ("unsolved", "", "", ""),
}


class Past:
    """Days of a shop, lived through from hour to hour with the step on."""

    def __init__(self, database: Database, settings: Settings, traveller: time_machine.Traveller, seed: int) -> None:
        self.database, self.traveller, self.dice = database, traveller, random.Random(seed)
        self.context = JobContext(database, settings, {})
        with database.write() as session:
            self.world = build(session)
            self.world.add_staff("Asha", "sw")
            self.customers = [self.world.add_customer() for _ in range(14)]
            step = add_step(session, SYSTEM, self.world.site.id, STEP)
            switch_step(session, SYSTEM, self.world.site.id, step.public_id, enabled=True)

    def live(self) -> None:
        """At every full hour the worker does what is due, half an hour later people do what they do."""
        for hour in range(24 * DAYS):
            self.traveller.move_to(NOON + hour * HOUR)
            if hour % 6 == 0:
                break_due(self.context)
            escalate(self.context)
            if self.dice.random() < 0.35:
                self.traveller.shift(HOUR / 2)
                with self.database.write() as session:
                    self.world.session = session
                    self.something_happens(session)

    def something_happens(self, session: Any) -> None:
        """A customer answers, or somebody makes a move that the case allows."""
        cases = self.world.cases()
        if len(cases) < len(self.customers) and self.dice.random() < 0.4:
            self.world.answer(self.customers[len(cases)], self.dice.choice([10, 50]))
            return
        if not cases:
            return
        case = self.dice.choice(cases)
        site_id, asha, customer = self.world.site.id, self.world.actor("Asha"), Actor.customer()
        match self.dice.choice(MOVES[State(case.state)]):
            case "take" | "wait" | "resume" as move:
                getattr(actions, move)(session, asha, site_id, case.public_id)
            case "contact":
                actions.contact(session, asha, site_id, case.public_id, "Spoke to her")
            case "resolve":
                actions.resolve(session, asha, site_id, case.public_id, Outcome.EXPLAINED)
            case "join":
                self.world.answer(self.world.customer_of(case), 50)
            case "wrote" | "unsolved" as how:
                say = {"channel": "page", "unsolved": how == "unsolved"}
                actions.customer_wrote(session, customer, site_id, case.id, f"At {clock.now()}", **say)

    def taken(self) -> dict[int, list[datetime]]:
        """When the step was really taken on each case, by its number."""
        found: dict[int, list[datetime]] = {}
        with self.database.read() as session:
            rows = session.execute(
                select(Case.number, Activity.at)
                .join(Activity, Activity.case_id == Case.id)
                .where(
                    Case.site_id == self.world.site.id,
                    Activity.site_id == self.world.site.id,
                    Activity.kind.in_(("escalated_high", "escalated_already")),
                )
                .order_by(Activity.id)
            )
            for row in rows:
                found.setdefault(row.number, []).append(row.at)
        return found

    def would_be_taken(self) -> dict[int, list[datetime]]:
        """When the dry run says that it would have been: at the next full hour, when the worker comes by."""
        found: dict[int, list[datetime]] = {}
        with self.database.read() as session:
            now = clock.now()
            hours = hours_of_site(session, self.world.site.id, now)
            for one in reversed(trial(session, self.world.site.id, STEP, hours, now).touched):
                passed = -(-(one.touch.at - NOON) // HOUR)
                found.setdefault(one.number, []).append(NOON + passed * HOUR)
        return found


def test_the_dry_run_says_what_the_job_did(
    database: Database, settings: Settings, noon: time_machine.Traveller
) -> None:
    past = Past(database, settings, noon, SEED)
    past.live()
    taken = past.taken()
    assert sum(map(len, taken.values())) >= 10, "a history in which nothing happens proves nothing"
    assert 2 in map(len, taken.values()), "and one in which nothing is reopened proves half"
    assert past.would_be_taken() == taken


def test_a_dry_run_reads_few_statements_and_changes_nothing(database: Database, noon: time_machine.Traveller) -> None:
    with database.write() as session:
        world: World = build(session)
        now = clock.now()
        session.execute(
            insert(Case),
            [
                {
                    "public_id": new_public_id(),
                    "site_id": world.site.id,
                    "number": number,
                    "kind": "message",
                    "family": "feedback",
                    "priority": "normal",
                    "language": "sw",
                    "due_at": now - timedelta(minutes=number),
                    "created_at": now - timedelta(days=20),
                    "updated_at": now,
                }
                for number in range(1, 2001)
            ],
        )
    before = dump(database)
    with database.read() as session:
        hours = hours_of_site(session, world.site.id, now)
        with statements_of(database) as sent:
            found = trial(session, world.site.id, STEP, hours, now)
    assert len(sent) == 3
    assert dump(database) == before
    assert not found.cut
    late = [working_minutes_between(now - timedelta(minutes=number), now, hours) for number in range(1, 2001)]
    assert len(found.touched) == sum(minutes >= STEP.after_minutes for minutes in late) > 500


def test_other_sites_cases_are_not_looked_at(database: Database, noon: time_machine.Traveller) -> None:
    with database.write() as session:
        shop, bank = build(session), build(session)
        shop.answer(shop.add_customer(), 10)
        noon.shift(timedelta(days=7))
        for world, count in ((shop, 1), (bank, 0)):
            hours = hours_of_site(session, world.site.id, clock.now())
            assert len(trial(session, world.site.id, STEP, hours, clock.now()).touched) == count
