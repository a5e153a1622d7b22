"""Rule: what a survey is: typed, frozen, in every language; reading one is parsing's, asking it is kinds'."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TypeAlias

from feedback.i18n.text import LocalizedText

#: Field names of our own forms begin with this, so that no question key can collide with one.
RESERVED_PREFIX = "fb_"

#: A response at or below this score is thanked as one that went wrong (as in the default case rules).
LOW_SCORE = 60


class Layout(StrEnum):
    """How a survey is asked: everything on one page, a question at a time, or whichever is shorter."""

    AUTO = "auto"
    STEPS = "steps"
    PAGE = "page"


class Shuffle(StrEnum):
    """Whether options are shown in another order to each customer."""

    NO = "no"
    ALL = "all"
    ALL_BUT_LAST = "all_but_last"


class Purpose(StrEnum):
    """What a survey is for; cases and journeys treat these differently."""

    FEEDBACK = "feedback"
    MESSAGE = "message"
    NEEDS = "needs"
    RECOVERY = "recovery"
    #: Why somebody no longer wants mails: asked after they were stopped.
    UNSUBSCRIBE = "unsubscribe"
    #: Ending something that is paid for: why, what could be instead, and what was decided.
    CANCEL = "cancel"


#: Asked of somebody in particular, by a link of theirs; open to nobody else.
BY_LINK_ONLY = frozenset({Purpose.RECOVERY, Purpose.UNSUBSCRIBE, Purpose.CANCEL})


class Role(StrEnum):
    """What an answer means to the rest of the program, whatever the question is called."""

    CONTACT = "contact"
    COMMENT = "comment"
    REASON = "reason"
    ALTERNATIVE = "alternative"
    TOPIC = "topic"
    NAME = "name"
    EMAIL = "email"
    OUTCOME = "outcome"


class Alternative(StrEnum):
    """What is offered at once to somebody who leaves for a reason."""

    FEWER = "fewer"
    TOPICS = "topics"
    PAUSE = "pause"
    PERSON = "person"
    ADDRESS = "address"


class Offer(StrEnum):
    """What is offered instead to somebody who cancels for a reason."""

    PAUSE = "pause"
    PERSON = "person"


@dataclass(frozen=True, slots=True)
class Test:
    """A condition on one earlier answer; every operator given must hold.

    A question that was hidden or left empty fulfils ``answered: false`` and nothing else.
    """

    __test__ = False

    question: str
    is_: str | int | None = None
    in_: tuple[str | int, ...] = ()
    not_: str | int | None = None
    at_least: int | None = None
    at_most: int | None = None
    answered: bool | None = None


@dataclass(frozen=True, slots=True)
class All:
    """Every part holds."""

    parts: "tuple[Condition, ...]"


@dataclass(frozen=True, slots=True)
class AnyOf:
    """At least one part holds."""

    parts: "tuple[Condition, ...]"


Condition: TypeAlias = Test | All | AnyOf


@dataclass(frozen=True, slots=True)
class Option:
    """One answer to choose; ``key`` is what is stored and never changes, ``other`` opens a field to write."""

    key: str
    text: LocalizedText
    score: int | None = None
    other: bool = False
    alternative: Alternative | None = None
    offer: Offer | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """One question. Which of the fields below ``shuffle`` mean something depends on the kind.

    ``points`` and ``labels`` (lowest first) belong to faces and stars, ``low`` and ``high`` are the words at
    the ends of a scale, ``least`` and ``most`` say how many options may be chosen, ``max_length`` counts code
    points.
    """

    key: str
    kind: str
    text: LocalizedText
    hint: LocalizedText = field(default_factory=dict)
    required: bool = False
    role: Role | None = None
    show_if: Condition | None = None
    options: tuple[Option, ...] = ()
    shuffle: Shuffle = Shuffle.NO
    points: int | None = None
    labels: tuple[LocalizedText, ...] = ()
    low: LocalizedText = field(default_factory=dict)
    high: LocalizedText = field(default_factory=dict)
    least: int | None = None
    most: int | None = None
    max_length: int | None = None
    placeholder: LocalizedText = field(default_factory=dict)

    @property
    def other(self) -> Option | None:
        """The option that opens a field to write in, if there is one."""
        return next((option for option in self.options if option.other), None)

    def option(self, key: str) -> Option | None:
        """The option with this key."""
        return next((option for option in self.options if option.key == key), None)


@dataclass(frozen=True, slots=True)
class Thanks:
    """What the last page says: after a high score, after a low one, and where no score was asked for."""

    high: LocalizedText = field(default_factory=dict)
    low: LocalizedText = field(default_factory=dict)
    plain: LocalizedText = field(default_factory=dict)

    def for_score(self, score: int | None) -> LocalizedText:
        """The text for a score of 0 to 100; empty where the definition has none."""
        if score is None:
            return self.plain
        return self.low if score <= LOW_SCORE else self.high


@dataclass(frozen=True, slots=True, kw_only=True)
class SurveyDefinition:
    """A survey as it is asked; ``score`` names the question that gives a response its score, 0 to 100."""

    slug: str
    languages: tuple[str, ...]
    title: LocalizedText
    questions: tuple[Question, ...]
    purpose: Purpose = Purpose.FEEDBACK
    layout: Layout = Layout.AUTO
    score: str | None = None
    intro: LocalizedText = field(default_factory=dict)
    thanks: Thanks = field(default_factory=Thanks)

    def question(self, key: str) -> Question | None:
        """The question with this key."""
        return next((question for question in self.questions if question.key == key), None)

    def with_role(self, role: Role) -> Question | None:
        """The first question with this role."""
        return next((question for question in self.questions if question.role is role), None)

    @property
    def scored(self) -> Question | None:
        """The question that gives the score."""
        return self.question(self.score) if self.score else None


def tests_of(condition: Condition | None) -> Iterator[Test]:
    """Every test inside a condition, in order."""
    match condition:
        case Test():
            yield condition
        case All(parts) | AnyOf(parts):
            for part in parts:
                yield from tests_of(part)


def every_text(definition: SurveyDefinition) -> Iterator[tuple[str, LocalizedText]]:
    """Each text that a customer can see, with its path in the document; optional ones only where given."""
    yield "title", definition.title
    optional = {"intro": definition.intro}
    for name in ("high", "low", "plain"):
        optional[f"thanks.{name}"] = getattr(definition.thanks, name)
    yield from ((path, text) for path, text in optional.items() if text)
    for number, question in enumerate(definition.questions):
        start = f"questions[{number}]"
        yield f"{start}.text", question.text
        for name in ("hint", "low", "high", "placeholder"):
            if text := getattr(question, name):
                yield f"{start}.{name}", text
        for place, label in enumerate(question.labels):
            yield f"{start}.labels[{place}]", label
        for place, option in enumerate(question.options):
            yield f"{start}.options[{place}].text", option.text
