"""Stopping mails: at once, once, with evidence; taking it back restores exactly what this stop had closed."""

import threading
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from sqlalchemy import select
from sqlalchemy.orm import Session

from feedback import clock
from feedback.actors import SYSTEM, Actor
from feedback.customers.addresses import address_key
from feedback.db import Database
from feedback.delivery.smtp import address_header
from feedback.errors import Conflict, Invalid, NotFound
from feedback.preferences.actions import (
    Stopped,
    Wanted,
    add_topic,
    archive_topic,
    lift,
    pause,
    set_frequency,
    stop,
    undo,
    want_again,
)
from feedback.preferences.models import Channel, OptOut, Suppression
from feedback.preferences.policy import Frequency, MailClass, Scope
from feedback.preferences.queries import key_of_address, may_send_to, standing_of, topics_of
from feedback.sites.actions import add_site

NOW = datetime(2026, 6, 10, 9, 0, tzinfo=UTC)
EMAIL = "neema@example.com"


@pytest.fixture
def site_id(session: Session) -> int:
    """A site with its first topics."""
    return add_site(session, SYSTEM, key="duka", name="Duka", country="TZ").id


def asked(session: Session, site_id: int, scope: Scope = Scope.TOPIC, channel: Channel = Channel.PAGE) -> Wanted:
    """Neema stops the news, or more."""
    topic = "news" if scope is Scope.TOPIC else ""
    return Wanted([key_of_address(session, site_id, EMAIL)], scope, topic, channel, email=EMAIL, link_id=1)


def reasons(session: Session, site_id: int) -> tuple[str, str]:
    """Why news and questions may not be sent to Neema."""
    news = may_send_to(session, site_id, EMAIL, MailClass.MARKETING, "news")
    surveys = may_send_to(session, site_id, EMAIL, MailClass.SURVEY, "surveys")
    return news.reason, surveys.reason


def evidence(session: Session, site_id: int) -> list[OptOut]:
    query = select(OptOut).where(OptOut.site_id == site_id).order_by(OptOut.id)
    return list(session.scalars(query.execution_options(populate_existing=True)))


def row_of(stopped: Stopped) -> int:
    assert stopped.opt_out_id is not None
    return stopped.opt_out_id


def test_a_new_site_has_its_first_topics(session: Session, site_id: int) -> None:
    assert [topic.key for topic in topics_of(session, site_id)] == ["surveys", "news"]


def test_a_stop_goes_for_its_topic_at_once_and_again_it_changes_nothing(session: Session, site_id: int) -> None:
    first = stop(session, site_id, asked(session, site_id))
    again = stop(session, site_id, asked(session, site_id, channel=Channel.ONE_CLICK))
    assert first.opt_out_id is not None
    assert again.opt_out_id is None
    assert reasons(session, site_id) == ("suppressed_topic", "ok")
    (row,) = evidence(session, site_id)
    assert (row.channel, row.topic, row.policy_version) == ("page", "news", "2026-11")


def test_the_address_is_the_same_however_it_is_written(session: Session, site_id: int) -> None:
    stop(session, site_id, asked(session, site_id))
    decision = may_send_to(session, site_id, "  NEEMA@Example.com", MailClass.MARKETING, "news")
    assert decision.reason == "suppressed_topic"


@pytest.mark.parametrize(
    ("address", "in_ascii"),
    [("Doerte@exämple.de", "doerte@xn--exmple-cua.DE"), ("a@straße.de", "a@xn--strae-oqa.de")],
)
def test_a_domain_is_the_same_in_its_own_letters_and_as_mail_servers_write_it(address: str, in_ascii: str) -> None:
    assert address_key("salt", address) == address_key("salt", in_ascii) == address_key("salt", f" {in_ascii}")
    assert address_key("salt", "a@xn--wrong-.de") != address_key("salt", "a@wrong.de")
    assert address_header(address).domain == in_ascii.lower().partition("@")[2]


def test_undo_restores_what_was_there_once_and_within_a_quarter_of_an_hour(session: Session, site_id: int) -> None:
    with time_machine.travel(NOW, tick=False) as now:
        stop(session, site_id, asked(session, site_id))
        everything = stop(session, site_id, asked(session, site_id, Scope.MARKETING))
        assert undo(session, site_id, row_of(everything)) is True
        assert reasons(session, site_id) == ("suppressed_topic", "ok")
        assert undo(session, site_id, row_of(everything)) is False
        late = stop(session, site_id, asked(session, site_id, Scope.MARKETING))
        now.move_to(NOW + timedelta(minutes=15))
        assert undo(session, site_id, row_of(late)) is False
    assert reasons(session, site_id) == ("suppressed_marketing", "suppressed_marketing")
    assert [row.undone_at is not None for row in evidence(session, site_id)] == [False, True, False]


