"""The triage list and the page of one case: order, filters, search, paging and cost."""

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from sqlalchemy import event

from feedback.cases.actions import contact, note, resolve, take, wait
from feedback.cases.queries import Position, TriageFilter, TriagePage, assignable, case_detail, counts, triage
from feedback.cases.states import Outcome
from feedback.errors import Invalid, NotFound
from tests.cases.world import NOON, World, build


def listed(page: TriagePage) -> list[int]:
    return [row.number for row in page.rows]


def numbers(world: World, **wanted: Any) -> list[int]:
    return listed(triage(world.session, world.site.id, TriageFilter(**wanted), NOON + timedelta(hours=5)))


@pytest.fixture
def busy(world: World, noon: time_machine.Traveller) -> World:
    """Five cases: 1 waits, 2 is normal (due tomorrow), 3 is high and Persian, 4 the team's, 5 resolved."""
    site = world.site.id
    world.answer(world.add_customer("Neema"), 10, "Nimesubiri 100% sana")
    world.answer(world.add_customer("Ängel"), 50, "so_so")
    world.answer(world.add_customer("كاظم", locale="fa"), 10, "خيلي دير شد", locale="fa-AF")
    world.answer(world.add_customer("Ani", locale="hy"), 10, "Ուշ է", locale="hy")
    world.answer(world.add_customer("Bahati"), 10, "Mbaya")
    first, *_, last = world.cases()
    take(world.session, world.actor("Asha"), site, first.public_id)
    wait(world.session, world.actor("Asha"), site, first.public_id)
    resolve(world.session, world.actor("Asha"), site, last.public_id, Outcome.SOLVED)
    return world


def test_what_is_due_longest_stands_first(busy: World) -> None:
    page = triage(busy.session, busy.site.id, TriageFilter(), NOON + timedelta(hours=5))
    assert listed(page) == [1, 3, 4, 2]
    assert [row.overdue(NOON + timedelta(hours=5)) for row in page.rows] == [True, True, True, False]


def test_filters(busy: World) -> None:
    asha = busy.staff["Asha"].id
    assert numbers(busy, state="resolved") == [5]
    assert numbers(busy, state="any") == [1, 3, 4, 5, 2]
    assert numbers(busy, state="waiting") == [1]
    assert numbers(busy, owner=asha) == [1]
    assert numbers(busy, owner="team") == [4]
    assert numbers(busy, language="fa") == [3]
    assert numbers(busy, language="fa_AF") == [3]
    assert numbers(busy, priority="normal") == [2]
    assert numbers(busy, kind="message") == []
    assert numbers(busy, overdue=True) == [1, 3, 4]
    assert numbers(busy, language="sw", priority="high") == [1]


def test_search_by_number_customer_and_word(busy: World) -> None:
    assert numbers(busy, search="#3") == [3]
    assert numbers(busy, search="#۳") == [3]
    assert numbers(busy, search="4") == [4]
    assert numbers(busy, search="neema") == [1]
    assert numbers(busy, search="SANA nimesubiri") == [1]
    assert numbers(busy, search="ängel") == [2]
    assert numbers(busy, search="کاظم") == [3]
    assert numbers(busy, search="خیلی دیر") == [3]
    assert numbers(busy, search="mbaya") == []
    assert numbers(busy, search="mbaya", state="any") == [5]


def test_signs_that_mean_something_to_like_are_only_signs(busy: World) -> None:
    assert numbers(busy, search="100%") == [1]
    assert numbers(busy, search="%") == [1]
    assert numbers(busy, search="so_so") == [2]
    assert numbers(busy, search="_") == [2]


def test_counts(busy: World) -> None:
    found = counts(busy.session, busy.site.id, busy.staff["Asha"].id, NOON + timedelta(hours=5))
    assert (found.all, found.mine, found.team, found.overdue, found.waiting) == (4, 1, 1, 3, 1)


