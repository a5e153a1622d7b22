"""Pages for links that lead nowhere: broken, expired, revoked, closed, answered, disowned; each says what to do."""

from flask import Response

from feedback.errors import NotFound
from feedback.i18n.text import N_
from feedback.rendering import current_reader
from feedback.responses.drawing import draw_notice, message_form
from feedback.responses.pages.arrival import Expired, read_in
from feedback.responses.queries import AskedSurvey, Door, asked_of_site
from feedback.responses.ways import Frame
from feedback.sites.queries import only_site
from feedback.web.documents import told
from feedback.web.errors import problem_reply, wants_json
from feedback.web.transaction import reading

#: Label, where it posts to, hidden fields.
Button = tuple[str, str, tuple[tuple[str, str], ...]]
WRITE_TO_US = N_("Write to us")
#: code → status, heading, what to do, and whether the message form is offered.
SAYINGS: dict[str, tuple[int, str, str, bool]] = {
    "link-wrong": (
        404,
        N_("This link does not work"),
        N_("Copy the whole address from the email, up to its last letter, and open it again."),
        False,
    ),
    "link-expired": (
        410,
        N_("This link has expired"),
        N_("You can still tell us what you think."),
        True,
    ),
    "link-revoked": (
        410,
        N_("This link no longer works"),
        N_("If there is something you want to tell us, write to us."),
        True,
    ),
    "survey-closed": (
        410,
        N_("This survey is closed"),
        N_("If there is something you want to tell us, write to us."),
        True,
    ),
    "survey-by-link": (
        410,
        N_("You need a personal link for this page"),
        N_("Open it from one of our emails. To stop our emails, use the link at the bottom of any of them."),
        True,
    ),
    "survey-unknown": (
        404,
        N_("There is no page at this address"),
        N_("This page asks for a survey that is not available. You have not lost anything."),
        False,
    ),
    "identity-required": (
        401,
        N_("Only signed-in customers can answer here"),
        N_("Sign in to your customer account and answer there, or open the link in one of our emails."),
        False,
    ),
    "already-answered": (
        200,
        N_("You have already answered, thank you"),
        N_("If you want to add something, write to us."),
        True,
    ),
    "link-asked-for": (
        200,
        N_("If we know this address, an email is on its way."),
        N_("It contains the link to your case. Check your spam folder too."),
        False,
    ),
    "disowned": (
        200,
        N_("Thank you for telling us that this was not you"),
        N_("The answer no longer counts. If you want to tell us something yourself, write to us."),
        True,
    ),
    "erased": (
        200,
        N_("Nothing more will be sent"),
        N_("We have deleted what we knew about you."),
        False,
    ),
}
#: Whoever sees these may have their link mailed to them again.
_LOST = frozenset({"link-wrong", "link-expired", "link-revoked", "survey-by-link"})


def lead_nowhere(error: NotFound, frame: Frame | None = None) -> Response:
    """The page for a token that opens nothing; an expired one may say so, everything else looks alike."""
    if not isinstance(error, Expired):
        return _say("link-wrong", None, frame=frame)
    try:
        asked = asked_of_site(reading(), error.site_id)
    except NotFound:
        return _say("link-wrong", None, frame=frame)
    return notice("link-expired", Door(asked, locale=error.locale, frame=frame))


def not_here(frame: Frame) -> Response:
    """The page for a survey that there isn't, inside somebody else's page."""
    return _say("survey-unknown", None, frame=frame)


def notice(code: str, door: Door, button: Button | None = None) -> Response:
    """One of the sayings above, in the language of whoever holds the link."""
    offered = read_in(door.asked, None, door.locale)
    return _say(code, door.asked, offered, button, door.frame)


def _say(
    code: str,
    asked: AskedSurvey | None,
    offered: tuple[str, ...] = (),
    button: Button | None = None,
    frame: Frame | None = None,
) -> Response:
    status, heading, body, with_form = SAYINGS[code]
    if wants_json():
        if code == "erased":  # the link is right, and there is nothing to be done about it
            return told("already", code)
        reader = current_reader()
        return problem_reply(
            status if status >= 400 else 410, reader.gettext(heading), code=code, detail=reader.gettext(body)
        )
    address = message_form(reading(), asked, frame) if asked and with_form else None
    lost = None
    if frame is None and code in _LOST:
        alone = None if asked else only_site(reading())
        lost = asked.site_key if asked else alone.key if alone else None
    return draw_notice(
        asked,
        heading,
        body,
        status=status,
        offered=offered,
        next_step=(WRITE_TO_US, address) if address else None,
        button=button,
        frame=frame,
        lost=lost,
    )
