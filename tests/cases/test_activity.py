"""Every kind of activity has a sentence in six languages, a look, its line for the customer, and what is erased."""

import pytest

from feedback.cases.activity import LINES, TEXT, Happened, Line, Look, OnPage, kinds_of, line, sentence, without
from feedback.i18n.negotiation import LANGUAGES
from feedback.rendering import Reader

#: What the customer's page may never show: what staff write for each other, and whether a link was disowned.
INSIDE = {
    Happened.NOTED,
    Happened.ASSIGNED,
    Happened.UNASSIGNED,
    Happened.HANDED_OFF,
    Happened.PRIORITISED,
    Happened.DISOWNED,
    Happened.LINK_DISOWNED,
    Happened.MAIL_NOTED,
}
#: Whose words the customer may read there: their own, and what was said and promised to them.
READABLE = {
    Happened.ANSWERED,
    Happened.REPLIED,
    Happened.CUSTOMER_WROTE,
    Happened.NOT_RECOVERED,
    Happened.PROMISED,
    Happened.PROMISE_MOVED,
    Happened.PROMISE_CANCELLED,
}


def test_each_kind_is_registered() -> None:
    assert set(LINES) == set(Happened)
    assert {known.look for known in LINES.values()} == set(Look)


@pytest.mark.parametrize("kind", list(Happened))
def test_each_kind_is_told_in_six_languages_and_forgets_its_text(kind: Happened) -> None:
    known = LINES[kind]
    for text in filter(None, (known.sentence, known.bare, known.told)):
        own = {Reader(tag).translator.gettext(text) for tag in LANGUAGES}
        assert len(own) >= len(LANGUAGES) - 1, (text, own)
    assert TEXT in known.forgets
    assert bool(known.told) is (known.on_page is not OnPage.NOTHING)


def test_the_customer_never_reads_what_staff_write_for_each_other() -> None:
    assert all(LINES[kind].on_page is OnPage.NOTHING for kind in INSIDE)
    assert {kind for kind, known in LINES.items() if known.on_page is OnPage.WORDS} == READABLE


def test_whatever_came_by_mail_loses_its_sender_and_the_names_of_its_attachments() -> None:
    facts = {"mail": "m1", "from": "neema@example.com", "attachments": ["Neema Mushi.pdf"], "sort": "auto", "cut": True}
    for kind in (Happened.CUSTOMER_WROTE, Happened.MAIL_NOTED):
        assert without(facts, LINES[kind].forgets) == {"mail": "m1", "sort": "auto", "cut": True}
    assert without({"owner": "Asha", "before": "Juma"}, LINES[Happened.HANDED_OFF].forgets) == {
        "owner": "Asha",
        "before": "Juma",
    }


def test_a_kind_of_a_later_release_is_told_by_its_name_and_to_staff_only() -> None:
    assert line("teleported") == Line("teleported")
    assert line("teleported").on_page is OnPage.NOTHING
    assert sentence("teleported", {}) == "teleported"


@pytest.mark.parametrize(
    ("kind", "facts", "told"),
    [
        (Happened.JOINED, {"score": 25}, "Another answer was added, score %(score)s"),
        (Happened.JOINED, {"score": None}, "Another answer was added"),
        (
            Happened.ANSWER_CHANGED,
            {"before": 0, "score": 100},
            "The customer changed the answer: score %(before)s, now %(score)s",
        ),
        (Happened.ANSWER_CHANGED, {"before": None, "score": 100}, "The customer changed the answer"),
        (Happened.NOTED, {}, "Note"),
    ],
)
def test_an_answer_without_a_score_has_no_score_in_its_sentence(
    kind: Happened, facts: dict[str, object], told: str
) -> None:
    assert sentence(kind, facts) == told


def test_each_filter_of_the_timeline_has_kinds_and_none_is_in_two() -> None:
    found = [set(kinds_of(look)) for look in Look]
    assert all(found)
    assert sum(map(len, found)) == len(LINES)
