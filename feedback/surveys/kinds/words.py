"""Rule: kinds that are written: text and email."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, ClassVar

from email_validator import EmailNotValidError, validate_email

from feedback.i18n.text import N_, pick, strip_bidi
from feedback.surveys.answers import Answer, Value
from feedback.surveys.definition import Question, Role
from feedback.surveys.kinds.base import Checked, Flaw, Kind, Shown, Summary, Tally, refused, taken, tidy

#: Unless the definition says less, and at most.
USUAL_LENGTH = 2000
LONGEST = 10_000
LONGEST_ADDRESS = 254


class Written(Kind):
    """Something typed; what text and email have in common."""

    autocomplete: ClassVar[str] = ""

    def read(self, question: Question, raw: Sequence[str]) -> tuple[str, ...]:
        return tuple(raw[:1])

    def limit(self, question: Question) -> int:
        """How many code points fit."""
        return question.max_length or USUAL_LENGTH

    def show(
        self, question: Question, language: str, raw: Sequence[str] = (), other: str = "", seed: str = ""
    ) -> Shown:
        return Shown(
            template=self.template,
            kind=self.name,
            key=question.key,
            text=pick(question.text, language)[0],
            hint=pick(question.hint, language)[0],
            required=question.required,
            value=raw[0] if raw else "",
            placeholder=pick(question.placeholder, language)[0],
            max_length=self.limit(question),
            autocomplete="name" if question.role is Role.NAME else self.autocomplete,
        )

    def raw(self, answer: Answer) -> tuple[tuple[str, ...], str]:
        return ((answer.text,) if answer.text else ()), ""

    def plain(self, answer: Answer) -> Any:
        return answer.text or None

    def sum_up(self, question: Question, tallies: Iterable[Tally], answered: int | None = None) -> Summary:
        return Summary(self.name, sum(tally.n for tally in tallies) if answered is None else answered)


class Text(Written):
    """Free words, counted in code points."""

    name = "text"
    fields = frozenset({"max_length", "placeholder"})
    roles = frozenset({Role.COMMENT, Role.NAME})

    def flaws(self, question: Question) -> Iterator[Flaw]:
        if question.max_length is not None and not 1 <= question.max_length <= LONGEST:
            message = N_("This must be between %(min)s and %(max)s.")
            yield Flaw("max_length", "range", message, {"min": 1, "max": LONGEST})

    def check(self, question: Question, raw: Sequence[str], other: str = "") -> Checked:
        name = question.role is Role.NAME
        words = tidy(raw[0][: 4 * LONGEST], lines=not name) if raw else ""
        if name:
            words = strip_bidi(words).strip()
        if not words:
            if question.required:
                return refused(question, "required", N_("Please write something here."))
            return Checked(Answer(question.key))
        if len(words) > self.limit(question):
            message = N_("Too long: at most %(max)s characters.")
            return refused(question, "long", message, max=self.limit(question))
        return taken(question, Value(text=words))


class Email(Written):
    """An email address; whether it exists is not looked up."""

    name = "email"
    fields = frozenset({"placeholder"})
    roles = frozenset({Role.EMAIL})
    autocomplete = "email"

    def limit(self, question: Question) -> int:
        return LONGEST_ADDRESS

    def check(self, question: Question, raw: Sequence[str], other: str = "") -> Checked:
        typed = tidy(raw[0][: 4 * LONGEST_ADDRESS], lines=False) if raw else ""
        if not typed:
            if question.required:
                return refused(question, "required", N_("Please write something here."))
            return Checked(Answer(question.key))
        try:
            address = validate_email(typed, check_deliverability=False).normalized
        except EmailNotValidError:
            return refused(question, "email", N_("Please check the email address."))
        return taken(question, Value(text=address))
