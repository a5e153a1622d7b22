"""Surveys in the database: drafts, publishing that freezes, archives, copies for new sites, one statement to ask."""

import pytest
from sqlalchemy import event, select
from sqlalchemy.orm import Session

from feedback.actors import SYSTEM, Actor
from feedback.audit import AuditRow
from feedback.errors import Conflict, Invalid, NotAllowed, NotFound
from feedback.events import SiteCreated, emit
from feedback.sites.models import Site
from feedback.surveys.actions import archive, create_from_template, freeze, publish, push_definition, templates
from feedback.surveys.definition import SurveyDefinition
from feedback.surveys.models import SurveyVersion
from feedback.surveys.parsing import parse_yaml
from feedback.surveys.queries import (
    draft_of,
    latest_survey,
    live_survey,
    live_survey_by_id,
    survey_by_slug,
    survey_lines,
    survey_versions,
)
from tests.surveys.conftest import add_site

STAFF = Actor.staff(7, "Asha")


def survey(title: str = "Try", languages: str = "en", slug: str = "try") -> SurveyDefinition:
    return parse_yaml(
        f"slug: {slug}\nlanguages: [{languages}]\ntitle: {{en: {title}, fa: بازدید}}\n"
        "questions:\n  - {key: score, kind: nps, text: {en: How?}}\n"
    )


def test_a_draft_is_replaced_until_it_is_published(session: Session, site: Site) -> None:
    first = push_definition(session, STAFF, site.id, survey("One"))
    again = push_definition(session, STAFF, site.id, survey("Two"))
    assert (first.version, again.version, again.version_id) == (1, 1, first.version_id)
    with pytest.raises(NotFound):
        live_survey(session, site.id, "try")
    published = publish(session, STAFF, site.id, "try")
    assert published.version == 1
    assert live_survey(session, site.id, "try").definition == survey("Two")


def test_what_was_published_is_never_changed(session: Session, site: Site) -> None:
    push_definition(session, STAFF, site.id, survey("One"))
    old = publish(session, STAFF, site.id, "try")
    new = push_definition(session, STAFF, site.id, survey("Two"))
    assert new.version == 2
    assert live_survey(session, site.id, "try").definition == survey("One")
    assert latest_survey(session, site.id, "try").definition == survey("Two")
    publish(session, STAFF, site.id, "try")
    assert live_survey(session, site.id, "try").version == 2
    both = survey_versions(session, site.id, {old.version_id, new.version_id})
    assert {version_id: found.version for version_id, found in both.items()} == {old.version_id: 1, new.version_id: 2}
    assert both[old.version_id].definition == survey("One")


def test_pushing_the_same_again_changes_nothing(session: Session, site: Site) -> None:
    push_definition(session, STAFF, site.id, survey())
    assert not push_definition(session, STAFF, site.id, survey()).changed
    publish(session, STAFF, site.id, "try")
    assert not push_definition(session, STAFF, site.id, survey()).changed
    assert draft_of(session, site.id, survey_by_slug(session, site.id, "try").id) is None
    with pytest.raises(NotAllowed) as refused:
        publish(session, STAFF, site.id, "try")
    assert refused.value.code == "nothing_to_publish"


def test_a_language_with_a_missing_text_is_not_published(session: Session, site: Site) -> None:
    push_definition(session, STAFF, site.id, survey(languages="en, fa"))
    with pytest.raises(Invalid) as caught:
        publish(session, STAFF, site.id, "try")
    assert [problem.field for problem in caught.value.problems] == ["questions[0].text.fa"]
    with pytest.raises(NotFound):
        live_survey(session, site.id, "try")


def test_only_the_draft_that_was_checked_is_published(session: Session, site: Site) -> None:
    push_definition(session, STAFF, site.id, survey("Checked"))
    checked = draft_of(session, site.id, survey_by_slug(session, site.id, "try").id)
    assert checked is not None
    session.expunge(checked)
    push_definition(session, STAFF, site.id, survey("Pushed in between"))
    with pytest.raises(Conflict):
        freeze(session, site.id, checked)


def test_a_closed_survey_says_so_and_comes_back_when_published(session: Session, site: Site) -> None:
    push_definition(session, STAFF, site.id, survey())
    publish(session, STAFF, site.id, "try")
    assert archive(session, STAFF, site.id, "try")
    assert not archive(session, STAFF, site.id, "try")
    session.expire_all()
    assert live_survey(session, site.id, "try").archived
    assert survey_lines(session, site.id) == ()
    assert [line.archived for line in survey_lines(session, site.id, archived=True)] == [True]
    publish(session, STAFF, site.id, "try")
    assert not live_survey(session, site.id, "try").archived


