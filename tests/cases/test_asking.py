"""Who is asked again after resolution, by which way, and when the mail that asks has lost its point."""

import pytest
from sqlalchemy import func, select, update

from feedback import clock
from feedback.actors import Actor
from feedback.cases.actions import customer_wrote, not_them
from feedback.cases.asking import Facts, decide
from feedback.cases.queries.recovery import offer_of
from feedback.cases.states import Family, Outcome
from feedback.events import emit
from feedback.links.actions import revoke_links_of
from feedback.responses.models import Answer, Response
from feedback.surveys.models import Survey, SurveyVersion
from tests.cases.asked import (
    asha,  # noqa: F401 - a fixture
    disown,
    end,
    links,
    page_of,
    queued,
    say,
    withheld,
    withheld_again,
)
from tests.cases.world import World

FEEDBACK = Family.FEEDBACK


@pytest.mark.parametrize(
    ("facts", "code"),
    [
        (Facts(FEEDBACK, Outcome.SOLVED), "ok"),
        (Facts(FEEDBACK, Outcome.EXPLAINED), "ok"),
        (Facts(FEEDBACK, Outcome.COMPENSATED, asked=2), "ok"),
        (Facts(FEEDBACK, Outcome.COMPENSATED, asked=3), "often"),
        (Facts(FEEDBACK, None), "outcome"),
        (Facts(FEEDBACK, Outcome.NOT_REACHED), "outcome"),
        (Facts(FEEDBACK, Outcome.NO_ACTION), "outcome"),
        (Facts(FEEDBACK, Outcome.WITHDRAWN), "outcome"),
        (Facts(Family.OPT_OUT, Outcome.SOLVED), "family"),
        (Facts(Family.CHECK_IN, Outcome.SOLVED), "family"),
        (Facts(FEEDBACK, Outcome.SOLVED, said_no=True), "said_no"),
        (Facts(FEEDBACK, Outcome.SOLVED, disowned=True), "disowned"),
        (Facts(FEEDBACK, Outcome.SOLVED, erased=True, disowned=True), "erased"),
        (Facts(FEEDBACK, Outcome.SOLVED, has_survey=False), "no_survey"),
    ],
)
def test_who_is_asked_again(facts: Facts, code: str) -> None:
    verdict = decide(facts)
    assert (verdict.code, verdict.asked, verdict.by_mail) == (code, code == "ok", code == "ok")


def test_without_an_address_it_is_asked_on_the_page_only() -> None:
    verdict = decide(Facts(FEEDBACK, Outcome.SOLVED, has_address=False))
    assert (verdict.asked, verdict.by_mail) == (True, False)


def test_a_resolved_case_is_asked_about_once_by_mail_and_on_its_page(world: World, asha: Actor) -> None:
    case = end(world, asha)
    (link,) = links(world)
    (mail,) = queued(world)
    assert (link.case_id, link.customer_id, link.locale) == (case.id, case.customer_id, "sw")
    assert (mail.mail_class, mail.case_id, mail.facts) == ("survey", case.id, {"link": link.id})
    assert offer_of(world.session, world.site.id, case.id) == link
    assert world.happened(case)[-1] == "re_asked"


@pytest.mark.parametrize("outcome", [Outcome.NOT_REACHED, Outcome.NO_ACTION])
def test_where_nothing_was_done_nobody_is_asked(world: World, asha: Actor, outcome: Outcome) -> None:
    case = end(world, asha, outcome)
    assert (links(world), queued(world)) == ([], [])
    assert world.happened(case)[-1] != "re_asked"


def test_whoever_said_no_is_not_asked_and_staff_see_why(world: World, asha: Actor) -> None:
    neema = world.customer_of(world.case())
    world.answer(neema, 30, contact="no")
    world.answer(neema, 30, contact="yes")
    case = end(world, asha)
    assert (links(world), queued(world), world.happened(case)[-1]) == ([], [], "not_re_asked_no")
    assert offer_of(world.session, world.site.id, case.id) is None


def test_a_stranger_on_the_case_ends_the_asking(world: World, asha: Actor) -> None:
    case = world.case()
    not_them(world.session, world.site.id, case.id, page_of(world, case).id)
    assert world.happened(end(world, asha))[-1] == "not_re_asked_stranger"
    assert links(world) == []


