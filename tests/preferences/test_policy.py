"""Whether a mail may be sent, decided from facts alone."""

from datetime import UTC, datetime, timedelta

import pytest

from feedback.preferences.policy import Frequency, MailClass, Scope, Standing, Wish, may_send, stops

NOW = datetime(2026, 6, 10, 9, 0, tzinfo=UTC)
DAY = timedelta(days=1)
TOPICS = ("surveys", "news")


def standing(*suppressed: tuple[Scope, str], **wishes: Wish) -> Standing:
    """What is known of an address; ``every`` is the wish for all topics."""
    return Standing(
        frozenset(suppressed), tuple(("" if name == "every" else name, wish) for name, wish in wishes.items())
    )


@pytest.mark.parametrize(
    ("mail_class", "topic", "known", "reason"),
    [
        (MailClass.MARKETING, "news", standing(), "ok"),
        (MailClass.SURVEY, "surveys", standing(), "ok"),
        (MailClass.MARKETING, "news", standing((Scope.TOPIC, "news")), "suppressed_topic"),
        (MailClass.SURVEY, "surveys", standing((Scope.TOPIC, "news")), "ok"),
        (MailClass.MARKETING, "news", standing((Scope.MARKETING, "")), "suppressed_marketing"),
        (MailClass.SURVEY, "surveys", standing((Scope.MARKETING, "")), "suppressed_marketing"),
        (MailClass.MARKETING, "news", standing((Scope.ADDRESS, "")), "suppressed_address"),
        (MailClass.TRANSACTIONAL, "", standing((Scope.ADDRESS, ""), (Scope.MARKETING, "")), "ok"),
        (MailClass.MARKETING, "weather", standing(), "unknown_topic"),
        (MailClass.MARKETING, "news", standing(news=Wish(paused_until=NOW + DAY)), "paused"),
        (MailClass.SURVEY, "surveys", standing(news=Wish(paused_until=NOW + DAY)), "ok"),
        (MailClass.SURVEY, "surveys", standing(every=Wish(paused_until=NOW + DAY)), "paused"),
        (MailClass.MARKETING, "news", standing(news=Wish(paused_until=NOW)), "ok"),
        (MailClass.TRANSACTIONAL, "news", standing(every=Wish(paused_until=NOW + DAY)), "ok"),
        (MailClass.MARKETING, "news", standing(news=Wish(Frequency.MONTHLY, sent_at=NOW - 20 * DAY)), "too_soon"),
        (MailClass.MARKETING, "news", standing(news=Wish(Frequency.MONTHLY, sent_at=NOW - 30 * DAY)), "ok"),
        (MailClass.MARKETING, "news", standing(news=Wish(Frequency.MONTHLY)), "ok"),
        (MailClass.MARKETING, "news", standing(news=Wish(Frequency.WEEKLY, sent_at=NOW - 6 * DAY)), "too_soon"),
        (MailClass.MARKETING, "news", standing(news=Wish(Frequency.WEEKLY, sent_at=NOW - 6.6 * DAY)), "ok"),
        (
            MailClass.MARKETING,
            "news",
            standing((Scope.TOPIC, "news"), news=Wish(paused_until=NOW + DAY)),
            "suppressed_topic",
        ),
    ],
)
def test_what_may_be_sent(mail_class: MailClass, topic: str, known: Standing, reason: str) -> None:
    decision = may_send(mail_class, topic, known, NOW, topics=TOPICS)
    assert (decision.reason, decision.allowed) == (reason, reason == "ok")


def test_what_is_only_early_says_when_it_may_go() -> None:
    known = standing(news=Wish(Frequency.MONTHLY, NOW + 40 * DAY, NOW - DAY), every=Wish(paused_until=NOW + 5 * DAY))
    assert may_send(MailClass.MARKETING, "news", known, NOW).again_at == NOW + 40 * DAY
    early = may_send(MailClass.MARKETING, "news", standing(news=Wish(Frequency.WEEKLY, sent_at=NOW)), NOW)
    assert early.again_at == NOW + 6.5 * DAY


@pytest.mark.parametrize(
    ("scope", "topic", "known", "expected"),
    [
        (Scope.TOPIC, "news", standing(), True),
        (Scope.TOPIC, "news", standing((Scope.TOPIC, "news")), False),
        (Scope.TOPIC, "news", standing((Scope.TOPIC, "surveys")), True),
        (Scope.TOPIC, "news", standing((Scope.MARKETING, "")), False),
        (Scope.MARKETING, "", standing((Scope.TOPIC, "news")), True),
        (Scope.MARKETING, "", standing((Scope.ADDRESS, "")), False),
        (Scope.ADDRESS, "", standing((Scope.MARKETING, "")), True),
    ],
)
def test_whether_a_stop_would_change_anything(scope: Scope, topic: str, known: Standing, expected: bool) -> None:
    assert stops(scope, topic, known) is expected
