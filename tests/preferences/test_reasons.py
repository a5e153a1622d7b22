"""What comes of the reason why somebody left: the case it opens, and who may be written to about it (U-16)."""

from contextlib import nullcontext
from datetime import timedelta

import pytest
from sqlalchemy import delete

from feedback import clock
from feedback.actors import Actor
from feedback.cases.actions import customer_wrote, make_promise, reply, resolve
from feedback.cases.mails.customer import CASE_LINK, CASE_REPLY, PROMISE_LATE, PROMISE_MOVED
from feedback.cases.models import Promise, RoutingRule
from feedback.cases.queries.addressee import addressee_of
from feedback.cases.states import Outcome
from feedback.delivery import mails
from feedback.delivery.outbox import claim
from feedback.errors import NotAllowed
from feedback.events import PromiseBroken, emit
from tests.preferences.conftest import Unsub
from tests.preferences.leaving import agent, cases, happened, leaver, promises, queued, to_customers
from tests.preferences.test_unsubscribe import press
from tests.responses.shop import Shop

#: Every mail about a case that goes to its customer, with facts that it could have.
ABOUT_A_CASE = (CASE_REPLY, PROMISE_MOVED, PROMISE_LATE, CASE_LINK, "case_resolved")


#: What each reason of the shipped survey opens.
OPENS: dict[str, tuple[str, str] | None] = {
    "competitor": ("competitor", "normal"),
    "price": ("price", "normal"),
    "contact_changed": ("organisation_change", "low"),
    "never_asked": ("data_quality", "normal"),
    "bad_service": ("unsubscribe", "low"),
    "too_many": None,
    "other": None,
}


def test_a_reason_opens_the_case_that_the_rules_name(shop: Shop, unsub: Unsub) -> None:
    for number, reason in enumerate(OPENS):
        email = f"c{number}@example.com"
        one = leaver(shop, unsub, email=email, customer_id=shop.customer(f"C-{number}", email=email))
        one.stop()
        assert "Thank you for telling us why" in one.say(reason=reason).text
    found = [(one.kind, one.priority) for one in cases(shop)]
    assert found == [opened for opened in OPENS.values() if opened is not None]
    assert {(one.family, one.state) for one in cases(shop)} == {("opt_out", "new")}
    assert promises(shop) == []
    assert to_customers(shop) == []


def test_whoever_ticks_the_box_is_answered_whatever_the_reason(shop: Shop, unsub: Unsub) -> None:
    asha = leaver(shop, unsub)
    asha.stop()
    assert "A person will look into it" in asha.say(reason="too_many", contact="yes").text
    (case,) = cases(shop)
    assert (case.kind, case.family) == ("unsubscribe", "opt_out")


def test_so_is_whoever_ticks_it_where_the_site_has_no_rules(shop: Shop, unsub: Unsub) -> None:
    with shop.database.write() as session:
        session.execute(delete(RoutingRule).where(RoutingRule.site_id == shop.site_id))
    asha = leaver(shop, unsub)
    asha.stop()
    asha.say(reason="competitor")
    assert cases(shop) == []
    asha.say(contact="yes")
    assert [(one.kind, one.family, one.rule_id) for one in cases(shop)] == [("unsubscribe", "opt_out", None)]


@pytest.mark.parametrize("language", ["en", "sw", "ne", "fa", "mn", "hy"])
def test_from_the_mail_to_the_case_in_every_language(shop: Shop, unsub: Unsub, language: str) -> None:
    path, _ = unsub(locale=language)
    page = shop.open(path)
    assert page.soup.html["lang"] == language  # type: ignore[index]
    stopped = press(shop, page, page.soup.select_one("button.primary").get_text())  # type: ignore[union-attr]
    button = stopped.soup.select_one("button[value=competitor]")
    asked = press(shop, stopped, button.get_text())  # type: ignore[union-attr]
    assert (asked.soup.html["lang"], cases(shop)[0].excerpt) == (language, "")  # type: ignore[index]
    form = asked.soup.select_one("textarea").find_parent("form")  # type: ignore[union-attr]
    hidden = {str(one["name"]): str(one["value"]) for one in form.select("input[type=hidden]")}  # type: ignore[union-attr]
    shop.post(str(form["action"]), {**hidden, "words": "Juma"})  # type: ignore[index]
    (case,) = cases(shop)
    assert (case.kind, case.excerpt, case.language) == ("competitor", "Juma", language)


def test_words_join_the_case_of_the_reason_and_another_reason_takes_it_back(shop: Shop, unsub: Unsub) -> None:
    asha = leaver(shop, unsub)
    asha.stop()
    asha.say(reason="competitor")
    asha.say(reason="competitor", words="Bei nzuri zaidi kwa Juma")
    (case,) = cases(shop)
    assert (case.kind, case.excerpt) == ("competitor", "Bei nzuri zaidi kwa Juma")
    asha.say(reason="too_many")
    (case,) = cases(shop)
    assert (case.state, case.outcome) == ("resolved", "withdrawn")


