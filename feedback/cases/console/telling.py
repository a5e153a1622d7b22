"""A case as its page tells it: sentences in the reader's language beside the customer's own words; no HTML."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from babel.numbers import get_currency_precision

from feedback.cases import activity
from feedback.cases.console.timeline import Event, events_of, sentence
from feedback.cases.queries import CaseDetail, CaseHead
from feedback.cases.queries.detail import CustomerView, ResponseView
from feedback.cases.queries.timeline import PromiseView
from feedback.cases.routing import Reason
from feedback.cases.states import State
from feedback.i18n.negotiation import OWN_NAMES
from feedback.i18n.text import pick
from feedback.rendering import current_reader
from feedback.surveys.answers import from_rows
from feedback.surveys.definition import Role, SurveyDefinition
from feedback.surveys.document import from_stored
from feedback.surveys.telling import Told, Wording, tell

SOON = timedelta(hours=2)


@dataclass(frozen=True, slots=True)
class Answered:
    """One response with everything that was said in it."""

    response: ResponseView
    survey: Wording
    told: tuple[Told, ...]

    @property
    def words(self) -> tuple[Told, ...]:
        """Answers in the customer's own words."""
        return tuple(one for one in self.told if one.kind == "text" and one.role is not Role.NAME and one.words)

    @property
    def rest(self) -> tuple[Told, ...]:
        """Every other answer."""
        words = self.words
        return tuple(one for one in self.told if one not in words)


@dataclass(frozen=True, slots=True)
class Shown:
    """Everything that the page of a case shows."""

    head: CaseHead
    customer: CustomerView | None
    value: str
    how: str
    on_case: tuple[Answered, ...]
    others: tuple[Answered, ...]
    earlier: tuple[CaseHead, ...]
    promises: tuple[PromiseView, ...]
    events: tuple[Event, ...]
    has_older: bool
    rule: str
    reasons: tuple[str, ...]

    @property
    def our_turn(self) -> bool:
        """Whether the customer has written since somebody last came back to them."""
        return has_replied(self.head.state, self.head.customer_at, self.head.replied_at)

    @property
    def open_promises(self) -> tuple[PromiseView, ...]:
        """What a person promised and still can keep."""
        return tuple(one for one in self.promises if one.is_open and not one.is_first_answer)

    @property
    def contact(self) -> str:
        """Whether the customer may be written to: yes, no or not_asked; the newest answer counts."""
        return self.on_case[0].response.contact if self.on_case else "not_asked"


def has_replied(state: str, customer_at: datetime | None, replied_at: datetime | None) -> bool:
    """Whether it is our turn: the customer has written, and nobody has come back to them since."""
    return state != State.RESOLVED and customer_at is not None and (replied_at is None or customer_at > replied_at)


def shown_case(detail: CaseDetail, now: datetime) -> Shown:
    """A case for the reader of this request."""
    definitions = {key: from_stored(plain) for key, plain in detail.definitions.items()}
    head, customer = detail.head, detail.customer
    currency = customer.currency if customer else None
    asked = [definitions[one.version_id] for one in detail.on_case if one.version_id in definitions]
    money = customer.value_minor if customer else None
    return Shown(
        head=head,
        customer=customer,
        value="" if money is None else amount(money, currency),
        how=_how(head, now),
        on_case=tuple(_answered(one, definitions.get(one.version_id)) for one in detail.on_case),
        others=tuple(_answered(one, definitions.get(one.version_id)) for one in detail.other_responses),
        earlier=detail.earlier,
        promises=detail.promises,
        events=events_of(detail.activity, head.hand_offs),
        has_older=detail.has_older,
        rule=current_reader().gettext(head.rule_name) if head.rule_name else "",
        reasons=tuple(because(one, asked, currency) for one in head.reasons),
    )


def because(reason: Reason, asked: list[SurveyDefinition], currency: str | None = None) -> str:
    """A condition that was met, as words."""
    reader = current_reader()
    params: dict[str, Any] = dict(reason.params)
    if reason.code == "language":
        params["language"] = OWN_NAMES.get(str(params.get("language")).partition("-")[0], params.get("language"))
    if reason.code == "value_at_least":
        params = {name: amount(int(value), currency) for name, value in params.items()}
    for definition in asked:
        question = definition.question(str(params.get("question", "")))
        if reason.code == "answer" and question is not None:
            option = question.option(str(params.get("option", "")))
            params["question"] = pick(question.text, reader.tag)[0]
            params["option"] = pick(option.text, reader.tag)[0] if option else params.get("option")
            break
        if reason.code == "survey" and definition.slug == params.get("survey"):
            params["survey"] = pick(definition.title, reader.tag)[0]
            break
    return sentence(activity.REASONS.get(reason.code, reason.code), params)


def amount(minor: int, currency: str | None) -> str:
    """Money for people, from minor units."""
    formats = current_reader().formats
    if not currency:
        return formats.number(minor)
    places = get_currency_precision(currency)
    whole = minor % 10**places == 0
    return f"{formats.number(minor / 10**places, 0 if whole else places)} {currency}"


def _how(head: CaseHead, now: datetime) -> str:
    if head.state == State.RESOLVED:
        return ""
    if head.due_at < now:
        return "late"
    return "soon" if head.due_at < now + SOON else ""


def _answered(response: ResponseView, definition: SurveyDefinition | None) -> Answered:
    reader = current_reader()
    answers = from_rows((one.question, one.option, one.number, one.text) for one in response.answers)
    if definition is None:
        return Answered(response, Wording(response.survey, ""), ())
    title = Wording(*pick(definition.title, reader.tag))
    return Answered(response, title, tell(definition, answers, reader.tag, response.locale))
