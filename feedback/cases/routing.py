"""Rule: which rule of the site an answer meets, what case that makes, why, and whose it is; looks nothing up."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Final

from feedback.cases.states import Kind, Priority
from feedback.i18n.negotiation import canonical
from feedback.i18n.text import N_

HIGH_DUE_MINUTES = 4 * 60
NORMAL_DUE_MINUTES = 8 * 60
# After the first reply: by when staff should have it done. Nobody was promised this.
FOLLOW_THROUGH_MINUTES = 24 * 60
LONGEST_DUE_MINUTES = 60 * 24 * 60
DUE_MINUTES = {
    Priority.HIGH: HIGH_DUE_MINUTES,
    Priority.NORMAL: NORMAL_DUE_MINUTES,
    Priority.LOW: 2 * NORMAL_DUE_MINUTES,
}
#: The survey by which anybody can write to a site.
MESSAGE = "message"
TOUCHPOINTS = ("channel", "place", "agent", "type")
_SCREEN: Final = "kiosk"
_NAMES_SCREENS: Final = frozenset({"channel", "place"})


def primary(language: str) -> str:
    """The primary language of a tag, aliases resolved: ``fa`` of ``fa-AF`` and of ``prs``."""
    return (canonical(language) or language).partition("-")[0].lower()


@dataclass(frozen=True, slots=True)
class RoutingFacts:
    """What is known about an answer when it is routed. ``answers`` are option keys per question.

    ``cancelling``: it was given to end something that is paid for, whatever that survey is called.
    """

    survey: str
    score: int | None = None
    answers: Mapping[str, frozenset[str]] = field(default_factory=dict)
    language: str = "en"
    segment: str | None = None
    value_minor: int | None = None
    touchpoint: Mapping[str, str] = field(default_factory=dict)
    cancelling: bool = False


@dataclass(frozen=True, slots=True)
class Reason:
    """One condition that was met, as a code with its figures; pages make the sentence from it."""

    code: str
    params: Mapping[str, Any] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        """As kept with the case."""
        return {"code": self.code, **self.params}


@dataclass(frozen=True, slots=True)
class Conditions:
    """What must all be true; what is empty or None is not asked for."""

    surveys: tuple[str, ...] = ()
    score_min: int | None = None
    score_max: int | None = None
    answers: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    languages: tuple[str, ...] = ()
    segments: tuple[str, ...] = ()
    value_at_least: int | None = None
    touchpoints: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def may_be_met(self, survey: str, score: int | None, language: str) -> bool:
        """Whether the little that is told with every answer leaves a chance; saves looking up the rest."""
        facts = RoutingFacts(survey, score, language=language)
        return None not in (self._survey(facts), self._score(facts), self._language(facts))

    def met_by(self, facts: RoutingFacts) -> tuple[Reason, ...] | None:
        """The reasons, one per condition, if all are met; None if one is not."""
        reasons: list[Reason] = []
        for found in (
            self._survey(facts),
            self._score(facts),
            self._answers(facts),
            self._language(facts),
            self._segment(facts),
            self._value(facts),
            self._touchpoints(facts),
        ):
            if found is None:
                return None
            reasons.extend(found)
        return tuple(reasons) or (Reason("every_answer"),)

    def _survey(self, facts: RoutingFacts) -> list[Reason] | None:
        if not self.surveys:
            return []
        return [Reason("survey", {"survey": facts.survey})] if facts.survey in self.surveys else None

    def _score(self, facts: RoutingFacts) -> list[Reason] | None:
        if self.score_min is None and self.score_max is None:
            return []
        if facts.score is None:
            return None
        low, high = self.score_min, self.score_max
        if (low is not None and facts.score < low) or (high is not None and facts.score > high):
            return None
        if low is None or (low == 0 and high is not None):
            return [Reason("score_at_most", {"score": facts.score, "limit": high})]
        if high is None or high == 100:
            return [Reason("score_at_least", {"score": facts.score, "limit": low})]
        return [Reason("score_between", {"score": facts.score, "low": low, "high": high})]

    def _answers(self, facts: RoutingFacts) -> list[Reason] | None:
        reasons: list[Reason] = []
        for question, wanted in self.answers.items():
            given = facts.answers.get(question, frozenset())
            chosen = next((option for option in wanted if option in given), None)
            if chosen is None:
                return None
            reasons.append(Reason("answer", {"question": question, "option": chosen}))
        return reasons

    def _language(self, facts: RoutingFacts) -> list[Reason] | None:
        if not self.languages:
            return []
        met = any(_in_range(facts.language, wanted) for wanted in self.languages)
        return [Reason("language", {"language": facts.language})] if met else None

    def _segment(self, facts: RoutingFacts) -> list[Reason] | None:
        if not self.segments:
            return []
        if facts.segment is None or facts.segment.casefold() not in {one.casefold() for one in self.segments}:
            return None
        return [Reason("segment", {"segment": facts.segment})]

    def _value(self, facts: RoutingFacts) -> list[Reason] | None:
        if self.value_at_least is None:
            return []
        if facts.value_minor is None or facts.value_minor < self.value_at_least:
            return None
        return [
            Reason(
                "value_at_least",
                {"value": facts.value_minor, "limit": self.value_at_least},
            )
        ]

    def _touchpoints(self, facts: RoutingFacts) -> list[Reason] | None:
        reasons: list[Reason] = []
        for name, wanted in self.touchpoints.items():
            there = facts.touchpoint.get(name)
            if there is None or there not in wanted:
                return None
            reasons.append(Reason("touchpoint", {"touchpoint": name, "value": there}))
        return reasons


@dataclass(frozen=True, slots=True)
class CaseToOpen:
    """What a rule asks for: the case, its due time in working minutes, and a team's queue (empty is the usual one)."""

    kind: Kind = Kind.LOW_SCORE
    priority: Priority = Priority.NORMAL
    due_minutes: int = NORMAL_DUE_MINUTES
    queue: str = ""


