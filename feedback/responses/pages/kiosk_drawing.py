"""Draws feedback screens: the question, the reason, the thanks, in every language of the site at once."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from flask import Response, url_for
from markupsafe import Markup

from feedback.i18n.negotiation import fullest_tag, lookup
from feedback.rendering import current_reader, environment, reading_as
from feedback.responses.drawing import Screen, languages_view, localized, privacy_line, question_view, site_view
from feedback.responses.filling import Filled, fill
from feedback.responses.pages.arrival import languages_of, read_in
from feedback.responses.pages.kiosk_arrival import Arrived
from feedback.responses.pages.visit import Visit
from feedback.responses.screens import asked_first, paths
from feedback.responses.view import PointView, QuestionView
from feedback.surveys.definition import LOW_SCORE, Question, SurveyDefinition
from feedback.web.security import public_policy
from feedback.web.templating import page

#: After so many seconds without a touch the screen is ready for the next person; thanks go sooner.
IDLE, THANKED = 10, 5
#: A screen without scripts looks so often whether the survey has changed, in seconds.
_LOOK_AGAIN = 3600


@dataclass(frozen=True, slots=True)
class Way:
    """One answer to touch, and the screens that follow it: the question why, if any, and which thanks."""

    point: PointView
    reason: str
    thanks: str


@dataclass(frozen=True, slots=True)
class Piece:
    """A screen in one language, ready to be put into the page by its script."""

    name: str
    language: str
    html: Markup


def read_at_screen(arrived: Arrived, definition: SurveyDefinition, wish: str | None = None) -> tuple[str, ...]:
    """Speak the site's own language, whatever the tablet does, unless another was touched; those on offer."""
    return read_in(arrived.asked, definition, _home(arrived, languages_of(arrived.asked, definition)), wish)


def draw_asking(arrived: Arrived, visit: Visit, offered: Sequence[str], *, status: int = 200) -> Response:
    """The screen as it waits for somebody, with all that may follow in all languages."""
    live = _asking(arrived, visit, offered)
    here, home = current_reader().language, _home(arrived, offered)
    back_after = _LOOK_AGAIN if here == home else IDLE
    pieces = list(_pieces(arrived, visit, offered))
    return _page(arrived, visit, live, back_after=back_after, pieces=pieces, home=home, status=status)


def draw_reason(arrived: Arrived, visit: Visit, offered: Sequence[str], filled: Filled, question: Question) -> Response:
    """What went wrong, or why, where there is no script."""
    first = asked_first(visit.definition)
    kept = [(first.key, value) for value in filled.raw[first.key]] if first else []
    live = _reason(arrived, visit, question, _hidden(arrived, visit, kept))
    return _page(arrived, visit, live, back_after=IDLE, home=_home(arrived, offered))


def draw_thanks(arrived: Arrived, visit: Visit, offered: Sequence[str], filled: Filled) -> Response:
    """The end, where there is no script."""
    live = _thanks(arrived, visit.definition, filled.score)
    return _page(arrived, visit, live, back_after=THANKED, home=_home(arrived, offered))


