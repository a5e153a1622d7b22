"""Rule: the document form of a definition: plain values to store and send, YAML to keep in a repository."""

from collections.abc import Mapping
from typing import Any

import yaml

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
)

Plain = dict[str, Any]


def to_plain(definition: SurveyDefinition) -> Plain:
    """The document of a definition: only what was said, in the order of the documentation."""
    plain: Plain = {"slug": definition.slug}
    if definition.purpose is not Purpose.FEEDBACK:
        plain["purpose"] = definition.purpose.value
    plain["languages"] = list(definition.languages)
    if definition.layout is not Layout.AUTO:
        plain["layout"] = definition.layout.value
    if definition.score:
        plain["score"] = definition.score
    plain["title"] = dict(definition.title)
    if definition.intro:
        plain["intro"] = dict(definition.intro)
    thanks = {name: dict(getattr(definition.thanks, name)) for name in ("high", "low", "plain")}
    if any(thanks.values()):
        plain["thanks"] = {name: text for name, text in thanks.items() if text}
    plain["questions"] = [_question(question) for question in definition.questions]
    return plain


def _question(question: Question) -> Plain:
    plain: Plain = {"key": question.key, "kind": question.kind}
    if question.role is not None:
        plain["role"] = question.role.value
    if question.required:
        plain["required"] = True
    if question.show_if is not None:
        plain["show_if"] = _condition(question.show_if)
    for name, value in (
        ("points", question.points),
        ("shuffle", None if question.shuffle is Shuffle.NO else question.shuffle.value),
        ("min", question.least),
        ("max", question.most),
        ("max_length", question.max_length),
    ):
        if value is not None:
            plain[name] = value
    for name in ("text", "hint", "placeholder", "low", "high"):
        if text := getattr(question, name):
            plain[name] = dict(text)
    if question.labels:
        plain["labels"] = [dict(label) for label in question.labels]
    if question.options:
        plain["options"] = [_option(option) for option in question.options]
    return plain


def _option(option: Option) -> Plain:
    plain: Plain = {"key": option.key}
    if option.score is not None:
        plain["score"] = option.score
    if option.other:
        plain["other"] = True
    if option.alternative is not None:
        plain["alternative"] = option.alternative.value
    if option.offer is not None:
        plain["offer"] = option.offer.value
    plain["text"] = dict(option.text)
    return plain


def _condition(condition: Condition) -> Plain:
    match condition:
        case All(parts):
            return {"all": [_condition(part) for part in parts]}
        case AnyOf(parts):
            return {"any": [_condition(part) for part in parts]}
        case Test():
            said = (
                ("question", condition.question),
                ("is", condition.is_),
                ("in", list(condition.in_) or None),
                ("not", condition.not_),
                ("at_least", condition.at_least),
                ("at_most", condition.at_most),
                ("answered", condition.answered),
            )
            return {name: value for name, value in said if value is not None}


def from_stored(plain: Mapping[str, Any]) -> SurveyDefinition:
    """A definition back from what ``to_plain`` made and a version row keeps.

    It was checked when it was stored, so a later release that checks more still asks what was published.
    """
    thanks = plain.get("thanks", {})
    return SurveyDefinition(
        slug=plain["slug"],
        languages=tuple(plain["languages"]),
        title=plain["title"],
        questions=tuple(_stored_question(question) for question in plain["questions"]),
        purpose=Purpose(plain.get("purpose", Purpose.FEEDBACK)),
        layout=Layout(plain.get("layout", Layout.AUTO)),
        score=plain.get("score"),
        intro=plain.get("intro", {}),
        thanks=Thanks(thanks.get("high", {}), thanks.get("low", {}), thanks.get("plain", {})),
    )


def _stored_question(plain: Mapping[str, Any]) -> Question:
    return Question(
        key=plain["key"],
        kind=plain["kind"],
        text=plain["text"],
        hint=plain.get("hint", {}),
        required=plain.get("required", False),
        role=Role(plain["role"]) if "role" in plain else None,
        show_if=_stored_condition(plain["show_if"]) if "show_if" in plain else None,
        options=tuple(
            Option(
                option["key"],
                option["text"],
                option.get("score"),
                option.get("other", False),
                Alternative(option["alternative"]) if "alternative" in option else None,
                Offer(option["offer"]) if "offer" in option else None,
            )
            for option in plain.get("options", ())
        ),
        shuffle=Shuffle(plain.get("shuffle", Shuffle.NO)),
        points=plain.get("points"),
        labels=tuple(plain.get("labels", ())),
        low=plain.get("low", {}),
        high=plain.get("high", {}),
        least=plain.get("min"),
        most=plain.get("max"),
        max_length=plain.get("max_length"),
        placeholder=plain.get("placeholder", {}),
    )


def _stored_condition(plain: Mapping[str, Any]) -> Condition:
    if "all" in plain:
        return All(tuple(_stored_condition(part) for part in plain["all"]))
    if "any" in plain:
        return AnyOf(tuple(_stored_condition(part) for part in plain["any"]))
    return Test(
        question=plain["question"],
        is_=plain.get("is"),
        in_=tuple(plain.get("in", ())),
        not_=plain.get("not"),
        at_least=plain.get("at_least"),
        at_most=plain.get("at_most"),
        answered=plain.get("answered"),
    )


class _Dumper(yaml.SafeDumper):
    """Writes a list of plain words on one line, everything else below each other."""

    def represent_sequence(self, tag: str, sequence: Any, flow_style: bool | None = None) -> yaml.SequenceNode:
        words = all(isinstance(item, str | int) for item in sequence)
        return super().represent_sequence(tag, sequence, flow_style=words)


def to_yaml(definition: SurveyDefinition) -> str:
    """The definition as YAML text that ``parse_yaml`` reads back to the same; one line per text."""
    text: str = yaml.dump(to_plain(definition), Dumper=_Dumper, allow_unicode=True, sort_keys=False, width=10_000)
    return text