@dataclass(frozen=True, slots=True)
class RuleSpec:
    """One rule of a site; ``id`` is None for a default that isn't stored yet."""

    id: int | None
    name: str
    conditions: Conditions
    outcome: CaseToOpen


@dataclass(frozen=True, slots=True)
class Decision:
    """The rule that was met first, and which facts met it."""

    rule: RuleSpec
    reasons: tuple[Reason, ...]


@dataclass(frozen=True, slots=True)
class Candidate:
    """Somebody who could own a case: how many unresolved ones they have, and what they read."""

    staff_id: int
    open_cases: int
    languages: tuple[str, ...]
    away: bool = False


def decide(facts: RoutingFacts, rules: Iterable[RuleSpec], *, owed: bool = False) -> Decision | None:
    """The first rule of the site, in its order, whose conditions are all met; None: no case.

    ``owed``: they were told that a person will look into it. Somebody does then, whatever rules are left; and
    somebody reads every message. Who taps at a feedback screen has walked on, and nobody can answer them: only a rule
    that names the channel or the place makes a case of it.
    """
    at_screen = facts.touchpoint.get("channel") == _SCREEN
    for rule in rules:
        if at_screen and not _NAMES_SCREENS.intersection(rule.conditions.touchpoints):
            continue
        reasons = rule.conditions.met_by(facts)
        if reasons is not None:
            return Decision(rule, reasons)
    if facts.survey == MESSAGE:
        return Decision(default_rules()[0], ())
    rules = rules_for_cancelling() if facts.cancelling else rules_for_leaving()
    return Decision(rules[-1], ()) if owed else None


def choose_owner(candidates: Iterable[Candidate], language: str) -> int | None:
    """The least-loaded one who is there and reads the customer's language; None: the team's queue.

    Of several with as few cases the one who has been here longest (the lowest id), so that it is always the same.
    """
    wanted = primary(language)
    able = [one for one in candidates if not one.away and any(primary(read) == wanted for read in one.languages)]
    return min(able, key=lambda one: (one.open_cases, one.staff_id)).staff_id if able else None