def draw_closed(arrived: Arrived) -> Response:
    """A screen whose survey isn't asked: it looks again by itself."""
    read_in(arrived.asked, None, arrived.asked.site_locale)
    live = _drawn("closed", arrived)
    return _page(arrived, None, live, back_after=_LOOK_AGAIN // 12, status=410)


def _page(
    arrived: Arrived,
    visit: Visit | None,
    live: Markup,
    *,
    back_after: int,
    pieces: Sequence[Piece] = (),
    home: str = "",
    status: int = 200,
) -> Response:
    asked = arrived.asked
    response = page(
        "public/kiosk/show.html",
        status,
        site=site_view(asked),
        live=live,
        pieces=pieces,
        # Where nothing is asked, what was tapped before is still sent.
        scripted=bool(pieces) or visit is None,
        home=home,
        version=visit.version_id if visit else 0,
        back_after=back_after,
        start=_start(arrived),
        manifest=url_for("responses.kiosk_manifest", site=asked.site_key, slug=asked.slug, **arrived.address),
        idle=IDLE,
        thanked=THANKED,
    )
    response.headers["Content-Security-Policy"] = f"{public_policy()}; manifest-src 'self'"
    return response


def _pieces(arrived: Arrived, visit: Visit, offered: Sequence[str]) -> Iterator[Piece]:
    """Every screen in every language."""
    definition = visit.definition
    ways = list(paths(definition))
    reasons = {way.reason.key: way.reason for way in ways if way.reason is not None}
    ends = {_end(way.score): way.score for way in ways}
    for language in offered:
        with reading_as(replace(current_reader(), tag=fullest_tag(language, arrived.asked.site_locale))):
            yield Piece("ask", language, _asking(arrived, visit, offered))
            for key, question in reasons.items():
                yield Piece(f"why-{key}", language, _reason(arrived, visit, question, ()))
            for end, score in ends.items():
                yield Piece(f"thanks-{end}", language, _thanks(arrived, definition, score))


def _asking(arrived: Arrived, visit: Visit, offered: Sequence[str]) -> Markup:
    first = asked_first(visit.definition)
    if first is None:
        raise ValueError(visit.definition.slug)
    question = _question(arrived, visit.definition, first)
    led = {way.value: way for way in paths(visit.definition)}
    ways = []
    for point in question.points:
        way = led[point.value]
        ways.append(Way(point, way.reason.key if way.reason else "", _end(way.score)))
    return _drawn(
        "ask",
        arrived,
        question=question,
        ways=ways,
        hidden=_hidden(arrived, visit),
        languages=languages_view(offered),
        privacy=privacy_line(arrived.asked, current_reader()),
    )


def _reason(arrived: Arrived, visit: Visit, question: Question, hidden: Sequence[tuple[str, str]]) -> Markup:
    return _drawn("why", arrived, question=_question(arrived, visit.definition, question), hidden=hidden)


def _thanks(arrived: Arrived, definition: SurveyDefinition, score: int | None) -> Markup:
    text = definition.thanks.for_score(score)
    said = localized(text, current_reader(), arrived.asked) if text else None
    return _drawn("thanks", arrived, text=said, end=_end(score))


def _drawn(name: str, arrived: Arrived, **context: Any) -> Markup:
    html = (
        environment()
        .get_template(f"public/kiosk/_{name}.html")
        .render(
            reader=current_reader(),
            site=site_view(arrived.asked),
            action=url_for("responses.tap", site=arrived.asked.site_key, slug=arrived.asked.slug),
            trusted=arrived.screen.trusted,
            address=arrived.address,
            **context,
        )
    )
    return Markup(html)  # noqa: S704 - drawn by our own template, which escapes


def _question(arrived: Arrived, definition: SurveyDefinition, question: Question) -> QuestionView:
    nothing = Screen(fill(definition, {}), (question,), {}, ())
    return question_view(question, nothing, current_reader(), arrived.asked)


def _hidden(arrived: Arrived, visit: Visit, also: Sequence[tuple[str, str]] = ()) -> tuple[tuple[str, str], ...]:
    own = {"fb_kiosk": arrived.token, "fb_place": arrived.named or ""}
    carried = tuple((name, value) for name, value in own.items() if value)
    return (*visit.hidden(None, current_reader().language, {}), *carried, *also)


def _start(arrived: Arrived) -> str:
    return url_for("responses.kiosk", site=arrived.asked.site_key, slug=arrived.asked.slug, **arrived.address)


def _home(arrived: Arrived, offered: Sequence[str]) -> str:
    """The language that the screen goes back to."""
    return lookup([arrived.asked.site_locale], offered) or offered[0]


def _end(score: int | None) -> str:
    if score is None:
        return "plain"
    return "low" if score <= LOW_SCORE else "high"
