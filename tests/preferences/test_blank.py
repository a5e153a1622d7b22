"""Whoever leaves without a reason: for whom the site wants a task, and what the task may lead to."""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import pytest
import time_machine
from sqlalchemy import select

from feedback import clock
from feedback.actors import SYSTEM
from feedback.cases.actions import reply
from feedback.cases.blank import Facts, decide, months_between
from feedback.customers.actions import erase_customer
from feedback.errors import Invalid, NotAllowed
from feedback.jobs import Job, JobContext, function_named
from feedback.preferences.actions import want_again
from feedback.preferences.policy import Scope
from feedback.sites.actions import change_blank_reason
from feedback.sites.leaving import BlankReason, blank_reason_as_json, blank_reason_from, typed_blank_reason
from feedback.sites.queries import site_by_id
from tests.cases.world import NOON
from tests.preferences.conftest import Unsub
from tests.preferences.leaving import agent, cases, happened, leaver, promises, to_customers
from tests.preferences.test_unsubscribe import press
from tests.responses.shop import Shop

TODAY = date(2026, 11, 22)
KEY = BlankReason(enabled=True, segments=("key",), value_at_least=100_000, relation_months=24)


@pytest.fixture(autouse=True)
def noon() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(NOON, tick=False) as traveller:
        yield traveller


def want(shop: Shop, said: BlankReason) -> None:
    with shop.database.write() as session:
        version = site_by_id(session, shop.site_id).version
        change_blank_reason(session, SYSTEM, shop.site_id, said, version=version)


def work(shop: Shop) -> int:
    """Do what is due by now; how much that was."""
    with shop.database.read() as session:
        query = select(Job).where(Job.name == "cases.blank_reason", Job.done_at.is_(None), Job.run_at <= clock.now())
        rows = [(row.id, row.args) for row in session.scalars(query)]
    for job_id, args in rows:
        context = JobContext(shop.database, shop.settings, args, shop.site_id, attempts=0, job_id=job_id)
        assert function_named("cases.blank_reason")(context)
    return len(rows)


@pytest.mark.parametrize(
    ("facts", "asked", "code"),
    [
        (Facts("page", segment="Key"), KEY, "ok"),
        (Facts("page", value_minor=100_000), KEY, "ok"),
        (Facts("page", since=date(2024, 11, 22)), KEY, "ok"),
        (Facts("page", since=date(2024, 11, 23), value_minor=99_999, segment="keys"), KEY, "not_named"),
        (Facts("page"), KEY, "not_named"),
        (Facts("page", segment="key"), BlankReason(segments=("key",)), "off"),
        (Facts("page", segment="key"), BlankReason(enabled=True), "not_named"),
        (Facts("page", segment="key", undone=True), KEY, "undone"),
        (Facts("page", segment="key", said=True), KEY, "said"),
        (Facts("page", segment="key", in_hand=True), KEY, "in_hand"),
        (Facts("page", segment="key", known=False), KEY, "unknown"),
        (Facts("oneclick", segment="key"), KEY, "channel"),
        (Facts("mailto", segment="key"), KEY, "channel"),
        (Facts("oneclick", segment="key"), BlankReason(enabled=True, segments=("key",), one_click=True), "ok"),
        (Facts("bounce", segment="key"), BlankReason(enabled=True, segments=("key",), one_click=True), "channel"),
        (Facts("staff", segment="key"), BlankReason(enabled=True, segments=("key",), one_click=True), "channel"),
    ],
)
def test_who_is_worth_a_call(facts: Facts, asked: BlankReason, code: str) -> None:
    decision = decide(facts, asked, TODAY)
    assert (decision.code, decision.opens, bool(decision.reasons)) == (code, code == "ok", code == "ok")


def test_whole_months_are_counted() -> None:
    said = [months_between(date(2026, 1, 31), day) for day in (date(2026, 2, 28), date(2026, 3, 31), date(2027, 1, 30))]
    assert said == [0, 2, 11]


def test_what_is_typed_in_any_digits_is_kept_and_read_again() -> None:
    said = typed_blank_reason(
        enabled=True, segments="key، Key partners ,key", value_at_least="۱۰۰۰", relation_months="२४", one_click=True
    )
    assert said == BlankReason(True, ("key", "Key partners"), 1000, 24, True)
    assert blank_reason_from(blank_reason_as_json(said)) == said
    assert blank_reason_from({}) == BlankReason()