def default_rules() -> tuple[RuleSpec, ...]:
    """What every site starts with, in order."""
    high = CaseToOpen(Kind.LOW_SCORE, Priority.HIGH, HIGH_DUE_MINUTES)
    normal = CaseToOpen(Kind.LOW_SCORE, Priority.NORMAL, NORMAL_DUE_MINUTES)
    message = CaseToOpen(Kind.MESSAGE, Priority.NORMAL, NORMAL_DUE_MINUTES)
    return (
        RuleSpec(None, N_("Message"), Conditions(surveys=(MESSAGE,)), message),
        RuleSpec(None, N_("Low score"), Conditions(score_min=0, score_max=40), high),
        RuleSpec(None, N_("Middling score"), Conditions(score_min=41, score_max=60), normal),
        *rules_for_leaving(),
        *rules_for_cancelling(),
    )


def rules_for_leaving() -> tuple[RuleSpec, ...]:
    """What comes of the reasons why somebody unsubscribed: nobody waits for it, so nothing of it is urgent."""

    rule = partial(_rule, "unsubscribe")
    low, normal = Priority.LOW, Priority.NORMAL
    return (
        rule(N_("Unsubscribed: another company"), "reason", "competitor", Kind.COMPETITOR, normal, 16),
        rule(N_("Unsubscribed: price"), "reason", "price", Kind.PRICE, normal, 16),
        rule(N_("Unsubscribed: new contact"), "reason", "contact_changed", Kind.ORGANISATION_CHANGE, low, 16),
        rule(N_("Unsubscribed: never asked for it"), "reason", "never_asked", Kind.DATA_QUALITY, normal, 16),
        rule(N_("Unsubscribed: not satisfied"), "reason", "bad_service", Kind.UNSUBSCRIBE, low, 16),
        rule(N_("Unsubscribed: may be contacted"), "contact", "yes", Kind.UNSUBSCRIBE, normal, 8),
    )


def rules_for_cancelling() -> tuple[RuleSpec, ...]:
    """What comes of cancelling: who wants to talk first is promised a person soon, for the rest nobody waits."""

    rule = partial(_rule, "cancel")
    normal = Priority.NORMAL
    return (
        rule(N_("Cancelling: wants to talk first"), "offer", "person", Kind.MESSAGE, Priority.HIGH, 4),
        rule(N_("Cancelling: another company"), "reason", "competitor", Kind.COMPETITOR, normal, 16),
        rule(N_("Cancelling: price"), "reason", "price", Kind.PRICE, normal, 16),
        rule(N_("Cancelling: may be contacted"), "contact", "yes", Kind.MESSAGE, normal, 8),
    )


def _rule(survey: str, name: str, question: str, option: str, kind: Kind, priority: Priority, hours: int) -> RuleSpec:
    asked = Conditions(surveys=(survey,), answers={question: (option,)})
    return RuleSpec(None, name, asked, CaseToOpen(kind, priority, hours * 60))


#: The rules that come with a survey, for sites that are given it later.
RULES_WITH: Final = {"unsubscribe": rules_for_leaving, "cancel": rules_for_cancelling}

#: The sign on a customer that a reason for leaving is; the question and options are those of the shipped survey.
SIGNS_OF_LEAVING: Final = {
    "competitor": "competitor_mentioned",
    "price": "price_question",
    "contact_changed": "contact_changed",
}


def _in_range(tag: str, wanted: str) -> bool:
    """RFC 4647 basic filtering: the range ``fa`` takes ``fa-AF``, the range ``fa-AF`` doesn't take ``fa``."""
    tag, wanted = (canonical(tag) or tag).lower(), (canonical(wanted) or wanted).lower()
    return wanted == "*" or tag == wanted or tag.startswith(wanted + "-")