def test_what_was_written_and_ticked_is_shown_and_can_be_taken_back(shop: Shop, unsub: Unsub) -> None:
    asha = leaver(shop, unsub)
    asha.stop()
    form = {"reason": "competitor", "whole": "1"}
    page = shop.post(f"{asha.path}/reason", {**form, "words": "Zuri is cheaper", "contact": "yes"})
    assert page.soup.select_one("textarea").get_text().strip() == "Zuri is cheaper"
    assert page.soup.select_one("input[name=contact][checked]") is not None
    assert shop.response(asha.link).contact == "yes"
    shop.post(f"{asha.path}/reason", {"reason": "competitor"})
    assert shop.response(asha.link).contact == "yes", "a tap says nothing about it"
    assert page.soup.select_one("details form input[name=whole]")["value"] == form["whole"]
    page = asha.say(**form, words="")  # a browser says nothing of an empty box
    assert page.soup.select_one("input[name=contact][checked]") is None
    response = shop.response(asha.link)
    assert (response.contact, shop.said(response)) == ("not_asked", {"reason": ["competitor"]})


def test_the_case_of_an_unsubscribe_joins_no_other_and_no_other_joins_it(shop: Shop, unsub: Unsub) -> None:
    path, _ = shop.link()
    shop.send_json(path, {"score": "1", "words": "Bado nasubiri"})
    asha = leaver(shop, unsub)
    asha.stop()
    asha.say(reason="price", words="Ghali")
    shop.send_json(shop.link()[0], {"score": "2", "words": "Polepole"})
    assert [(one.family, one.excerpt) for one in cases(shop)] == [("feedback", "Polepole"), ("opt_out", "Ghali")]


def test_without_the_tick_nobody_writes_and_nothing_is_promised(shop: Shop, unsub: Unsub) -> None:
    lulu = agent(shop)
    asha = leaver(shop, unsub)
    asha.stop()
    asha.say(reason="competitor", words="Kwaheri")
    (case,) = cases(shop)
    later = clock.now() + timedelta(days=1)
    with shop.database.write() as session:
        for do in (
            lambda: reply(session, lulu, shop.site_id, case.public_id, "Come back!"),
            lambda: make_promise(session, lulu, shop.site_id, case.public_id, "A better price", later),
        ):
            with pytest.raises(NotAllowed) as refused:
                do()
            assert refused.value.code == "contact-not-permitted"
    with shop.database.write() as session:
        resolve(session, lulu, shop.site_id, case.public_id, Outcome.SOLVED)
    assert "re_asked" not in happened(shop, case)
    assert (to_customers(shop), promises(shop)) == ([], [])


@pytest.mark.parametrize("ticked", [False, True])
def test_no_mail_of_the_program_reaches_whoever_left(shop: Shop, unsub: Unsub, ticked: bool) -> None:
    asha = leaver(shop, unsub)
    asha.stop()
    asha.say(reason="price", **({"contact": "yes"} if ticked else {}))
    (case,) = cases(shop)
    with shop.database.write() as session:
        due = {"due_at": clock.now() + timedelta(hours=1), "made_at": clock.now()}
        promise = Promise(site_id=shop.site_id, case_id=case.id, kind="made", state="open", what="x", **due)
        session.add(promise)
        session.flush()
        emit(session, PromiseBroken(shop.site_id, promise.id, case.id))
    assert to_customers(shop) == []
    for name in ABOUT_A_CASE:
        with queued(shop, name, case, promise=promise.id, activity=1, link=1) as (session, mail):
            claimed = claim(session, shop.site_id, mail.id)
            assert claimed is not None
            goes_out = ticked and name in (CASE_REPLY, CASE_LINK)
            with nullcontext() if goes_out else pytest.raises(mails.Withheld):
                mails.prepare(session, claimed)


def test_the_tick_allows_one_reply_which_is_logged_and_another_after_an_answer(shop: Shop, unsub: Unsub) -> None:
    lulu = agent(shop)
    asha = leaver(shop, unsub)
    asha.stop()
    asha.say(reason="bad_service", contact="yes", words="Hamkunijibu")
    (case,) = cases(shop)
    with shop.database.write() as session:
        reply(session, lulu, shop.site_id, case.public_id, "Pole. Ilikuwa kosa letu.")
    assert to_customers(shop) == ["case_reply"]
    assert happened(shop, case)[-1] == "replied"
    with shop.database.write() as session, pytest.raises(NotAllowed):
        reply(session, lulu, shop.site_id, case.public_id, "And we have an offer")
    with shop.database.read() as session:
        assert addressee_of(session, shop.site_id, case.id).verdict.code == "one_reply"
    with shop.database.write() as session:
        customer_wrote(
            session, Actor.customer(asha.link.id), shop.site_id, case.id, "Asante. Nini sasa?", channel="page"
        )
        assert addressee_of(session, shop.site_id, case.id).verdict.code == "ok"