def test_what_staff_do_is_in_the_audit(session: Session, site: Site) -> None:
    push_definition(session, STAFF, site.id, survey("One"))
    publish(session, STAFF, site.id, "try")
    push_definition(session, STAFF, site.id, survey("Two"))
    publish(session, STAFF, site.id, "try")
    archive(session, STAFF, site.id, "try")
    session.flush()
    rows = session.scalars(select(AuditRow).where(AuditRow.site_id == site.id).order_by(AuditRow.id)).all()
    assert [row.action for row in rows] == [
        "survey.create",
        "survey.publish",
        "survey.change",
        "survey.publish",
        "survey.archive",
    ]
    assert (rows[3].before, rows[3].after) == ({"version": 1}, {"slug": "try", "version": 2})
    assert {row.actor_label for row in rows} == {"Asha"}


def test_another_site_has_surveys_of_its_own(session: Session, site: Site) -> None:
    other = add_site(session, "other")
    push_definition(session, STAFF, site.id, survey("Ours"))
    mine = publish(session, STAFF, site.id, "try")
    push_definition(session, STAFF, other.id, survey("Theirs"))
    publish(session, STAFF, other.id, "try")
    assert live_survey(session, other.id, "try").definition.title["en"] == "Theirs"
    with pytest.raises(NotFound):
        live_survey_by_id(session, other.id, mine.survey_id)
    assert survey_versions(session, other.id, {mine.version_id}) == {}
    assert [line.title["en"] for line in survey_lines(session, other.id)] == ["Theirs"]


def test_a_new_site_gets_every_template_published(session: Session, site: Site) -> None:
    emit(session, SiteCreated(site_id=site.id))
    lines = survey_lines(session, site.id)
    assert [line.slug for line in lines] == [definition.slug for definition in templates()]
    assert all(line.live == 1 and line.draft is None for line in lines)
    for definition in templates():
        assert live_survey(session, site.id, definition.slug).definition == definition


def test_a_template_never_overwrites_what_a_site_made_of_it(session: Session, site: Site) -> None:
    push_definition(session, STAFF, site.id, survey("Ours", slug="nps"))
    publish(session, STAFF, site.id, "nps")
    emit(session, SiteCreated(site_id=site.id))
    emit(session, SiteCreated(site_id=site.id))
    assert live_survey(session, site.id, "nps").definition.title["en"] == "Ours"
    shipped = next(definition for definition in templates() if definition.slug == "ces")
    assert not create_from_template(session, SYSTEM, site.id, shipped).changed


def test_asking_a_known_survey_takes_one_statement(session: Session, site: Site) -> None:
    push_definition(session, STAFF, site.id, survey())
    publish(session, STAFF, site.id, "try")
    first = live_survey(session, site.id, "try")
    seen: list[str] = []

    def count(_c: object, _cursor: object, statement: str, *_rest: object) -> None:
        seen.append(statement)

    event.listen(session.get_bind(), "before_cursor_execute", count)
    try:
        assert live_survey(session, site.id, "try").definition is first.definition
        assert survey_versions(session, site.id, {first.version_id})[first.version_id].definition is first.definition
    finally:
        event.remove(session.get_bind(), "before_cursor_execute", count)
    assert len(seen) == 2
    assert not any("definition" in statement for statement in seen)


def test_a_draft_is_never_remembered(session: Session, site: Site) -> None:
    pushed = push_definition(session, STAFF, site.id, survey("One"))
    assert survey_versions(session, site.id, {pushed.version_id})[pushed.version_id].definition.title["en"] == "One"
    push_definition(session, STAFF, site.id, survey("Two"))
    assert survey_versions(session, site.id, {pushed.version_id})[pushed.version_id].definition.title["en"] == "Two"


def test_versions_have_numbers_one_after_the_other(session: Session, site: Site) -> None:
    for title in ("One", "Two", "Three"):
        push_definition(session, STAFF, site.id, survey(title))
        publish(session, STAFF, site.id, "try")
    numbers = session.scalars(
        select(SurveyVersion.number).where(SurveyVersion.site_id == site.id).order_by(SurveyVersion.number)
    ).all()
    assert list(numbers) == [1, 2, 3]
