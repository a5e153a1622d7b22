"""A customer who is erased is gone from every table, whatever was said by them or about them."""

import base64
import json

from sqlalchemy import select
from sqlalchemy.orm import Session

from feedback.actors import SYSTEM, Actor
from feedback.cases import actions as cases
from feedback.cases.models import Case
from feedback.customers.actions import InteractionFacts, erase_customer, record_interaction, upsert_customer
from feedback.customers.rows import CustomerFacts
from feedback.db import Base
from feedback.delivery.models import MailClass
from feedback.delivery.outbox import queue_mail
from feedback.events import PersonalDataOf, gather
from feedback.links.actions import issue_survey_link
from feedback.responses.actions import Submission, submit
from feedback.responses.drafts import save_draft
from feedback.responses.filling import fill
from feedback.responses.models import Assurance
from feedback.sites.actions import add_site
from feedback.surveys.queries import live_survey

MARKER = "Xyzzymarker"


def dump(session: Session) -> str:
    """Every value of every table, as text."""
    session.flush()
    rows = [
        [str(value) for value in row]
        for table in Base.metadata.sorted_tables
        for row in session.execute(table.select())
    ]
    return json.dumps(rows, ensure_ascii=False).casefold()


def test_nothing_of_an_erased_customer_is_left_in_any_table(session: Session) -> None:
    site = add_site(session, SYSTEM, key="shop", name="Shop", country="TZ")
    customer = upsert_customer(
        session,
        SYSTEM,
        site.id,
        CustomerFacts(
            f"{MARKER}-1",
            email=f"{MARKER}@example.com",
            name=f"{MARKER} Mushi",
            locale="sw-TZ",
            segment=f"{MARKER}-plus",
            phone="+255754998877",
            attributes={"city": f"{MARKER}ville"},
        ),
    )
    visit = record_interaction(session, SYSTEM, site.id, customer.id, InteractionFacts(f"{MARKER}-T", "visit"))
    survey = live_survey(session, site.id, "support-csat")
    link = issue_survey_link(
        session,
        SYSTEM,
        site.id,
        survey_id=survey.survey_id,
        customer_id=customer.id,
        locale="sw",
        interaction_id=visit.id,
        address_key=customer.address_key,
    )
    raw = {"score": ["1"], "why": ["slow"], "words": [f"Sijaridhika {MARKER}"], "contact": ["yes"]}
    filled = fill(survey.definition, raw)
    given = Submission(
        site_id=site.id,
        survey_id=survey.survey_id,
        survey=survey.slug,
        version_id=survey.version_id,
        answers=filled.answers,
        score=filled.score,
        locale="sw",
        assurance=Assurance.LINK,
        link_id=link.id,
        customer_id=customer.id,
        interaction_id=visit.id,
    )
    submit(session, Actor.customer(link.id), given)
    second = issue_survey_link(
        session, SYSTEM, site.id, survey_id=survey.survey_id, customer_id=customer.id, locale="sw"
    )
    save_draft(
        session,
        site.id,
        second.id,
        version_id=survey.version_id,
        locale="sw",
        values={"words": [f"half {MARKER}"]},
        step="words",
        scored=True,
    )
    case = session.scalars(select(Case).where(Case.site_id == site.id)).one()
    cases.note(session, SYSTEM, site.id, case.public_id, f"{MARKER} rang twice")
    queue_mail(
        session,
        site_id=site.id,
        name="anything",
        mail_class=MailClass.SURVEY,
        locale="sw",
        customer_id=customer.id,
        facts={"word": MARKER},
    )
    told = json.dumps([part.rows for part in gather(session, PersonalDataOf(site.id, customer.id))], ensure_ascii=False)
    assert told.count(MARKER) >= 7, "what is held can be told before it is erased"
    assert MARKER.casefold() in dump(session)

    erase_customer(session, Actor.command(), site.id, customer.id)

    left = dump(session)
    for trace in (MARKER, "+255754998877", base64.b64encode(MARKER.encode()).decode()):
        assert trace.casefold() not in left
    session.expire_all()
    assert session.scalars(select(Case).where(Case.site_id == site.id)).one().number == 1, "the figures stay"