def test_an_answer_that_turns_out_to_be_a_strangers_ends_the_asking(world: World, asha: Actor) -> None:
    case = world.case()
    response_id = world.session.scalar(select(func.max(Response.id)).where(Response.site_id == world.site.id))
    world.answer(world.customer_of(case), 40)
    disown(world, response_id, 0)
    assert world.happened(end(world, asha))[-1] == "not_re_asked_stranger"


def test_without_an_address_the_page_asks(world: World, asha: Actor) -> None:
    world.customer_of(world.case()).email = None
    case = end(world, asha)
    assert (len(links(world)), queued(world), world.happened(case)[-1]) == (1, [], "re_asked_on_page")
    assert offer_of(world.session, world.site.id, case.id) == links(world)[0]


@pytest.mark.parametrize("closed", ["archived", "unpublished"])
def test_where_no_survey_asks_it_staff_see_that(world: World, asha: Actor, closed: str) -> None:
    now = {"archived_at": clock.now()} if closed == "archived" else {"live_version_id": None}
    query = update(Survey).where(Survey.site_id == world.site.id, Survey.slug == "recovery")
    world.session.execute(query.values(**now))
    assert world.happened(end(world, asha))[-1] == "not_re_asked_survey"
    assert links(world) == []


def test_an_erased_customer_is_asked_nothing(world: World, asha: Actor) -> None:
    world.customer_of(world.case()).erased_at = clock.now()
    case = end(world, asha)
    assert (links(world), world.happened(case)[-1]) == ([], "promise_kept")


def test_whoever_left_an_address_with_an_open_answer_is_asked_too(world: World, asha: Actor) -> None:
    stored = {"slug": "message", "languages": ["en"], "title": {"en": "M"}, "purpose": "message", "questions": [
        {"key": "mail", "kind": "email", "text": {"en": "E"}, "role": "email"}]}  # fmt: skip
    message = select(Survey).where(Survey.site_id == world.site.id, Survey.slug == "message")
    survey = world.session.scalars(message).one()
    version = SurveyVersion(
        site_id=world.site.id, survey_id=survey.id, number=9, definition=stored, created_at=clock.now()
    )
    world.session.add(version)
    world.session.flush()
    response = world.store(None, None, "Bado")
    response.survey_id, response.version_id = survey.id, version.id
    world.session.add(Answer(site_id=world.site.id, response_id=response.id, question="mail", text="juma@example.com"))
    emit(world.session, world.submitted(response, "message"))
    case = end(world, Actor.staff(asha.id or 0, "Asha"), case=world.cases()[-1])
    assert (links(world)[-1].customer_id, queued(world)[-1].customer_id) == (None, None)
    say(world, 100)
    assert world.cases()[-1].score_after == 100
    assert case.id == world.cases()[-1].id


def test_each_time_it_is_resolved_it_is_asked_anew_three_times_at_most(world: World, asha: Actor) -> None:
    for _ in range(3):
        end(world, asha)
        say(world, 0)
    case = end(world, asha)
    assert len(links(world)) == len(queued(world)) == 3
    assert world.happened(case)[-1] == "not_re_asked_often"
    assert offer_of(world.session, world.site.id, case.id) is None


def test_the_mail_looks_again_whether_there_is_a_point(world: World, asha: Actor) -> None:
    case = end(world, asha)
    assert withheld(world, queued(world)[0]) == ""
    customer_wrote(world.session, Actor.customer(1), world.site.id, case.id, "Hapana", channel="page", unsolved=True)
    assert withheld_again(world) == "reopened"
    end(world, asha)
    assert withheld_again(world) == "asked_anew"
    assert withheld(world, queued(world)[1]) == ""
    say(world, 100)
    assert withheld_again(world, 1) == "answered"


def test_the_mail_is_withheld_from_who_said_no_meanwhile_or_has_no_address_or_another_survey(
    world: World, asha: Actor
) -> None:
    case = end(world, asha)
    (mail,) = queued(world)
    neema = world.customer_of(case)
    neema.email = None
    assert withheld(world, mail) == "no_address"
    neema.email = "neema@example.com"
    revoke_links_of(world.session, world.site.id, neema.id)
    assert withheld_again(world) == "asked_anew"


def test_a_stranger_who_answered_nothing_is_noted_on_the_case(world: World, asha: Actor) -> None:
    end(world, asha)
    disown(world, None, links(world)[0].id)
    case = world.case()
    assert (case.score_after, world.happened(case)[-1]) == (None, "disowned")
    assert offer_of(world.session, world.site.id, case.id) is None
