"""What tests of asking again share: resolving, the links and mails that ask, answers as they are stored and told."""

import pytest
from sqlalchemy import select, update

from feedback import clock
from feedback.actors import SYSTEM, Actor
from feedback.cases.actions import resolve
from feedback.cases.models import Case
from feedback.cases.states import Outcome
from feedback.delivery import mails
from feedback.delivery.models import OutboxMail
from feedback.delivery.outbox import claim
from feedback.events import ResponseDisowned, ResponseUpdated, SiteCreated, emit
from feedback.links.actions import issue_case_link
from feedback.links.models import Link
from feedback.responses.models import Answer, Response
from feedback.surveys.queries import live_survey
from tests.cases.world import World


@pytest.fixture
def asha(world: World) -> Actor:
    """The agent who has Neema's case; the site has the shipped surveys."""
    emit(world.session, SiteCreated(world.site.id))
    world.answer(world.add_customer(), 20, "Nimesubiri wiki mbili")
    return Actor.staff(world.staff["Asha"].id, "Asha")


def end(world: World, actor: Actor, outcome: Outcome = Outcome.SOLVED, case: Case | None = None) -> Case:
    """Resolve the case."""
    return resolve(world.session, actor, world.site.id, (case or world.case()).public_id, outcome)


def links(world: World) -> list[Link]:
    """The links by which somebody was asked again, in order."""
    query = select(Link).where(Link.site_id == world.site.id, Link.case_id.is_not(None), Link.purpose == "survey")
    return list(world.session.scalars(query.order_by(Link.id)))


def queued(world: World, name: str = "case_resolved") -> list[OutboxMail]:
    """Mails of a name that wait."""
    query = select(OutboxMail).where(OutboxMail.site_id == world.site.id, OutboxMail.name == name)
    return list(world.session.scalars(query.order_by(OutboxMail.id).execution_options(populate_existing=True)))


def say(world: World, score: int | None, words: str = "", link: Link | None = None) -> Response:
    """An answer to the question whether it is better now, as it is stored and told."""
    link = link or links(world)[-1]
    survey = live_survey(world.session, world.site.id, "recovery")
    now = clock.now()
    response = Response(
        site_id=world.site.id,
        survey_id=survey.survey_id,
        version_id=survey.version_id,
        link_id=link.id,
        customer_id=link.customer_id,
        state="complete",
        assurance="link",
        score=score,
        locale="sw",
        created_at=now,
        updated_at=now,
    )
    world.session.add(response)
    world.session.flush()
    if words:
        world.session.add(Answer(site_id=world.site.id, response_id=response.id, question="words", text=words))
    emit(world.session, world.submitted(response, "recovery"))
    return response


def change(world: World, response: Response, score: int, words: str = "") -> None:
    """The same answer, changed within its time."""
    before = response.score
    response.score = score
    if words:
        world.session.add(Answer(site_id=world.site.id, response_id=response.id, question="words", text=words))
    world.session.flush()
    emit(
        world.session,
        ResponseUpdated(
            world.site.id, response.id, response.customer_id, response.survey_id, "recovery", before, score,
            "complete", "sw",
        ),
    )  # fmt: skip


def withheld(world: World, mail: OutboxMail) -> str:
    """Why a mail would not go out now; empty if it would."""
    claimed = claim(world.session, world.site.id, mail.id)
    assert claimed is not None
    try:
        mails.prepare(world.session, claimed)
    except mails.Withheld as error:
        return error.reason
    return ""


def withheld_again(world: World, number: int = 0) -> str:
    """The same for a mail that a worker had claimed before it died."""
    mail = queued(world)[number]
    row = (OutboxMail.site_id == world.site.id, OutboxMail.id == mail.id)
    world.session.execute(update(OutboxMail).where(*row).values(state="queued"))
    return withheld(world, mail)


def page_of(world: World, case: Case) -> Link:
    """A link to the customer's page of a case."""
    key = {"case_id": case.id, "customer_id": case.customer_id}
    return issue_case_link(world.session, SYSTEM, world.site.id, **key, locale="sw")  # type: ignore[arg-type]


def disown(world: World, response_id: int | None, link_id: int) -> None:
    """Whoever opened a link says that it wasn't them."""
    if response_id is not None:
        answer = (Response.site_id == world.site.id, Response.id == response_id)
        world.session.execute(update(Response).where(*answer).values(state="disowned"))
    emit(world.session, ResponseDisowned(world.site.id, response_id, link_id, world.cases()[0].customer_id))