@pytest.mark.parametrize(
    ("typed", "fields"),
    [
        ({"enabled": True}, ["segments"]),
        ({"value_at_least": "-1", "relation_months": "many"}, ["value_at_least", "relation_months"]),
        ({"relation_months": "9" * 9}, ["relation_months"]),
        ({"segments": "x" * 90}, ["segments"]),
    ],
)
def test_what_is_wrong_is_said_at_its_field(typed: dict[str, Any], fields: list[str]) -> None:
    usual = {"enabled": False, "segments": "", "value_at_least": "", "relation_months": "", "one_click": False}
    with pytest.raises(Invalid) as wrong:
        typed_blank_reason(**{**usual, **typed})
    assert [one.field for one in wrong.value.problems] == fields


def test_a_key_account_becomes_a_quiet_task_and_nothing_is_sent(
    shop: Shop, unsub: Unsub, noon: time_machine.Traveller
) -> None:
    want(shop, KEY)
    shop.send_json(shop.link()[0], {"score": "1", "words": "Bado nasubiri"})
    asha = leaver(shop, unsub, segment="key")
    asha.stop()
    noon.shift(timedelta(minutes=59))
    assert work(shop) == 0
    noon.shift(timedelta(minutes=1))
    assert work(shop) == 1
    other, task = cases(shop)
    assert (other.family, other.state) == ("feedback", "new")
    assert (task.kind, task.family, task.priority, task.rule_name) == (
        "unsubscribe",
        "opt_out",
        "low",
        "Left without a reason",
    )
    assert task.reason == {"because": [{"code": "left_blank"}, {"code": "segment", "segment": "key"}]}
    assert happened(shop, task) == ["opened"]
    assert len(promises(shop)) == 1  # the other one's
    assert to_customers(shop) == []
    lulu = agent(shop)
    with shop.database.write() as session, pytest.raises(NotAllowed) as refused:
        reply(session, lulu, shop.site_id, task.public_id, "Come back")
    assert refused.value.code == "contact-not-permitted"
    asha.say(words="I only want fewer", contact="yes")
    (joined,) = [one for one in cases(shop) if one.family == "opt_out"]
    assert (joined.id, joined.priority, joined.excerpt) == (task.id, "normal", "I only want fewer")


@pytest.mark.parametrize("case", ["consumer", "undone", "back", "reason", "words", "one click", "off", "erased"])
def test_where_there_is_nothing_to_look_into_nothing_happens(
    shop: Shop, unsub: Unsub, noon: time_machine.Traveller, case: str
) -> None:
    want(shop, BlankReason(segments=("key",)) if case == "off" else KEY)
    asha = leaver(shop, unsub, segment="consumer" if case == "consumer" else "key")
    if case == "one click":
        asha.one_click()
    else:
        page = asha.stop()
        if case == "undone":
            press(shop, page, "That was a mistake")
        if case == "back":
            with shop.database.write() as session:
                want_again(session, shop.site_id, [asha.link.address_key or ""], Scope.TOPIC, "news")
    if case in ("reason", "words"):
        asha.say(**({"reason": "too_many"} if case == "reason" else {"words": "Enough"}))
    noon.shift(timedelta(minutes=61))
    expected = 0 if case in ("one click", "off") else 1
    if case == "erased":
        with shop.database.write() as session:
            erase_customer(session, SYSTEM, shop.site_id, asha.link.customer_id or 0)
    assert work(shop) == expected
    assert cases(shop) == []


def test_one_click_counts_where_the_site_says_so_and_two_stops_make_one_task(
    shop: Shop, unsub: Unsub, noon: time_machine.Traveller
) -> None:
    want(shop, BlankReason(enabled=True, value_at_least=10, one_click=True))
    first = leaver(shop, unsub, value_minor=10)
    first.one_click()
    first.one_click()
    leaver(shop, unsub, topic="surveys", customer_id=first.link.customer_id).one_click()
    noon.shift(timedelta(minutes=61))
    assert work(shop) == 2
    assert work(shop) == 0
    assert [(one.kind, one.priority) for one in cases(shop)] == [("unsubscribe", "low")]
