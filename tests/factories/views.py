"""Hand-made views of survey pages, from the shipped templates, for tests of how pages are drawn."""

from dataclasses import replace

from feedback.i18n.negotiation import direction
from feedback.i18n.text import pick
from feedback.paths import SURVEY_TEMPLATES
from feedback.rendering import Reader
from feedback.responses.view import LanguageView, PointView, QuestionView, SiteView, SurveyView, Text
from feedback.sites.theme import theme_of
from feedback.surveys.definition import Question, SurveyDefinition
from feedback.surveys.kinds import Point, kind_of
from feedback.surveys.parsing import parse_yaml

NAMES = {
    "en": "English",
    "sw": "Kiswahili",
    "ne": "नेपाली",
    "fa": "فارسی",
    "mn": "Монгол",
    "hy": "Հայերեն",
}
COMPANIES = {
    "en": "Harbour Books",
    "sw": "Duka la Bahari",
    "ne": "हिमाल पसल",
    "fa": "فروشگاه آفتاب",
    "mn": "Тэнгэр Дэлгүүр",
    "hy": "Արարատ խանութ",
}
EXTRA = """
slug: extra
languages: [en]
score: stars
title: {en: Our shop}
questions:
- {key: stars, kind: stars, points: 5, required: true, text: {en: How was the delivery?},
   low: {en: Poor}, high: {en: Excellent}}
- {key: many, kind: stars, points: 10, text: {en: And the packaging?}}
- {key: three, kind: faces, points: 3, text: {en: Are you well?}, labels: [{en: No}, {en: So so}, {en: Yes}]}
- {key: address, kind: email, required: true, text: {en: Where can we write to?},
   hint: {en: Only about this. No advertising.}}
"""


def definition(slug: str) -> SurveyDefinition:
    """A shipped survey template, or ``extra`` with the kinds that none of them uses."""
    if slug == "extra":
        return parse_yaml(EXTRA)
    return parse_yaml((SURVEY_TEMPLATES / f"{slug}.yaml").read_text(encoding="utf-8"))


def text(texts: dict[str, str], language: str) -> Text:
    """A localized text as a view has it."""
    string, really = pick(texts, language)
    return Text(string, really, direction(really))


def site_view(language: str = "en", color: str | None = "#0b6e4f") -> SiteView:
    """A company with a colour of its own."""
    return SiteView(COMPANIES[language], "/privacy/shop", theme_of(color).variables())


def languages(current: str) -> tuple[LanguageView, ...]:
    """All shipped languages."""
    return tuple(LanguageView(tag, name, tag == current) for tag, name in NAMES.items())


def question_view(question: Question, reader: Reader, *raw: str) -> QuestionView:
    """A question as the survey page shows it."""
    shown = kind_of(question).show(question, reader.language, raw)
    ends = shown.kind in ("nps", "ces", "stars")

    def label(point: Point) -> Text:
        if ends and point.number is not None:
            return Text(reader.formats.digits(str(point.number)), reader.language, reader.direction)
        return Text(point.label, pick(question.text, reader.language)[1])

    spread = {3: 2, 5: 1}.get(len(shown.points), 1)
    points = tuple(
        PointView(
            point.value,
            label(point),
            point.checked,
            1 + place * spread if shown.kind == "faces" else None,
            point.other,
        )
        for place, point in enumerate(shown.points)
    )
    return QuestionView(
        key=shown.key,
        kind=shown.kind,
        text=text(dict(question.text), reader.language),
        hint=text(dict(question.hint), reader.language) if shown.hint else None,
        required=shown.required,
        points=points,
        low=text(dict(question.low), reader.language) if question.low else None,
        high=text(dict(question.high), reader.language) if question.high else None,
        value=shown.value,
        other_value=shown.other_value,
        other_name=shown.other_field,
        max_length=shown.max_length,
        placeholder=shown.placeholder,
        autocomplete=shown.autocomplete,
    )


def survey_view(slug: str, reader: Reader, *keys: str, chosen: dict[str, str] | None = None) -> SurveyView:
    """A screen of a shipped survey with these questions (all of them without any)."""
    survey = definition(slug)
    questions = [question for question in survey.questions if not keys or question.key in keys]
    shown = [
        question_view(question, reader, *filter(None, [(chosen or {}).get(question.key)])) for question in questions
    ]
    return SurveyView(
        site=site_view(reader.language),
        title=text(dict(survey.title), reader.language),
        intro=text(dict(survey.intro), reader.language) if survey.intro else None,
        action="/s/token",
        questions=tuple(shown),
        hidden=(("fb_token", "a-form-token"), ("fb_step", "1")),
        languages=languages(reader.language),
        step=1,
        steps=1,
        can_go_back=False,
        is_last=True,
        privacy=Text(
            reader.gettext(
                "Your answer is read by %(site)s and used only to improve the service.",
                site=COMPANIES[reader.language],
            ),
            reader.language,
            reader.direction,
        ),
        answering_for="a•••@e•••.org",
        not_me_url="/s/token/not-me",
    )


def refused(view: SurveyView, key: str, problem: str) -> SurveyView:
    """The same screen after one answer was refused."""
    return replace(
        view,
        questions=tuple(
            replace(question, problems=(problem,)) if question.key == key else question for question in view.questions
        ),
    )
