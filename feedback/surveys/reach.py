"""Rule: which questions nobody can ever be asked: conditions look forwards, in circles, or contradict."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from feedback.surveys.definition import All, AnyOf, Condition, Question, SurveyDefinition, Test, tests_of
from feedback.surveys.kinds import kind_of

#: Beyond this many ways to reach a question the search gives up and takes it as reachable.
MAX_WAYS = 400

Operand = str | int


@dataclass(frozen=True, slots=True)
class _Wish:
    """What one way of reaching a question asks of an earlier answer."""

    blank: bool = True
    given: bool = True
    wanted: tuple[frozenset[Operand], ...] = ()
    barred: frozenset[Operand] = frozenset()

    def meet(self, other: "_Wish") -> "_Wish":
        return _Wish(
            self.blank and other.blank,
            self.given and other.given,
            (*self.wanted, *other.wanted),
            self.barred | other.barred,
        )


class _TooMany(Exception):
    """The number of ways exploded."""


_Way = Mapping[str, _Wish]


def backward_only(definition: SurveyDefinition) -> Iterator[tuple[int, str, str]]:
    """(place, question asked about, "loop", "later" or "unknown") of each test that looks the wrong way."""
    places = {question.key: place for place, question in enumerate(definition.questions)}
    asks = {q.key: {test.question for test in tests_of(q.show_if)} for q in definition.questions}
    for place, question in enumerate(definition.questions):
        for asked in dict.fromkeys(test.question for test in tests_of(question.show_if)):
            if asked not in places:
                yield place, asked, "unknown"
            elif places[asked] >= place:
                yield place, asked, "loop" if question.key in _reached(asks, asked) else "later"


def _reached(asks: Mapping[str, set[str]], start: str) -> set[str]:
    found = {start}
    waiting = [start]
    while waiting:
        new = asks.get(waiting.pop(), set()) - found
        found |= new
        waiting.extend(new)
    return found


def unreachable(definition: SurveyDefinition) -> tuple[int, ...]:
    """Places of the questions that no combination of answers leads to; conditions must look backwards."""
    search = _Search(definition)
    return tuple(
        place
        for place, question in enumerate(definition.questions)
        if question.show_if is not None and not search.can_be_seen(question)
    )


class _Search:
    """Ways to see each question: alternatives of what they ask of earlier answers; kept per question."""

    def __init__(self, definition: SurveyDefinition) -> None:
        self.questions = {question.key: question for question in definition.questions}
        self.known: dict[tuple[str, bool], list[_Way]] = {}

    def can_be_seen(self, question: Question) -> bool:
        try:
            return bool(self.seen(question.key, True))
        except _TooMany:
            return True

    def seen(self, key: str, whether: bool) -> list[_Way]:
        """The ways in which a question is seen, or is not."""
        if (key, whether) not in self.known:
            condition = self.questions[key].show_if
            if condition is None:
                self.known[key, whether] = [{}] if whether else []
            else:
                self.known[key, whether] = self.ways(condition, whether)
        return self.known[key, whether]

    def ways(self, condition: Condition, whether: bool) -> list[_Way]:
        """The ways in which a condition holds, or doesn't."""
        match condition:
            case Test():
                return self.of_test(condition) if whether else self.against(condition)
            case All(parts) | AnyOf(parts):
                together = isinstance(condition, All) == whether
                found = [self.ways(part, whether) for part in parts]
                return self.product(found) if together else self.few([way for ways in found for way in ways])

    def of_test(self, test: Test) -> list[_Way]:
        question = self.questions[test.question]
        if test.answered is False:
            hidden = self.seen(question.key, False)
            return self.few([*hidden, *self.wishing(question, _Wish(given=False))])
        domain = kind_of(question).domain(question)
        wanted = tuple(frozenset(part) for part in _asked_for(test, domain))
        barred = frozenset() if test.not_ is None else frozenset([test.not_])
        return self.wishing(question, _Wish(blank=False, wanted=wanted, barred=barred))

    def against(self, test: Test) -> list[_Way]:
        """Hidden, left empty, or answered so that one of the operators fails."""
        question = self.questions[test.question]
        if test.answered is False:
            return self.wishing(question, _Wish(blank=False))
        domain = kind_of(question).domain(question)
        found = [*self.seen(question.key, False), *self.wishing(question, _Wish(given=False))]
        for part in _asked_for(test, domain):
            found += self.wishing(question, _Wish(blank=False, barred=frozenset(part)))
        if test.not_ is not None:
            found += self.wishing(question, _Wish(blank=False, wanted=(frozenset([test.not_]),)))
        return self.few(found)

    def wishing(self, question: Question, wish: _Wish) -> list[_Way]:
        """The question is seen and its answer is as wished."""
        if question.required:
            wish = replace(wish, blank=False)
        return self.product([self.seen(question.key, True), [{question.key: wish}]])

    def product(self, found: list[list[_Way]]) -> list[_Way]:
        result: list[_Way] = [{}]
        for ways in found:
            if len(result) * len(ways) > MAX_WAYS * 10:
                raise _TooMany
            both = (self.both(one, two) for one in result for two in ways)
            result = self.few([way for way in both if way is not None])
        return result

    def both(self, one: _Way, two: _Way) -> _Way | None:
        merged = dict(one)
        for key, wish in two.items():
            merged[key] = merged[key].meet(wish) if key in merged else wish
        return merged if all(self.possible(key, merged[key]) for key in two) else None

    def possible(self, key: str, wish: _Wish) -> bool:
        if wish.blank or not wish.given:
            return wish.blank
        question = self.questions[key]
        kind = kind_of(question)
        domain = frozenset(kind.domain(question))
        if not domain:
            return True
        left = domain - wish.barred
        if kind.name == "choices":
            return bool(left) and all(part & left for part in wish.wanted)
        for part in wish.wanted:
            left &= part
        return bool(left)

    def few(self, ways: list[_Way]) -> list[_Way]:
        if len(ways) > MAX_WAYS:
            raise _TooMany
        return ways


def _asked_for(test: Test, domain: tuple[Operand, ...]) -> Iterator[list[Operand]]:
    """For each operator that names what it wants: the values that fulfil it."""
    if test.is_ is not None:
        yield [test.is_]
    if test.in_:
        yield list(test.in_)
    numbers = [value for value in domain if isinstance(value, int)]
    if test.at_least is not None:
        yield [value for value in numbers if value >= test.at_least]
    if test.at_most is not None:
        yield [value for value in numbers if value <= test.at_most]
