"""Posters with a QR code, per place and survey: the form, the sheet to print, the same as a drawing."""

from dataclasses import dataclass, replace

import segno
from flask import Response, abort, g, request
from wtforms.fields import SelectChoice

from feedback.actors import Role
from feedback.i18n.negotiation import OWN_NAMES, direction, language_of
from feedback.i18n.text import N_, LocalizedText, pick
from feedback.rendering import current_reader, reading_as
from feedback.responses.console.blueprint import pages
from feedback.responses.console.forms import PosterForm
from feedback.responses.console.kiosks import svg_of
from feedback.responses.places import place_of
from feedback.responses.posters import Paper, Saying, address_in_letters, address_of, layout
from feedback.responses.queries.open import OpenSurvey, open_surveys
from feedback.sites.queries import site_by_id
from feedback.surveys.definition import SurveyDefinition
from feedback.surveys.kinds import MOODS, kind_of
from feedback.web.guard import current_site, staff_only
from feedback.web.templating import page
from feedback.web.transaction import reading, settings

SCAN = N_("Point your phone’s camera at the code, or open this address:")


@dataclass(frozen=True, slots=True)
class Poster:
    """A poster that was asked for."""

    site: str
    slug: str
    place: str | None
    paper: Paper
    sayings: tuple[Saying, ...]
    address: str
    in_letters: str
    #: The faces of the question, where it is answered by some.
    moods: tuple[int, ...]


@pages.get("/posters/")
@staff_only(Role.AGENT)
def posters(site: str) -> Response:
    """What is on it, and where to get it."""
    sent = "paper" in request.args
    form = PosterForm(formdata=request.args if sent else None, data={"survey": request.args.get("survey")})
    surveys = _offer(form, sent=sent)
    made = _made(form, surveys) if sent and form.validate() else None
    return page(
        "console/responses/posters.html",
        422 if form.errors else 200,
        form=form,
        there=bool(surveys),
        poster=made,
        asked=form.asked() if made else {},
    )


@pages.get("/posters/sheet")
@staff_only(Role.AGENT)
def poster_sheet(site: str) -> Response:
    """The poster as a page to print, or to keep as a PDF, with the browser."""
    poster, asked = _asked()
    return page("console/responses/poster_sheet.html", poster=poster, asked=asked)


@pages.get("/posters/poster.svg")
@staff_only(Role.AGENT)
def poster_svg(site: str) -> Response:
    """The poster as a drawing, for whoever lays out something larger."""
    poster, _ = _asked()
    code = segno.make(poster.address, error="m", micro=False)
    response = page(
        "console/responses/poster.svg",
        poster=poster,
        sheet=layout(poster.paper, poster.site, poster.sayings, poster.place, poster.in_letters, poster.moods),
        size=poster.paper.size,
        modules=code.symbol_size(border=4)[0],
        path=_squares(code),
    )
    response.mimetype = "image/svg+xml"
    response.headers["Content-Disposition"] = f'attachment; filename="{poster.slug}-{poster.paper.value}.svg"'
    return response


@pages.get("/posters/qr.svg")
@staff_only(Role.AGENT)
def poster_qr(site: str) -> Response:
    """Only the code."""
    return svg_of(_asked()[0].address)


def _asked() -> tuple[Poster, dict[str, object]]:
    """The poster that the address names; 404 for one that can't be made."""
    form = PosterForm(formdata=request.args)
    surveys = _offer(form, sent=True)
    if not form.validate():
        abort(404)
    return _made(form, surveys), form.asked()


def _offer(form: PosterForm, *, sent: bool) -> tuple[OpenSurvey, ...]:
    surveys, tag = open_surveys(reading(), g.site_id), current_reader().tag
    here = site_by_id(reading(), g.site_id)
    spoken = list(dict.fromkeys(map(language_of, here.languages or [here.locale])))
    form.offer(
        [SelectChoice(one.slug, pick(one.definition.title, tag)[0]) for one in surveys],
        [SelectChoice(one, OWN_NAMES[one]) for one in spoken],
    )
    if not sent:
        form.language.data = spoken
    return surveys


def _made(form: PosterForm, surveys: tuple[OpenSurvey, ...]) -> Poster:
    survey = next(one for one in surveys if one.slug == form.survey.data)
    place, key, public_url = place_of(form.place.data), current_site().key, settings().public_url
    return Poster(
        current_site().name,
        survey.slug,
        place,
        Paper(form.paper.data or Paper.A4),
        tuple(_saying(survey.definition.title, language) for language in form.language.data or ()),
        address_of(public_url, key, survey.slug, place),
        address_in_letters(public_url, key, survey.slug, place),
        _moods(survey.definition),
    )


def _moods(definition: SurveyDefinition) -> tuple[int, ...]:
    scored = definition.scored
    if scored is None or scored.kind != "faces":
        return ()
    return MOODS[len(kind_of(scored).domain(scored))]


def _saying(title: LocalizedText, language: str) -> Saying:
    heading, spoken = pick(title, language)
    with reading_as(replace(current_reader(), tag=language)) as reader:
        return Saying(spoken, direction(spoken), heading, reader.gettext(SCAN))


def _squares(code: segno.QRCode) -> str:
    """The dark squares of a code as one path, a unit each."""
    return "".join(
        f"M{x} {y}h1v1h-1z" for y, row in enumerate(code.matrix_iter(border=4)) for x, dark in enumerate(row) if dark
    )
