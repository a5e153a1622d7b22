"""The code to copy for one survey in one shape, with the survey beside it as customers see it."""

from dataclasses import dataclass
from typing import Final

from flask import Response, request, url_for

from feedback.actors import Role
from feedback.i18n.negotiation import OWN_NAMES
from feedback.i18n.text import pick
from feedback.rendering import current_reader
from feedback.sites.models import Site
from feedback.sites.theme import DEFAULT, ON_DARK, ON_LIGHT, Theme, contrast, parse, theme_of
from feedback.surveys.definition import Purpose
from feedback.web.guard import current_site, staff_only
from feedback.web.templating import page
from feedback.web.transaction import reading, settings
from feedback.widget.console.blueprint import pages, site_now
from feedback.widget.queries import Offered, offered_surveys
from feedback.widget.snippets import SHAPES, Chosen, Shape, snippet

#: In these nothing of the page's own colours is seen.
_WITHOUT_COLOR: Final = frozenset({Shape.LINK})


@dataclass(frozen=True, slots=True)
class Choice:
    """What somebody chose, made sound: whatever is unknown is as if nothing had been chosen."""

    survey: Offered
    shape: Shape
    language: str | None
    color: str | None


@dataclass(frozen=True, slots=True)
class Tint:
    """A colour on a light and on a dark page, with the contrast of the text on it."""

    wanted: str
    theme: Theme

    @property
    def light(self) -> float:
        """White on it."""
        return contrast(self.theme.color, ON_LIGHT)

    @property
    def dark(self) -> float:
        """Near-black on it."""
        return contrast(self.theme.dark_color, ON_DARK)

    @property
    def is_moved(self) -> bool:
        """Whether it had to be made darker for a light page."""
        return self.theme.color != self.wanted


@pages.get("/")
@staff_only(Role.ADMIN)
def index(site: str) -> Response:
    """A survey, how it comes onto a page, and the code for it."""
    present, offered = site_now(), offered_surveys(reading(), current_site().site_id)
    choice = _choice(offered, present)
    if choice is None:
        return page("console/widget/index.html", surveys=(), choice=None)
    definition = choice.survey.definition
    title, _ = pick(definition.title, choice.language or present.locale)
    made = snippet(
        Chosen(
            base=settings().public_url,
            site=present.key,
            slug=choice.survey.slug,
            title=title,
            shape=choice.shape,
            language=choice.language,
            color=choice.color,
        )
    )
    own = present.theme.get("color") or DEFAULT
    tint = Tint(choice.color or own, theme_of(choice.color or own))
    return page(
        "console/widget/index.html",
        surveys=offered,
        choice=choice,
        shapes=SHAPES,
        languages=[(tag, OWN_NAMES[tag]) for tag in definition.languages if tag in OWN_NAMES],
        own_color=own,
        tint=tint,
        made=made,
        preview=url_for(
            "responses_console.preview",
            slug=choice.survey.slug,
            lang=choice.language or current_reader().language,
            framed=1,
            color=choice.color,
        ),
    )


def _choice(offered: tuple[Offered, ...], present: Site) -> Choice | None:
    """What the address asks for; the message form has a survey of its own, whichever was chosen."""
    if not offered:
        return None
    asked = request.args
    wanted = asked.get("shape", "")
    shape = Shape(wanted) if wanted in set(Shape) else Shape.INLINE
    by_slug = {one.slug: one for one in offered}
    survey = by_slug.get(asked.get("survey", ""), offered[0])
    if shape is Shape.MESSAGE:
        survey = next((one for one in offered if one.definition.purpose is Purpose.MESSAGE), survey)
    language = asked.get("lang", "")
    typed = asked.get("color", "") if asked.get("own_color") else ""
    color = typed.lower() if parse(typed) and len(typed) == 7 else None
    return Choice(
        survey,
        shape,
        language if language in survey.definition.languages else None,
        None if shape in _WITHOUT_COLOR or color == present.theme.get("color") else color,
    )