@pytest.mark.parametrize("channel", [Channel.COMPLAINT, Channel.BOUNCE, Channel.STAFF])
def test_undo_restores_nothing_that_somebody_else_closed_meanwhile(
    session: Session, site_id: int, channel: Channel
) -> None:
    mine = stop(session, site_id, asked(session, site_id))
    assert stop(session, site_id, asked(session, site_id, channel=channel)).opt_out_id is not None
    assert undo(session, site_id, row_of(mine)) is False
    assert reasons(session, site_id)[0] == "suppressed_topic"
    assert [row.undone_at for row in evidence(session, site_id)] == [None, None]


def test_a_stop_of_everything_is_taken_back_before_the_stop_within_it(session: Session, site_id: int) -> None:
    mine = stop(session, site_id, asked(session, site_id))
    everything = stop(session, site_id, asked(session, site_id, Scope.ADDRESS))
    assert undo(session, site_id, row_of(mine)) is False
    assert undo(session, site_id, row_of(everything)) is True
    assert undo(session, site_id, row_of(mine)) is True
    assert reasons(session, site_id) == ("ok", "ok")


def test_who_comes_back_lifts_only_what_they_closed_themselves(session: Session, site_id: int) -> None:
    keys = [key_of_address(session, site_id, EMAIL)]
    stop(session, site_id, asked(session, site_id))
    assert want_again(session, site_id, keys, Scope.TOPIC, "news") is True
    assert reasons(session, site_id) == ("ok", "ok")
    stop(session, site_id, asked(session, site_id, channel=Channel.COMPLAINT))
    assert want_again(session, site_id, keys, Scope.TOPIC, "news") is False


def test_staff_lift_a_stop_with_a_reason_and_it_stays_on_record(session: Session, site_id: int) -> None:
    stop(session, site_id, asked(session, site_id))
    row = session.scalars(select(Suppression).where(Suppression.site_id == site_id)).one()
    lift(session, site_id, row.public_id, by="Asha", because="She asked on the phone")
    assert reasons(session, site_id) == ("ok", "ok")
    with pytest.raises(NotFound):
        lift(session, site_id, row.public_id, by="Asha", because="Again")
    assert (row.lifted_by, row.lifted_because) == ("Asha", "She asked on the phone")


def test_fewer_and_a_pause_are_kept_per_topic_and_a_pause_ends_by_itself(session: Session, site_id: int) -> None:
    keys = [key_of_address(session, site_id, EMAIL)]
    with time_machine.travel(NOW, tick=False) as now:
        set_frequency(session, site_id, keys, "news", Frequency.MONTHLY)
        assert pause(session, site_id, keys, "news", 30) == NOW + timedelta(days=30)
        assert reasons(session, site_id) == ("paused", "ok")
        assert standing_of(session, site_id, keys).wish("news").frequency is Frequency.MONTHLY
        now.move_to(NOW + timedelta(days=30))
        assert reasons(session, site_id) == ("ok", "ok")
        with pytest.raises(Invalid):
            pause(session, site_id, keys, "news", 31)


def test_topics_are_added_once_and_archived_never_deleted(session: Session, site_id: int) -> None:
    actor = Actor.command()
    add_topic(session, actor, site_id, "Offers", {"en": "Offers"}, ["each", "monthly"])
    with pytest.raises(Conflict):
        add_topic(session, actor, site_id, "offers", {"en": "Other"})
    with pytest.raises(Invalid) as wrong:
        add_topic(session, actor, site_id, "no spaces", {"en": " "}, ["daily"])
    assert [one.field for one in wrong.value.problems] == ["key", "name", "frequencies"]
    archive_topic(session, actor, site_id, "offers")
    assert [topic.key for topic in topics_of(session, site_id)] == ["surveys", "news"]
    assert may_send_to(session, site_id, EMAIL, MailClass.MARKETING, "offers").reason == "unknown_topic"


def test_twenty_at_once_stop_once(database: Database) -> None:
    with database.write() as session:
        site_id = add_site(session, SYSTEM, key="duka", name="Duka", country="TZ").id
        key = key_of_address(session, site_id, EMAIL)
    wanted = Wanted([key], Scope.TOPIC, "news", Channel.ONE_CLICK, email=EMAIL)
    ready, told = threading.Barrier(20), []

    def press() -> None:
        ready.wait()
        with database.write() as session:
            told.append(stop(session, site_id, wanted).opt_out_id)

    threads = [threading.Thread(target=press) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(told) == 20
    assert len([one for one in told if one]) == 1
    with database.read() as session:
        assert len(evidence(session, site_id)) == 1
        assert clock.now() - evidence(session, site_id)[0].at < timedelta(minutes=1)
