"""Sites that were there before: what a newer release adds to them, and that it changes nothing of theirs."""

import pytest
from click.testing import CliRunner
from sqlalchemy import delete, select, update

from feedback.actors import SYSTEM
from feedback.cases.actions import add_rule
from feedback.cases.models import RoutingRule
from feedback.cases.queries import rules_of_site
from feedback.cases.routing import CaseToOpen, Conditions
from feedback.operations import db_group
from feedback.surveys.actions import archive
from feedback.surveys.models import Survey, SurveyVersion
from feedback.terminal import Terminal
from tests.responses.shop import Shop


def upgrade(shop: Shop) -> str:
    result = CliRunner(env={"LC_ALL": "C"}).invoke(
        db_group, ["upgrade"], obj=Terminal(shop.settings, shop.database), catch_exceptions=False
    )
    assert result.exit_code == 0
    return result.output


def rules(shop: Shop) -> list[tuple[int, str]]:
    with shop.database.read() as session:
        return [(one.id, one.name) for one in rules_of_site(session, shop.site_id)]


@pytest.fixture
def old(shop: Shop) -> Shop:
    """A shop of an earlier release, with a rule of its own and a survey that it has closed."""
    with shop.database.write() as session:
        here = SurveyVersion.site_id == shop.site_id
        number = session.scalar(select(Survey.id).where(Survey.site_id == shop.site_id, Survey.slug == "unsubscribe"))
        session.execute(delete(SurveyVersion).where(here, SurveyVersion.survey_id == number))
        session.execute(delete(Survey).where(Survey.site_id == shop.site_id, Survey.id == number))
        session.execute(
            delete(RoutingRule).where(RoutingRule.site_id == shop.site_id, RoutingRule.name.like("Unsubscribed%"))
        )
        add_rule(session, SYSTEM, shop.site_id, "Ours", Conditions(score_max=99), CaseToOpen())
        session.execute(update(RoutingRule).where(RoutingRule.name == "Message").values(enabled=False))
        archive(session, SYSTEM, shop.site_id, "nps")
    return shop


def test_a_survey_that_is_new_comes_with_its_rules_behind_the_sites_own(old: Shop) -> None:
    before = rules(old)
    told = upgrade(old)
    assert "shop: added unsubscribe, Unsubscribed: another company" in told
    after = rules(old)
    assert after[: len(before)] == before
    assert [name.split(":")[0] for _, name in after[len(before) :]] == ["Unsubscribed"] * 6
    with old.database.read() as session:
        closed = session.scalar(select(Survey.archived_at).where(Survey.slug == "nps", Survey.site_id == old.site_id))
    assert closed is not None


def test_again_it_adds_nothing_not_even_a_rule_that_somebody_deleted(old: Shop) -> None:
    upgrade(old)
    with old.database.write() as session:
        session.execute(delete(RoutingRule).where(RoutingRule.name == "Unsubscribed: price"))
    before = rules(old)
    assert "added" not in upgrade(old)
    assert rules(old) == before


@pytest.mark.parametrize("slug", ["unsubscribe", "recovery", "cancel"])
def test_what_is_asked_of_somebody_in_particular_is_open_to_nobody_else(shop: Shop, slug: str) -> None:
    page = shop.open(f"/survey/shop/{slug}")
    assert (page.status, "You need a personal link for this page" in page.text) == (410, True)
    assert page.soup.select_one("main a")["href"] == "/message/shop?lang=en"  # type: ignore[index]
    sent = shop.send_json(f"/survey/shop/{slug}", {"reason": "price", "score": "1"})
    assert (sent.status_code, sent.get_json()["code"]) == (410, "survey-by-link")
    assert shop.count() == 0
    assert shop.open(shop.link(slug)[0]).status == 200


def test_a_shop_of_before_gets_cancelling_with_its_rules(shop: Shop) -> None:
    with shop.database.write() as session:
        number = session.scalar(select(Survey.id).where(Survey.site_id == shop.site_id, Survey.slug == "cancel"))
        here = SurveyVersion.site_id == shop.site_id
        session.execute(delete(SurveyVersion).where(here, SurveyVersion.survey_id == number))
        session.execute(delete(Survey).where(Survey.site_id == shop.site_id, Survey.id == number))
        mine = RoutingRule.site_id == shop.site_id
        session.execute(delete(RoutingRule).where(mine, RoutingRule.name.like("Cancelling%")))
    assert "shop: added cancel, Cancelling: wants to talk first" in upgrade(shop)
    assert [name.split(":")[0] for _, name in rules(shop)][-4:] == ["Cancelling"] * 4
    assert "Cancel now" in shop.open(shop.link("cancel", "en")[0]).text
