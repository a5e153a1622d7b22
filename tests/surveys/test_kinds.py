"""Each kind of question: what it takes from a form, how it shows itself, what an answer is worth, how many add up."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feedback.surveys.answers import Answer, Value
from feedback.surveys.definition import Option, Question, Role, Shuffle
from feedback.surveys.kinds import KINDS, Kind, Tally, kind_of

OPTIONS = tuple(Option(key, {"en": key.title()}, score) for key, score in (("a", 100), ("b", 40), ("c", 0)))
WITH_OTHER = (*OPTIONS, Option("else", {"en": "Else"}, None, other=True))
YES_NO = (Option("yes", {"en": "Yes"}), Option("no", {"en": "No"}))


def ask(kind: str, **fields: object) -> Question:
    fixed: dict[str, object] = {"key": "q", "kind": kind, "text": {"en": "Q", "fa": "پ"}}
    if kind in {"choice", "choices"}:
        fixed["options"] = OPTIONS
    if kind == "yesno":
        fixed["options"] = YES_NO
    if kind == "faces":
        fixed["labels"] = tuple({"en": f"Face {n}", "fa": f"چهره {n}"} for n in range(1, 6))
    return Question(**{**fixed, **fields})  # type: ignore[arg-type]


EXAMPLES = {name: ask(name) for name in KINDS}


def code(question: Question, *raw: str, other: str = "") -> str:
    problems = kind_of(question).check(question, raw, other).problems
    assert len(problems) <= 1
    return problems[0].code if problems else ""


def values(question: Question, *raw: str, other: str = "") -> tuple[Value, ...]:
    checked = kind_of(question).check(question, raw, other)
    assert checked.ok, checked.problems
    return checked.answer.values


@pytest.mark.parametrize("name", KINDS)
def test_no_answer_is_fine_unless_one_is_needed(name: str) -> None:
    assert values(ask(name)) == ()
    assert values(ask(name), "", "  ") == ()
    assert code(ask(name, required=True), " ") == "answer.required"


@pytest.mark.parametrize("four", ["4", " 4 ", "۴", "४", "٤", "４"])
def test_digits_of_every_script_count(four: str) -> None:
    assert values(ask("nps"), four) == (Value(number=4),)


@pytest.mark.parametrize("bad", ["11", "-1", "4.0", "four", "4 4", "²", "④", "99999999999", "0x4", "٤x", "\x00"])
def test_what_is_not_on_the_scale_is_refused(bad: str) -> None:
    assert code(ask("nps"), bad) == "answer.unknown"


def test_the_ends_of_each_scale() -> None:
    for question, low, high in (
        (ask("faces"), 1, 5),
        (ask("faces", points=3), 1, 3),
        (ask("stars"), 1, 5),
        (ask("stars", points=10), 1, 10),
        (ask("nps"), 0, 10),
        (ask("ces"), 1, 7),
    ):
        assert values(question, str(low)) == (Value(number=low),)
        assert values(question, str(high)) == (Value(number=high),)
        assert code(question, str(low - 1)) == "answer.unknown"
        assert code(question, str(high + 1)) == "answer.unknown"


def test_two_answers_to_a_single_choice_are_refused() -> None:
    assert code(ask("nps"), "4", "5") == "answer.unknown"
    assert code(ask("choice"), "a", "b") == "answer.unknown"
    assert code(ask("yesno"), "yes", "no") == "answer.unknown"


def test_only_known_options_are_taken_each_once_and_in_order() -> None:
    assert values(ask("choices"), "c", "a", "c") == (Value("a"), Value("c"))
    assert code(ask("choices"), "a", "zzz") == "answer.unknown"


def test_the_number_of_choices_is_kept_within_bounds() -> None:
    question = ask("choices", least=2, most=2)
    assert code(question, "a") == "answer.few"
    assert code(question, "a", "b", "c") == "answer.many"
    assert values(question) == ()


def test_other_keeps_its_words() -> None:
    several = ask("choices", options=WITH_OTHER)
    assert values(several, "a", "else", other=" my\nwords ") == (Value("a"), Value("else", text="my words"))
    assert values(several, "else") == (Value("else"),)
    assert values(several, "a", other="typed but not ticked") == (
        Value("a"),
        Value("else", text="typed but not ticked"),
    )
    single = ask("choice", options=WITH_OTHER)
    assert values(single, other="only typed") == (Value("else", text="only typed"),)
    assert values(single, "a", other="then ticked another") == (Value("a"),)
    assert code(single, "else", other="x" * 201) == "answer.long"
    assert values(ask("choice"), "a", other="nobody asked") == (Value("a"),)


def test_text_is_tidied_and_keeps_its_joiners() -> None:
    assert values(ask("text"), " می‌خواهم\r\nگर्‍यो\x00\x1b ") == (Value(text="می‌خواهم\nگर्‍यो"),)
    assert values(ask("text"), "e\u0301") == (Value(text="é"),)
    assert values(ask("text"), "\ud800a") == (Value(text="a"),)
    assert values(ask("text", role=Role.NAME), "two\nlines") == (Value(text="two lines"),)
    assert values(ask("text", role=Role.NAME), "\u202eAnn\u2066") == (Value(text="Ann"),)


def test_text_is_counted_in_code_points() -> None:
    question = ask("text", max_length=3)
    assert values(question, "😀😀😀") == (Value(text="😀😀😀"),)
    problem = kind_of(question).check(question, ["abcd"]).problems[0]
    assert (problem.code, problem.params) == ("answer.long", {"max": 3})


def test_addresses_are_checked_without_looking_them_up() -> None:
    assert values(ask("email"), " Amina@Example.COM ") == (Value(text="Amina@example.com"),)
    assert values(ask("email"), "अमिना@उदाहरण.कॉम") == (Value(text="अमिना@उदाहरण.कॉम"),)
    for bad in ("amina", "a@b", "a b@example.com", "a@example.com\nBcc: x@example.com", "x" * 300 + "@example.com"):
        assert code(ask("email"), bad) == "answer.email"


@pytest.mark.parametrize(
    ("question", "number", "score"),
    [
        *((ask("faces"), n, s) for n, s in ((1, 0), (2, 25), (3, 50), (4, 75), (5, 100))),
        *((ask("faces", points=3), n, s) for n, s in ((1, 0), (2, 50), (3, 100))),
        *((ask("nps"), n, n * 10) for n in range(11)),
        *((ask("ces"), n, s) for n, s in ((1, 0), (2, 17), (3, 33), (4, 50), (5, 67), (6, 83), (7, 100))),
        *((ask("stars", points=9), n, s) for n, s in ((1, 0), (2, 13), (4, 38), (6, 63), (8, 88), (9, 100))),
        *((ask("stars", points=4), n, s) for n, s in ((1, 0), (2, 33), (3, 67), (4, 100))),
    ],
)
def test_a_number_is_worth_0_to_100_half_up(question: Question, number: int, score: int) -> None:
    assert kind_of(question).score(question, Answer("q", (Value(number=number),))) == score


def test_an_option_is_worth_its_own_score() -> None:
    question = ask("choice")
    assert [KINDS["choice"].score(question, Answer("q", (Value(k),))) for k in "abc"] == [100, 40, 0]
    assert KINDS["choice"].score(question, Answer("q")) is None
    yes_no = ask("yesno")
    assert [KINDS["yesno"].score(yes_no, Answer("q", (Value(k),))) for k in ("yes", "no")] == [100, 0]
    reversed_ = ask("yesno", options=(Option("yes", {}, 10), Option("no", {}, 90)))
    assert [KINDS["yesno"].score(reversed_, Answer("q", (Value(k),))) for k in ("yes", "no")] == [10, 90]
    assert KINDS["choices"].score(ask("choices"), Answer("q", (Value("a"),))) is None


def test_a_question_shows_itself_with_what_was_chosen() -> None:
    shown = KINDS["faces"].show(ask("faces"), "fa", ["۴"])
    assert (shown.template, shown.text) == ("public/kinds/faces.html", "پ")
    assert [(p.value, p.label, p.checked) for p in shown.points][2:4] == [("3", "چهره 3", False), ("4", "چهره 4", True)]
    nps = KINDS["nps"].show(ask("nps", low={"en": "Not"}, high={"en": "Very"}), "en")
    assert (len(nps.points), nps.low, nps.high) == (11, "Not", "Very")
    assert (nps.points[10].number, nps.points[10].label) == (10, "")
    other = KINDS["choice"].show(ask("choice", options=WITH_OTHER), "en", ["else"], other="typed")
    assert (other.other_field, other.other_value, other.points[3].checked) == ("q.other", "typed", True)
    text = KINDS["text"].show(ask("text", placeholder={"en": "Write"}), "en", ["too long?"])
    assert (text.value, text.max_length, text.placeholder) == ("too long?", 2000, "Write")
    assert KINDS["email"].show(ask("email"), "en").autocomplete == "email"


def test_options_are_shuffled_the_same_for_the_same_person() -> None:
    options = tuple(Option(f"o{n}", {"en": str(n)}) for n in range(6))
    question = ask("choice", options=options, shuffle=Shuffle.ALL_BUT_LAST)

    def order(seed: str) -> list[str]:
        return [point.value for point in KINDS["choice"].show(question, "en", seed=seed).points]

    assert order("one") == order("one")
    assert len({tuple(order(str(n))) for n in range(20)}) > 10
    assert all(order(str(n))[-1] == "o5" for n in range(20))
    assert order("") == [option.key for option in options]


@pytest.mark.parametrize("name", KINDS)
@given(raw=st.lists(st.text(), max_size=4), other=st.text())
def test_whatever_a_form_sends_is_an_answer_or_a_problem(name: str, raw: list[str], other: str) -> None:
    question = EXAMPLES[name]
    checked = KINDS[name].check(question, raw, other)
    assert checked.ok or all(problem.code.startswith("answer.") for problem in checked.problems)
    shown = KINDS[name].show(question, "en", raw, other)
    assert shown.key == "q"
    if checked.ok:
        sent, words = KINDS[name].raw(checked.answer)
        assert KINDS[name].check(question, sent, words).answer == checked.answer
        for value in checked.answer.values:
            assert value.number is None or value.number in KINDS[name].domain(question)


def test_many_numbers_add_up() -> None:
    tallies = [Tally("", 10, 5), Tally("", 8, 3), Tally("", 0, 2), Tally("", 99, 7)]
    summary = KINDS["nps"].sum_up(ask("nps"), tallies)
    assert (summary.n, summary.nps, summary.mean) == (10, 30, 7.4)
    assert summary.score == pytest.approx(74)
    assert [bar.n for bar in summary.bars] == [2, 0, 0, 0, 0, 0, 0, 0, 3, 0, 5]
    faces = KINDS["faces"].sum_up(ask("faces"), [Tally("", 5, 1), Tally("", 4, 1), Tally("", 1, 2)])
    assert (faces.top, faces.nps, faces.mean) == (0.5, None, 2.75)


@pytest.mark.parametrize(("promoters", "detractors", "n", "nps"), [(1, 0, 3, 33), (2, 0, 3, 67), (0, 1, 8, -12)])
def test_nps_is_rounded_half_up(promoters: int, detractors: int, n: int, nps: int) -> None:
    tallies = [Tally("", 9, promoters), Tally("", 6, detractors), Tally("", 7, n - promoters - detractors)]
    assert KINDS["nps"].sum_up(ask("nps"), tallies).nps == nps


def test_many_choices_add_up_per_person() -> None:
    tallies = [Tally("a", None, 3), Tally("b", None, 1), Tally("gone", None, 9)]
    summary = KINDS["choices"].sum_up(ask("choices"), tallies, answered=3)
    assert (summary.n, [bar.n for bar in summary.bars], summary.bars[0].share) == (3, [3, 1, 0], 1.0)
    single = KINDS["choice"].sum_up(ask("choice"), tallies)
    assert (single.n, single.score) == (4, 85.0)
    assert KINDS["text"].sum_up(ask("text"), [Tally("", None, 4)]).n == 4


@pytest.mark.parametrize("name", KINDS)
def test_nothing_adds_up_to_nothing(name: str) -> None:
    summary = KINDS[name].sum_up(EXAMPLES[name], [])
    assert (summary.n, summary.mean, summary.score, summary.nps) == (0, None, None, None)
    assert all(bar.share == 0 for bar in summary.bars)


def test_an_answer_is_told_as_a_plain_value() -> None:
    def plain(question: Question, *raw: str) -> object:
        kind: Kind = kind_of(question)
        return kind.plain(kind.check(question, raw).answer)

    assert plain(ask("stars"), "3") == 3
    assert plain(ask("yesno"), "yes") == "yes"
    assert plain(ask("choices"), "b", "a") == ["a", "b"]
    assert plain(ask("text"), "hello") == "hello"
    assert plain(ask("text")) is None
