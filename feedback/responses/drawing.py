"""Turns surveys, answers and outcomes into what the templates of public pages show; routes are pages'."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from flask import Response, url_for
from sqlalchemy.orm import Session

from feedback.errors import NotFound
from feedback.i18n.formats import Formats
from feedback.i18n.negotiation import OWN_NAMES, direction
from feedback.i18n.text import N_, isolate_for, mask_address, pick
from feedback.rendering import Reader, current_reader
from feedback.responses.filling import Filled, Raw
from feedback.responses.queries import AskedSurvey, Door, asked_of_anybody
from feedback.responses.view import (
    LanguageView,
    NoticeView,
    PointView,
    QuestionView,
    SiteView,
    SurveyView,
    Text,
)
from feedback.responses.ways import Frame
from feedback.sites.spam import spam_guard_from
from feedback.sites.theme import theme_of
from feedback.surveys.branching import steps
from feedback.surveys.definition import Question, Shuffle
from feedback.surveys.kinds import MOODS, Point, kind_of
from feedback.web.templating import hole, page, page_for_many

#: Hidden fields that say the same in everybody's form.
_ALIKE = frozenset({"fb_step", "fb_lang", "fb_identity"})
#: The survey by which anybody can write to a site.
MESSAGE = "message"


def site_view(asked: AskedSurvey) -> SiteView:
    """The company that asks."""
    return view_of_site(asked.site_name, asked.site_key, asked.theme)


def view_of_site(name: str, key: str, theme: Mapping[str, Any]) -> SiteView:
    """What a public page says of its site."""
    color = theme.get("color")
    variables = theme_of(color if isinstance(color, str) else None).variables()
    return SiteView(name, url_for("responses.privacy", site=key, lang=current_reader().language), variables)


def languages_view(offered: Sequence[str]) -> tuple[LanguageView, ...]:
    """The languages on offer, each in its own name."""
    now = current_reader().language
    return tuple(LanguageView(tag, OWN_NAMES[tag], tag == now) for tag in offered)


@dataclass(frozen=True, slots=True)
class Screen:
    """One screen to draw: its questions, the values to show in them, and where it stands among the others."""

    filled: Filled
    questions: tuple[Question, ...]
    shown: Raw
    hidden: tuple[tuple[str, str], ...]
    can_go_back: bool = False
    notice: tuple[str, str] | None = None
    with_problems: bool = False
    seed: str = ""
    trap: str = ""
    status: int = 200
    refused: bool = False

    @property
    def is_as_for_everybody(self) -> bool:
        """Whether nothing on it is this customer's own: no value, no message, no order of their own."""
        return (
            self.status == 200
            and self.notice is None
            and not self.with_problems
            and all(
                question.shuffle is Shuffle.NO
                and not self.shown.get(question.key)
                and not self.shown.get(f"{question.key}.other")
                for question in self.questions
            )
        )


def draw(door: Door, screen: Screen, *, offered: Sequence[str], action: str, not_me: str | None) -> Response:
    """One screen of the survey, whichever door it is asked at."""
    asked, definition = door.asked, screen.filled.definition
    reader = current_reader()
    all_steps = steps(definition, screen.filled.answers)
    keys = [group[0].key for group in all_steps]
    first = screen.questions[0].key
    step = keys.index(first) + 1 if first in keys else 1
    last = screen.questions[-1]
    view = SurveyView(
        site=site_view(asked),
        title=localized(definition.title, reader, asked),
        intro=localized(definition.intro, reader, asked) if definition.intro and step == 1 else None,
        action=action,
        questions=tuple(question_view(question, screen, reader, asked) for question in screen.questions),
        hidden=screen.hidden,
        languages=languages_view(offered),
        step=step,
        steps=max(len(all_steps), step),
        can_go_back=screen.can_go_back,
        is_last=screen.filled.on_one_page or screen.filled.after(last.key) is None,
        privacy=privacy_line(asked, reader),
        answering_for=mask_address(door.customer.email) if door.customer and door.customer.email else None,
        not_me_url=not_me,
        notice=screen.notice,
        frame=door.frame,
        refused=screen.refused,
        trap=screen.trap,
        challenge=_challenge(door),
    )
    if screen.is_as_for_everybody:
        return _from_mould(view, reader)
    return page("public/survey.html", screen.status, view=view)


def _challenge(door: Door) -> str:
    """Where a stranger's browser gets the sum that the site asks of it; nothing where it asks for none."""
    wanted = door.link_id is None and spam_guard_from(door.asked.spam).proof_of_work
    return url_for("responses.challenge", site=door.asked.site_key) if wanted else ""


