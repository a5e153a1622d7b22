"""``/embed/<site>/<slug>``: the survey inside somebody else's page; without cookie, storage or script all the same."""

import re
from dataclasses import replace

from flask import Response, request, url_for

from feedback.errors import Invalid, NotFound
from feedback.events import KeptOffPages, gather
from feedback.responses.pages.arrival import link_door, open_door
from feedback.responses.pages.blueprint import pages
from feedback.responses.pages.notices import lead_nowhere, not_here, notice
from feedback.responses.pages.survey import Address, show, take
from feedback.responses.queries import Door
from feedback.responses.ways import Frame, Mode, Way
from feedback.sites.origins import checked_origin, covers
from feedback.sites.queries import origins_at
from feedback.web.locale import asked_for
from feedback.web.security import let_frame
from feedback.web.transaction import reading

_COLOR = re.compile("#?([0-9A-Fa-f]{6})")


@pages.get("/embed/<site>/<slug>")
def framed(site: str, slug: str) -> Response:
    """The survey as the loader's frame shows it, or a plain ``iframe`` of somebody who wants no script."""
    frame = _frame(site)
    try:
        door = _door(site, slug, frame)
    except NotFound as error:
        return lead_nowhere(error, frame) if frame.token else not_here(frame)
    if gather(reading(), KeptOffPages(door.asked.site_id, door.asked.survey_id)):
        return notice("survey-closed", door)  # whoever has its form already can still send that
    return show(door, _address(door))


@pages.post("/embed/<site>/<slug>")
def answer_in_frame(site: str, slug: str) -> Response:
    """A step of it, or all of it; whatever comes of that is told in the frame."""
    frame = _frame(site)
    try:
        door = _door(site, slug, frame)
    except NotFound as error:
        return lead_nowhere(error, frame) if frame.token else not_here(frame)
    return take(door, _address(door))


def _frame(site: str) -> Frame:
    """What the host page asks for, as far as it may. From here on every reply can be framed by the site's pages."""
    allowed = origins_at(reading(), site)
    let_frame(allowed)
    mode = request.args.get("mode")
    return Frame(
        host=_known(allowed, request.args.get("host", "")),
        mode=Mode(mode) if mode in list(Mode) else Mode.INLINE,
        color=_color(request.args.get("color", "")),
        token=asked_for("token") or "",
        scheme=_scheme(request.args.get("scheme", "")),
    )


def _known(allowed: list[str], host: str) -> str:
    """The host page's origin, if the site has registered it; messages go there and nowhere else (E-5)."""
    try:
        origin = checked_origin(host, allow_local=True)
    except Invalid:
        return ""
    return origin if origin == host and "*" not in host and covers(allowed, origin) else ""


def _color(given: str) -> str:
    found = _COLOR.fullmatch(given)
    return found[1].lower() if found else ""


def _scheme(given: str) -> str:
    return " ".join(sorted({"light", "dark"}.intersection(given.split())))


def _door(site: str, slug: str, frame: Frame) -> Door:
    """The survey, of a customer where their link's token is given. Raises NotFound or Expired."""
    if frame.token:
        door, token = link_door(frame.token)
        if (door.asked.site_key, door.asked.slug) != (site, slug):
            raise NotFound(slug)
        frame = replace(frame, token=token)
    else:
        door = open_door(site, slug)
    asked = door.asked
    if frame.color:
        asked = replace(asked, theme={**asked.theme, "color": f"#{frame.color}"})
    return replace(door, asked=asked, way=Way.EMBED, frame=frame)


def _address(door: Door) -> Address:
    frame, asked = door.frame or Frame(), door.asked
    path = url_for("responses.answer_in_frame", site=asked.site_key, slug=asked.slug)
    return Address(path + frame.query, frame.token or None)
