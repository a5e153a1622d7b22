"""Rule: a survey document (YAML or plain values) becomes a definition, or all that is wrong with it."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from feedback.errors import Invalid, Problem
from feedback.i18n.text import N_
from feedback.surveys.cancelling import flaws
from feedback.surveys.definition import (
    All,
    Alternative,
    AnyOf,
    Condition,
    Layout,
    Offer,
    Option,
    Purpose,
    Question,
    Role,
    Shuffle,
    SurveyDefinition,
    Test,
    Thanks,
    tests_of,
)
from feedback.surveys.kinds import KINDS, kind_of
from feedback.surveys.reach import backward_only, unreachable
from feedback.surveys.reading import Reader
from feedback.surveys.source import Node, from_plain, read_yaml

MAX_QUESTIONS = 50
MAX_OPTIONS = 50
MAX_PARTS = 20
#: Longest texts, in code points.
TITLE, INTRO, THANKS, QUESTION, HINT, LABEL = 200, 1000, 500, 500, 500, 200

_TOP = ("slug", "purpose", "languages", "title", "intro", "thanks", "layout", "score", "questions")
_COMMON = ("key", "kind", "text", "hint", "required", "role", "show_if")
_SPECIAL = (
    "points",
    "labels",
    "low",
    "high",
    "options",
    "shuffle",
    "min",
    "max",
    "max_length",
    "placeholder",
)
_OPERATORS = ("is", "in", "not", "at_least", "at_most", "answered")


def parse_yaml(text: str | bytes) -> SurveyDefinition:
    """Read a survey from YAML text. Raises Invalid with every problem, each with its path and line."""
    return _parse(*read_yaml(text))


def parse_plain(document: Any) -> SurveyDefinition:
    """Read a survey from plain values, as the API gets them. Raises Invalid with paths, without lines."""
    return _parse(*from_plain(document))


def _parse(node: Node | None, problems: tuple[Problem, ...]) -> SurveyDefinition:
    if node is None:
        raise Invalid(problems)
    reader = Reader()
    definition = _survey(reader, node)
    if reader.problems:
        raise Invalid(sorted(reader.problems, key=lambda problem: problem.params.get("line", 0)))
    return definition


def _survey(reader: Reader, node: Node) -> SurveyDefinition:
    entries = reader.mapping(node, _TOP, ("slug", "languages", "title", "questions"))
    thanks = Thanks()
    if "thanks" in entries:
        said = reader.mapping(entries["thanks"], ("high", "low", "plain"))
        thanks = Thanks(**{name: reader.text(child, THANKS) for name, child in said.items()})
    listed = entries.get("questions")
    before = len(reader.problems)
    questions = reader.items(listed, lambda child: _question(reader, child), 1, MAX_QUESTIONS)
    sound = len(reader.problems) == before
    definition = SurveyDefinition(
        slug=reader.slug(entries.get("slug")) or "",
        languages=reader.languages(entries.get("languages")),
        title=reader.text(entries.get("title"), TITLE),
        questions=questions,
        purpose=reader.word(entries.get("purpose"), Purpose) or Purpose.FEEDBACK,
        layout=reader.word(entries.get("layout"), Layout) or Layout.AUTO,
        score=reader.key(entries.get("score"), reserved=True),
        intro=reader.text(entries.get("intro"), INTRO),
        thanks=thanks,
    )
    if sound and listed is not None and isinstance(listed.value, tuple):
        _check_together(reader, definition, listed.value, entries.get("score"))
        for path, code, message in flaws(definition):
            reader.wrong(_inside(node, path), code, message)
    return definition


def _question(reader: Reader, node: Node) -> Question | None:
    entries = reader.mapping(node, (*_COMMON, *_SPECIAL), ("key", "kind", "text"))
    name = reader.string(entries.get("kind"))
    kind = KINDS.get(name or "")
    if kind is None:
        if name is not None:
            message = N_("This must be one of: %(allowed)s.")
            reader.wrong(entries["kind"], "kind", message, allowed=", ".join(KINDS))
        return None
    for special in _SPECIAL:
        if special in entries and special not in kind.fields:
            message = N_("“%(key)s” means nothing for a question of the kind “%(kind)s”.")
            reader.wrong(entries[special], "field_of_kind", message, key=special, kind=kind.name)
    before = len(reader.problems)
    question = Question(
        key=reader.key(entries.get("key"), reserved=True) or "",
        kind=kind.name,
        text=reader.text(entries.get("text"), QUESTION),
        hint=reader.text(entries.get("hint"), HINT),
        required=reader.flag(entries.get("required")) or False,
        role=reader.word(entries.get("role"), Role),
        show_if=_condition(reader, entries["show_if"]) if "show_if" in entries else None,
        options=reader.items(entries.get("options"), lambda child: _option(reader, child), 2, MAX_OPTIONS),
        shuffle=reader.word(entries.get("shuffle"), Shuffle) or Shuffle.NO,
        points=reader.number(entries.get("points")),
        labels=reader.items(entries.get("labels"), lambda child: reader.text(child, LABEL), 1, 10),
        low=reader.text(entries.get("low"), LABEL),
        high=reader.text(entries.get("high"), LABEL),
        least=reader.number(entries.get("min")),
        most=reader.number(entries.get("max")),
        max_length=reader.number(entries.get("max_length")),
        placeholder=reader.text(entries.get("placeholder"), LABEL),
    )
    if len(reader.problems) == before:
        _check_kind(reader, node, question)
    return question


def _option(reader: Reader, node: Node) -> Option:
    entries = reader.mapping(node, ("key", "text", "score", "other", "alternative", "offer"), ("key", "text"))
    return Option(
        key=reader.key(entries.get("key"), reserved=False) or "",
        text=reader.text(entries.get("text"), LABEL),
        score=reader.number(entries.get("score"), 0, 100),
        other=reader.flag(entries.get("other")) or False,
        alternative=reader.word(entries.get("alternative"), Alternative),
        offer=reader.word(entries.get("offer"), Offer),
    )


def _check_kind(reader: Reader, node: Node, question: Question) -> None:
    kind = kind_of(question)
    for flaw in kind.flaws(question):
        reader.wrong(_inside(node, flaw.at), flaw.code, flaw.message, **flaw.params)
    if question.role is not None and question.role not in kind.roles:
        message = N_("The role “%(role)s” does not fit a question of the kind “%(kind)s”.")
        reader.wrong(_inside(node, "role"), "role", message, role=question.role.value, kind=kind.name)
    for place, option in enumerate(question.options):
        if option.score is not None and not kind.scores:
            message = N_("“%(key)s” means nothing for a question of the kind “%(kind)s”.")
            where = _inside(node, f"options[{place}].score")
            reader.wrong(where, "field_of_kind", message, key="score", kind=kind.name)


def _condition(reader: Reader, node: Node) -> Condition | None:
    if isinstance(node.value, dict):
        for name in ("all", "any"):
            if name in node.value:
                listed = reader.mapping(node, (name,))[name]
                parts: tuple[Condition, ...] = reader.items(
                    listed, lambda child: _condition(reader, child), 1, MAX_PARTS
                )
                return All(parts) if name == "all" else AnyOf(parts)
    return _test(reader, node)


def _test(reader: Reader, node: Node) -> Test | None:
    entries = reader.mapping(node, ("question", *_OPERATORS), ("question",))
    question = reader.key(entries.get("question"), reserved=False)
    if question is None:
        return None
    test = Test(
        question=question,
        is_=_operand(reader, entries.get("is")),
        in_=reader.items(entries.get("in"), lambda child: _operand(reader, child), 1, MAX_OPTIONS),
        not_=_operand(reader, entries.get("not")),
        at_least=reader.number(entries.get("at_least")),
        at_most=reader.number(entries.get("at_most")),
        answered=reader.flag(entries.get("answered")),
    )
    if not entries.keys() & set(_OPERATORS):
        message = N_("Say what the answer has to be, with one of: %(allowed)s.")
        reader.wrong(node, "no_operator", message, allowed=", ".join(_OPERATORS))
    if test.answered is False and replace(test, answered=None) != Test(question):
        reader.wrong(node, "answered_alone", N_("“answered: false” can't stand with another comparison."))
    return test


def _operand(reader: Reader, node: Node | None) -> str | int | None:
    if node is None:
        return None
    if isinstance(node.value, str | int) and not isinstance(node.value, bool):
        return node.value
    reader.wrong(node, "type", N_("This must be an option's key or a whole number."))
    return None


def _check_together(reader: Reader, definition: SurveyDefinition, nodes: tuple[Node, ...], score: Node | None) -> None:
    """What can only be seen when all questions are there: keys, roles, the score and the branching."""
    for what, values in (
        ("key", [question.key for question in definition.questions]),
        ("role", [question.role for question in definition.questions]),
    ):
        for place, value in enumerate(values):
            if value is not None and value in values[:place]:
                where = _inside(nodes[place], what)
                reader.wrong(where, f"duplicate_{what}", N_("“%(key)s” is given twice."), key=str(value))
                return
    _check_score(reader, definition, nodes, score)
    wrong_way = list(backward_only(definition))
    for place, asked, why in wrong_way:
        where = _test_node(nodes[place], asked)
        reader.wrong(where, f"condition_{why}", _WRONG_WAY[why], key=asked)
    if wrong_way:
        return
    before = len(reader.problems)
    for place, question in enumerate(definition.questions):
        for test in tests_of(question.show_if):
            _check_test(reader, definition, _test_node(nodes[place], test.question), test)
    if len(reader.problems) > before:
        return
    for place in unreachable(definition):
        message = N_("No answers lead to this question: its conditions contradict each other.")
        reader.wrong(_inside(nodes[place], "show_if"), "unreachable", message)


_WRONG_WAY = {
    "unknown": N_("There is no question “%(key)s”."),
    "later": N_("“%(key)s” is asked later; a condition can only look at earlier questions."),
    "loop": N_("“%(key)s” depends on this question itself: that is a loop."),
}


def _check_score(reader: Reader, definition: SurveyDefinition, nodes: tuple[Node, ...], score: Node | None) -> None:
    if score is None or definition.score is None:
        return
    question = definition.scored
    if question is None:
        reader.wrong(score, "score_unknown", _WRONG_WAY["unknown"], key=definition.score)
        return
    if not kind_of(question).scores:
        message = N_("A question of the kind “%(kind)s” can't give the score.")
        reader.wrong(score, "score_kind", message, kind=question.kind)
        return
    if question.kind == "choice":
        place = definition.questions.index(question)
        for number, option in enumerate(question.options):
            if option.score is None:
                where = _inside(nodes[place], f"options[{number}]")
                reader.wrong(where, "score_option", N_("Each option of the scored question needs a score."))


def _check_test(reader: Reader, definition: SurveyDefinition, where: Node, test: Test) -> None:
    question = definition.question(test.question)
    if question is None:
        return
    kind = kind_of(question)
    domain = kind.domain(question)
    for operator, operands in _operands(test):
        if operator not in kind.operators:
            message = N_("“%(operator)s” can't be asked about “%(key)s”, which is of the kind “%(kind)s”.")
            reader.wrong(where, "operator", message, operator=operator, key=question.key, kind=kind.name)
            continue
        for operand in operands:
            if operand not in domain:
                message = N_("“%(value)s” is not an answer to “%(key)s”.")
                reader.wrong(where, "operand", message, value=str(operand)[:60], key=question.key)


def _operands(test: Test) -> Iterator[tuple[str, tuple[str | int, ...]]]:
    for operator, value in (
        ("is", test.is_),
        ("not", test.not_),
        ("at_least", test.at_least),
        ("at_most", test.at_most),
    ):
        if value is not None:
            yield operator, (value,)
    if test.in_:
        yield "in", test.in_


def _inside(node: Node, path: str) -> Node:
    """The node at a path such as ``options[2].text`` below another one, or the nearest that exists."""
    here = node
    for part in path.replace("[", ".[").split("."):
        if part.startswith("[") and isinstance(here.value, tuple) and int(part[1:-1]) < len(here.value):
            here = here.value[int(part[1:-1])]
        elif isinstance(here.value, dict) and part in here.value:
            here = here.value[part]
    return here


def _test_node(question: Node, asked: str) -> Node:
    """The test inside a question's ``show_if`` that asks about a question: for saying where."""
    waiting = [_inside(question, "show_if")]
    while waiting:
        node = waiting.pop(0)
        if isinstance(node.value, tuple):
            waiting.extend(node.value)
        elif isinstance(node.value, dict):
            named = node.value.get("question")
            if named is not None and named.value == asked:
                return node
            waiting.extend(node.value.values())
    return _inside(question, "show_if")