def _from_mould(view: SurveyView, reader: Reader) -> Response:
    """The same page for everybody who has answered nothing on it yet, but for whose form it is."""
    values: list[str] = []

    def own(value: str) -> str:
        values.append(value)
        return hole(len(values) - 1)

    masked = view.answering_for
    blank = replace(
        view,
        action=own(view.action),
        hidden=tuple((name, value if name in _ALIKE else own(value)) for name, value in view.hidden),
        answering_for=own(isolate_for(reader.language, masked)) if masked else None,
        not_me_url=own(view.not_me_url) if view.not_me_url else None,
        frame=_blank_frame(view.frame, own),
        trap=own(view.trap) if view.trap else "",
    )
    return page_for_many("public/survey.html", blank, values, view=blank)


def _blank_frame(frame: Frame | None, own: Callable[[str], str]) -> Frame | None:
    return Frame(own(frame.host) if frame.host else "", frame.mode, scheme=frame.scheme) if frame else None


def privacy_line(asked: AskedSurvey, reader: Reader) -> Text:
    """What is said before "Send": the site's own words, or the standard ones."""
    if asked.privacy_notice and any(asked.privacy_notice.values()):
        own = localized(asked.privacy_notice, reader, asked)
        return Text(own.text.split("\n\n")[0], own.language, own.direction)
    text = reader.gettext(
        N_("Your answer is read by %(site)s and used only to improve the service."), site=asked.site_name
    )
    return Text(text, reader.language, reader.direction)


def localized(text: dict[str, str], reader: Reader, asked: AskedSurvey) -> Text:
    """A text of the survey or site, and the language it is really in."""
    string, language = pick(text, reader.tag, asked.site_locale)
    return Text(string, language, direction(language))


def question_view(question: Question, screen: Screen, reader: Reader, asked: AskedSurvey) -> QuestionView:
    """One question as a template draws it, in the reader's language."""
    text = localized(question.text, reader, asked)
    raw = screen.shown.get(question.key, [])
    other = screen.shown.get(f"{question.key}.other", [])
    shown = kind_of(question).show(question, text.language, raw, other[0] if other else "", screen.seed)

    def said(string: str) -> Text:
        return Text(string, text.language, text.direction)

    problems = screen.filled.problems_of((question.key,)) if screen.with_problems else ()
    return QuestionView(
        key=question.key,
        kind=shown.kind,
        text=text,
        hint=said(shown.hint) if shown.hint else None,
        required=shown.required,
        points=_points(shown.kind, shown.points, reader.formats, text),
        low=said(shown.low) if shown.low else None,
        high=said(shown.high) if shown.high else None,
        value=shown.value,
        other_value=shown.other_value,
        other_name=shown.other_field,
        max_length=shown.max_length,
        placeholder=shown.placeholder,
        autocomplete=shown.autocomplete,
        problems=tuple(reader.say(problem) for problem in problems),
    )


def _points(kind: str, points: tuple[Point, ...], formats: Formats, text: Text) -> tuple[PointView, ...]:
    moods = MOODS.get(len(points), ()) if kind == "faces" else ()
    drawn = []
    for place, point in enumerate(points):
        label = point.label
        if point.number is not None and kind != "faces":
            label = formats.number(point.number)
        drawn.append(
            PointView(
                value=point.value,
                label=Text(label, text.language, text.direction),
                chosen=point.checked,
                mood=moods[place] if moods else None,
                takes_text=point.other,
            )
        )
    return tuple(drawn)


def message_form(session: Session, asked: AskedSurvey, frame: Frame | None = None) -> str | None:
    """The path at which somebody can write to the site, if it has a form for that and this isn't it."""
    if asked.slug == MESSAGE:
        return None
    try:
        found = asked_of_anybody(session, asked.site_key, MESSAGE)
    except NotFound:
        return None
    if found.version_id is None:
        return None
    if frame is not None:
        return url_for("responses.framed", site=asked.site_key, slug=MESSAGE) + frame.carried
    return url_for("responses.message", site=asked.site_key, lang=current_reader().language)


def draw_notice(
    asked: AskedSurvey | None,
    heading: str,
    body: str,
    *,
    status: int = 200,
    offered: Sequence[str] = (),
    next_step: tuple[str, str] | None = None,
    button: tuple[str, str, tuple[tuple[str, str], ...]] | None = None,
    frame: Frame | None = None,
    lost: str | None = None,
) -> Response:
    """A page that says one thing; heading, body and labels are marked texts. ``lost`` is the key of the site whose
    reader may have their link mailed again.
    """
    reader = current_reader()
    view = NoticeView(
        site=site_view(asked) if asked else None,
        heading=reader.gettext(heading),
        body=reader.gettext(body),
        languages=languages_view(offered),
        next_step=(reader.gettext(next_step[0]), next_step[1]) if next_step else None,
        button=(reader.gettext(button[0]), button[1], button[2]) if button else None,
        frame=frame,
        failed=status >= 400,
        lost_url=url_for("preferences.lost", site=lost, lang=reader.language) if lost else "",
    )
    return page("public/notice.html", status, view=view)
