"""Rule: kinds that are options to choose from: yesno, choice and choices."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, ClassVar

from feedback.i18n.text import N_, pick
from feedback.surveys.answers import Answer, Value
from feedback.surveys.definition import Question, Role
from feedback.surveys.kinds.base import (
    SHORT_TEXT,
    Bar,
    Checked,
    Flaw,
    Kind,
    Point,
    Shown,
    Summary,
    Tally,
    empty,
    in_order,
    other_field,
    refused,
    taken,
    tidy,
)

YES, NO = "yes", "no"


class Chosen(Kind):
    """One or several options with stable keys; what yesno, choice and choices have in common."""

    operators = frozenset({"is", "in", "not"})
    several: ClassVar[bool] = False

    def flaws(self, question: Question) -> Iterator[Flaw]:
        if len(question.options) < 2:
            yield Flaw("options", "options", N_("Give at least two options."), {})
        seen: set[str] = set()
        for place, option in enumerate(question.options):
            if option.key in seen:
                message = N_("“%(key)s” is given twice.")
                yield Flaw(f"options[{place}].key", "duplicate_option", message, {"key": option.key})
            seen.add(option.key)
        others = [place for place, option in enumerate(question.options) if option.other]
        for place in others[1:]:
            yield Flaw(f"options[{place}].other", "two_others", N_("Only one option can be “other”."), {})

    def domain(self, question: Question) -> tuple[str | int, ...]:
        return tuple(option.key for option in question.options)

    def check(self, question: Question, raw: Sequence[str], other: str = "") -> Checked:
        chosen = dict.fromkeys(self.read(question, raw))
        words = tidy(other[: 10 * SHORT_TEXT], lines=False) if question.other else ""
        if question.other is not None and words and (self.several or not chosen):
            chosen[question.other.key] = None
        if not chosen:
            return empty(question)
        if (not self.several and len(chosen) > 1) or any(question.option(key) is None for key in chosen):
            return refused(question, "unknown", N_("Please choose one of the answers shown."))
        if question.other is not None and question.other.key in chosen and len(words) > SHORT_TEXT:
            return refused(question, "long", N_("Too long: at most %(max)s characters."), max=SHORT_TEXT)
        if question.least is not None and len(chosen) < question.least:
            return refused(question, "few", N_("Please choose at least %(min)s."), min=question.least)
        if question.most is not None and len(chosen) > question.most:
            return refused(question, "many", N_("Please choose at most %(max)s."), max=question.most)
        ordered = (option for option in question.options if option.key in chosen)
        return taken(
            question,
            *(Value(option.key, text=words or None if option.other else None) for option in ordered),
        )

    def show(
        self, question: Question, language: str, raw: Sequence[str] = (), other: str = "", seed: str = ""
    ) -> Shown:
        chosen = set(self.read(question, raw))
        points = tuple(
            Point(option.key, pick(option.text, language)[0], None, option.key in chosen, option.other)
            for option in in_order(question, seed)
        )
        return Shown(
            template=self.template,
            kind=self.name,
            key=question.key,
            text=pick(question.text, language)[0],
            hint=pick(question.hint, language)[0],
            required=question.required,
            points=points,
            other_field=other_field(question) if question.other else "",
            other_value=other,
            max_length=SHORT_TEXT if question.other else None,
        )

    def score(self, question: Question, answer: Answer) -> int | None:
        if not self.scores or not answer.options:
            return None
        option = question.option(answer.options[0])
        return None if option is None else self.worth(option.key, option.score)

    def worth(self, key: str, own: int | None) -> int | None:
        """The score of an option, from its key and its own score."""
        return own

    def sum_up(self, question: Question, tallies: Iterable[Tally], answered: int | None = None) -> Summary:
        counts = {option.key: 0 for option in question.options}
        for tally in tallies:
            if tally.option in counts:
                counts[tally.option] += tally.n
        total = sum(counts.values())
        n = total if answered is None else answered
        bars = tuple(
            Bar(option.key, None, option.text, counts[option.key], counts[option.key] / n if n else 0.0)
            for option in question.options
        )
        worths = {option.key: self.worth(option.key, option.score) for option in question.options}
        scored = [(worth, counts[key]) for key, worth in worths.items() if worth is not None]
        judged = sum(count for _, count in scored)
        score = sum(worth * count for worth, count in scored) / judged if self.scores and judged else None
        return Summary(self.name, n, bars, score=score)


class YesNo(Chosen):
    """Yes or no in the words of the question; worth 100 and 0 unless the options say otherwise."""

    name = "yesno"
    fields = frozenset({"options"})
    roles = frozenset({Role.CONTACT, Role.ALTERNATIVE})
    scores = True

    def flaws(self, question: Question) -> Iterator[Flaw]:
        yield from super().flaws(question)
        if len(question.options) >= 2 and {option.key for option in question.options} != {YES, NO}:
            yield Flaw("options", "yes_no", N_("The options of a yes/no question are “yes” and “no”."), {})
        if question.other is not None:
            yield Flaw("options", "yes_no_other", N_("A yes/no question has no “other”."), {})

    def worth(self, key: str, own: int | None) -> int | None:
        if own is not None:
            return own
        return 100 if key == YES else 0


class Choice(Chosen):
    """One of several options."""

    name = "choice"
    fields = frozenset({"options", "shuffle"})
    roles = frozenset({Role.REASON, Role.TOPIC, Role.ALTERNATIVE, Role.OUTCOME})
    scores = True


class Choices(Chosen):
    """Any number of options, one row for each."""

    name = "choices"
    fields = frozenset({"options", "shuffle", "min", "max"})
    roles = frozenset({Role.REASON, Role.TOPIC})
    several = True

    def flaws(self, question: Question) -> Iterator[Flaw]:
        yield from super().flaws(question)
        least, most, count = question.least, question.most, len(question.options)
        for name, value in (("min", least), ("max", most)):
            if value is not None and not 1 <= value <= max(count, 1):
                message = N_("This must be between 1 and the number of options.")
                yield Flaw(name, "selection", message, {})
        if least is not None and most is not None and least > most:
            yield Flaw("min", "selection", N_("“min” can't be more than “max”."), {})

    def plain(self, answer: Answer) -> Any:
        return list(answer.options)
