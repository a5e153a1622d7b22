"""Rule: kinds that are a number on a scale: faces, stars, nps and ces."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, ClassVar, Final

from feedback.i18n.text import N_, LocalizedText, pick
from feedback.surveys.answers import Answer, Value
from feedback.surveys.definition import Question
from feedback.surveys.kinds.base import (
    Bar,
    Checked,
    Flaw,
    Kind,
    Point,
    Shown,
    Summary,
    Tally,
    empty,
    half_up,
    refused,
    taken,
)


class Scale(Kind):
    """A whole number between two ends; what faces, stars, nps and ces have in common."""

    scores = True
    operators = frozenset({"is", "in", "not", "at_least", "at_most"})
    fields = frozenset({"low", "high"})
    #: How many points a definition may ask for; empty where the kind fixes it.
    choices: ClassVar[range | tuple[int, ...]] = ()

    def ends(self, question: Question) -> tuple[int, int]:
        """The lowest and the highest number."""
        return 1, question.points or 5

    def flaws(self, question: Question) -> Iterator[Flaw]:
        if question.points is not None and question.points not in self.choices:
            message = N_("A question of the kind “%(kind)s” has %(allowed)s points.")
            allowed = _spoken(self.choices)
            yield Flaw("points", "points", message, {"kind": self.name, "allowed": allowed})

    def domain(self, question: Question) -> tuple[str | int, ...]:
        low, high = self.ends(question)
        return tuple(range(low, high + 1))

    def check(self, question: Question, raw: Sequence[str], other: str = "") -> Checked:
        values = self.read(question, raw)
        if not values:
            return empty(question)
        number = _number(values[0])
        if len(values) > 1 or number not in self.domain(question):
            return refused(question, "unknown", N_("Please choose one of the answers shown."))
        return taken(question, Value(number=number))

    def show(
        self, question: Question, language: str, raw: Sequence[str] = (), other: str = "", seed: str = ""
    ) -> Shown:
        low, high = self.ends(question)
        chosen = self.read(question, raw)[:1]
        words = self.words(question)
        points = tuple(
            Point(str(number), pick(words.get(number, {}), language)[0], number, (str(number),) == chosen)
            for number in range(low, high + 1)
        )
        return Shown(
            template=self.template,
            kind=self.name,
            key=question.key,
            text=pick(question.text, language)[0],
            hint=pick(question.hint, language)[0],
            required=question.required,
            points=points,
            low=pick(question.low, language)[0],
            high=pick(question.high, language)[0],
        )

    def words(self, question: Question) -> Mapping[int, LocalizedText]:
        """The words under single points; where there are none, the number is what is read."""
        return {}

    def score(self, question: Question, answer: Answer) -> int | None:
        return None if answer.number is None else half_up(answer.number, *self.ends(question))

    def raw(self, answer: Answer) -> tuple[tuple[str, ...], str]:
        return (() if answer.number is None else (str(answer.number),)), ""

    def plain(self, answer: Answer) -> Any:
        return answer.number

    def sum_up(self, question: Question, tallies: Iterable[Tally], answered: int | None = None) -> Summary:
        low, high = self.ends(question)
        counts = dict.fromkeys(range(low, high + 1), 0)
        for tally in tallies:
            if tally.number in counts:
                counts[tally.number] += tally.n
        n = sum(counts.values())
        names = {low: question.low, high: question.high, **self.words(question)}
        bars = tuple(
            Bar(str(number), number, names.get(number, {}), count, count / n if n else 0.0)
            for number, count in counts.items()
        )
        if not n:
            return Summary(self.name, 0, bars)
        mean = sum(number * count for number, count in counts.items()) / n
        return Summary(
            self.name,
            n,
            bars,
            mean=mean,
            score=(mean - low) / (high - low) * 100,
            nps=self.net(counts, n),
            top=(counts[high] + counts[high - 1]) / n,
        )

    def net(self, counts: Mapping[int, int], n: int) -> int | None:
        """Promoters minus detractors in whole percent, for the one kind that has them."""
        return None


#: Which of the five faces stand for how many points: 1 is the worst, 5 the best.
MOODS: Final[Mapping[int, tuple[int, ...]]] = {3: (1, 3, 5), 5: (1, 2, 3, 4, 5)}


class Faces(Scale):
    """Three or five faces with words under each, which are what a screen reader says: so they are needed."""

    name = "faces"
    fields = frozenset({"points", "labels"})
    choices = (3, 5)

    def flaws(self, question: Question) -> Iterator[Flaw]:
        yield from super().flaws(question)
        wanted = question.points or 5
        if len(question.labels) != wanted:
            message = N_("Give one label for each face, from the lowest to the highest: %(wanted)s in all.")
            yield Flaw("labels", "labels", message, {"wanted": wanted})

    def words(self, question: Question) -> Mapping[int, LocalizedText]:
        return dict(enumerate(question.labels, start=1))


class Stars(Scale):
    """Three to ten stars."""

    name = "stars"
    fields = frozenset({"points", "low", "high"})
    choices = range(3, 11)


class Nps(Scale):
    """Zero to ten: how likely somebody is to recommend us (promoters 9 and 10, detractors 0 to 6)."""

    name = "nps"

    def ends(self, question: Question) -> tuple[int, int]:
        return 0, 10

    def net(self, counts: Mapping[int, int], n: int) -> int | None:
        promoters = counts[9] + counts[10]
        detractors = sum(counts[number] for number in range(7))
        percent = (promoters - detractors) * 100
        return (2 * percent + n) // (2 * n)


class Ces(Scale):
    """One to seven: how much somebody agrees that it was easy; more is better."""

    name = "ces"

    def ends(self, question: Question) -> tuple[int, int]:
        return 1, 7


def _number(value: str) -> int | None:
    """A small whole number written in ASCII digits; nothing else counts as one."""
    return int(value) if value.isascii() and value.isdigit() and len(value) <= 3 else None


def _spoken(choices: range | tuple[int, ...]) -> str:
    return f"{choices[0]}–{choices[-1]}" if isinstance(choices, range) else ", ".join(str(n) for n in choices)