def test_pages_follow_each_other_without_gap_or_repetition(world: World, noon: time_machine.Traveller) -> None:
    for number in range(23):
        noon.move_to(NOON + timedelta(minutes=number // 3))
        world.answer(world.add_customer(), 10)
    seen: list[int] = []
    after: Position | None = None
    while True:
        page = triage(world.session, world.site.id, TriageFilter(), NOON, after=after, limit=5)
        seen += listed(page)
        if page.next is None:
            break
        after = Position.parse(page.next.token())
        assert after == page.next
    assert seen == list(range(1, 24))


def test_resolved_ones_are_listed_newest_first_and_paged_too(world: World, noon: time_machine.Traveller) -> None:
    for number in range(4):
        noon.move_to(NOON + timedelta(minutes=number))
        world.answer(world.add_customer(), 10)
        resolve(world.session, world.actor("Asha"), world.site.id, world.cases()[-1].public_id, Outcome.SOLVED)
    wanted = TriageFilter(state="resolved")
    page = triage(world.session, world.site.id, wanted, NOON, limit=3)
    assert listed(page) == [4, 3, 2]
    assert listed(triage(world.session, world.site.id, wanted, NOON, after=page.next, limit=3)) == [1]


@pytest.mark.parametrize("token", ["", "x", "20260610T090000000000Z", "20269910T090000000000Z1"])
def test_a_made_up_place_in_the_list_is_refused(token: str) -> None:
    with pytest.raises(Invalid):
        Position.parse(token)


@pytest.mark.parametrize("size", [1, 60])
def test_the_list_takes_two_statements_at_any_length(world: World, size: int) -> None:
    for _ in range(size):
        world.answer(world.add_customer(), 10)
    world.session.flush()
    seen: list[str] = []
    engine = world.session.get_bind()

    def count(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        seen.append(statement)

    event.listen(engine, "before_cursor_execute", count)
    try:
        page = triage(world.session, world.site.id, TriageFilter(), NOON)
        counts(world.session, world.site.id, world.staff["Asha"].id, NOON)
    finally:
        event.remove(engine, "before_cursor_execute", count)
    assert len(page.rows) == min(size, 50)
    assert len(seen) == 2


def test_another_sites_cases_are_not_there(busy: World) -> None:
    other = build(busy.session)
    assert numbers(other) == []
    assert counts(other.session, other.site.id, None, NOON).all == 0
    with pytest.raises(NotFound):
        case_detail(other.session, other.site.id, busy.cases()[0].public_id)


def test_the_case_page_has_the_customers_words_and_whole_history(world: World, noon: time_machine.Traveller) -> None:
    neema = world.add_customer("Neema", segment="gold")
    world.answer(neema, 100, "Safi sana")
    world.answer(neema, 10, "Ya zamani")
    site, asha = world.site.id, world.actor("Asha")
    resolve(world.session, asha, site, world.cases()[0].public_id, Outcome.EXPLAINED)
    noon.move_to(NOON + timedelta(minutes=10))
    world.answer(neema, 20, "Mmechelewa", options={"why": ["slow", "rude"]})
    case = world.cases()[1]
    note(world.session, asha, site, case.public_id, "Mteja mzuri")
    contact(world.session, asha, site, case.public_id, "Nimempigia", channel="phone")
    detail = case_detail(world.session, site, case.public_id)
    assert detail.head.owner_name in {"Asha", "Juma"}
    assert detail.customer is not None
    assert (detail.customer.name, detail.customer.segment) == ("Neema", "gold")
    (told,) = detail.on_case
    assert [(one.question, one.option, one.text) for one in told.answers] == [
        ("why", "slow", None),
        ("why", "rude", None),
        ("more", "", "Mmechelewa"),
    ]
    assert [one.score for one in detail.other_responses] == [10, 100]
    assert [one.number for one in detail.earlier] == [1]
    assert [one.state for one in detail.promises] == ["kept"]
    assert [one.kind for one in detail.activity] == ["opened", "noted", "contacted", "promise_kept"]
    assert detail.head.reasons[0].code == "score_at_most"
    assert set(detail.definitions) == {told.version_id}


def test_the_team_is_listed_with_who_is_away_and_how_much_each_has(busy: World) -> None:
    busy.staff["Juma"].away_until = NOON + timedelta(days=3)
    busy.session.flush()
    found = {one.name: (one.open_cases, one.away) for one in assignable(busy.session, busy.site.id, NOON)}
    assert found == {"Asha": (1, False), "Juma": (1, True), "Parisa": (1, False), "Rehema": (0, False)}
