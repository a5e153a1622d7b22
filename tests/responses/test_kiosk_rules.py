"""What counts at a feedback screen, what is asked at one, how places are called and posters laid out."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest

from feedback.responses.mashing import flags_of, moment_of
from feedback.responses.places import place_of
from feedback.responses.posters import WIDTH, Paper, Saying, address_in_letters, address_of, broken, layout
from feedback.responses.screens import asked_first, asked_next, paths
from feedback.surveys.actions import templates
from feedback.surveys.answers import Answer, Value
from feedback.surveys.definition import Option, Question, SurveyDefinition

NOON = datetime(2026, 3, 18, 12, 0, tzinfo=UTC)


def after(*seconds: float) -> list[datetime]:
    return [NOON + timedelta(seconds=one) for one in seconds]


@pytest.mark.parametrize(
    ("others", "flags"),
    [
        ([], ()),
        (after(-3), ()),
        (after(-2.9), ("mashed",)),
        (after(0), ("mashed",)),
        (after(2), ("mashed",)),  # stored before, though tapped later: it came out of a queue
        (after(3, -60), ()),
        (after(*range(-60, -2, 2)), ()),
        (after(*range(-59, -3, 2), -4, -6), ("many_taps",)),
        (after(*range(-59, 1, 2)), ("mashed", "many_taps")),
    ],
)
def test_of_one_hand_the_first_tap_counts_and_of_a_minute_thirty(
    others: list[datetime], flags: tuple[str, ...]
) -> None:
    assert flags_of(NOON, others) == flags


@pytest.mark.parametrize(
    ("waited", "before_noon"),
    [(None, 0), (0, 0), (86_400, 86_400), (7 * 86_400, 7 * 86_400), (7 * 86_400 + 1, 0), (-1, 0)],
)
def test_a_tap_has_the_moment_it_was_made_if_that_can_be_true(waited: int | None, before_noon: int) -> None:
    told = None if waited is None else timedelta(seconds=waited)
    assert moment_of(NOON, told) == NOON - timedelta(seconds=before_noon)


@pytest.mark.parametrize(
    ("typed", "name"),
    [
        ("Main entrance", "Main entrance"),
        ("  Main \n entrance\t", "Main entrance"),
        ("ورودی‌ها", "ورودی‌ها"),
        ("Kariakoo\u202egnitfel", "Kariakoognitfel"),
        ("a\x00b\x07", "ab"),
        ("\u200e\u202a ", None),
        ("x" * 120, "x" * 120),
        ("x" * 121, "x" * 120),
        ("x" * 119 + "कि", "x" * 119),
        ("x" * 117 + "👨\u200d👩\u200d👧", "x" * 117),
        ("", None),
        (None, None),
    ],
)
def test_a_place_is_one_line_that_can_be_seen(typed: str | None, name: str | None) -> None:
    assert place_of(typed) == name


SHIPPED = {one.slug: one for one in templates()}


def test_a_low_answer_leads_to_the_reason_and_a_high_one_to_the_thanks() -> None:
    led = [(path.value, path.reason.key if path.reason else None) for path in paths(SHIPPED["support-csat"])]
    assert led == [("1", "why"), ("2", "why"), ("3", "why"), ("4", None), ("5", None)]
    assert [path.score for path in paths(SHIPPED["happy"])] == [100, 50, 0]
    assert len(list(paths(SHIPPED["nps"]))) == 11


def test_nothing_is_asked_that_is_typed_or_meant_for_somebody_in_particular() -> None:
    assert asked_first(SHIPPED["message"]) is None
    assert asked_first(SHIPPED["recovery"]) is None
    assert asked_first(SHIPPED["unsubscribe"]) is None
    assert all(path.reason is None for path in paths(SHIPPED["needs"]))  # what is offered to one person at once
    assert all(path.reason is None for path in paths(SHIPPED["nps"]))  # words


def test_a_reason_that_needs_two_choices_is_not_asked() -> None:
    options = (Option("a", {"en": "A"}), Option("b", {"en": "B"}))
    first = Question(key="score", kind="faces", text={"en": "How?"}, labels=({"en": "x"},) * 5)
    two = Question(key="why", kind="choices", text={"en": "Why?"}, options=options, least=2)
    survey = SurveyDefinition(slug="x", languages=("en",), title={"en": "X"}, questions=(first, two), score="score")
    assert asked_next(survey, {"score": Answer("score", (Value(number=1),))}) is None


def test_an_address_is_coded_for_cameras_and_spelled_for_people() -> None:
    told = ("https://fb.example", "shop", "nps")
    assert address_of(*told, "Main entrance") == "https://fb.example/survey/shop/nps?place=Main%20entrance"
    assert address_of(*told, None) == "https://fb.example/survey/shop/nps"
    assert address_in_letters(*told, "Main entrance") == "fb.example/survey/shop/nps?place=Main+entrance"
    assert address_in_letters(*told, "ورودی") == "fb.example/survey/shop/nps"


@pytest.mark.parametrize("paper", list(Paper))
@pytest.mark.parametrize("languages", [1, 3, 6])
@pytest.mark.parametrize("words", [2, 12])
def test_nothing_on_a_poster_lies_over_anything_else(paper: Paper, languages: int, words: int) -> None:
    sayings = [Saying("en", "ltr", "satisfied " * words, "Point your phone’s camera " * 2)] * languages
    address = "fb.example/survey/shop/nps?place=Main+entrance"
    sheet = layout(paper, "Duka", sayings, "Main entrance", address, (1, 2, 3, 4, 5))
    above = [line for line in sheet.lines if line.y < sheet.code_y]
    below = [line for line in sheet.lines if line.y > sheet.code_y]
    faces = sheet.faces
    assert above[-1].y < faces[0].y < faces[0].y + faces[0].size <= sheet.code_y
    assert faces[0].x == WIDTH - faces[-1].x - faces[-1].size > 0
    assert below[0].y - below[0].size >= sheet.code_y + sheet.code
    assert below[-1].y < sheet.height
    for one, other in pairwise(above):
        assert other.y - one.y >= other.size
    assert sheet.code >= WIDTH // 4


def test_a_line_holds_what_fits_and_a_word_without_end_is_cut() -> None:
    assert broken("one two three", 100, width=500) == ["one two", "three"]
    assert broken("x" * 20, 100, width=500) == ["x" * 8, "x" * 8, "x" * 4]
