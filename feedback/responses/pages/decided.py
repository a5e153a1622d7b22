"""What somebody decided who came to cancel, as it is told: what follows, who comes back, and how to change it."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from flask import Response

from feedback import clock
from feedback.i18n.text import N_
from feedback.rendering import current_reader
from feedback.responses.actions import EDIT_WINDOW
from feedback.responses.cancelscreens import Leaving
from feedback.responses.drawing import languages_view, message_form, site_view
from feedback.responses.pages.promising import Told
from feedback.responses.view import LanguageView, SiteView
from feedback.surveys.cancelling import Ending
from feedback.web.locale import set_reader
from feedback.web.templating import page
from feedback.web.transaction import reading

#: What is said of each ending: a heading, and what follows from it.
SAYINGS: Final = {
    Ending.CANCELLED: (
        N_("Your cancellation is recorded"),
        N_("%(site)s will take care of it; you do not need to do anything else."),
    ),
    Ending.PAUSED: (
        N_("Your pause is recorded"),
        N_("%(site)s will take care of it; you do not need to do anything else."),
    ),
    Ending.KEPT: (N_("Nothing is cancelled"), N_("Everything at %(site)s continues as before.")),
}
TOO_LATE: Final = N_("It is too late to change this here. If you want to stay with us, write to us.")


@dataclass(frozen=True, slots=True)
class DecidedView:
    """What was decided. ``by`` and ``case_url`` are shown in the reply to the decision only (L-12)."""

    site: SiteView
    languages: tuple[LanguageView, ...]
    heading: str
    body: str
    action: str
    ending: str
    notice: str = ""
    by: datetime | None = None
    who: str | None = None
    case_url: str = ""
    looked_into: bool = False
    can_go_back: bool = False
    #: Until when a cancellation can be taken back; None: not any more.
    undo_until: datetime | None = None
    message_url: str | None = None


def say_decided(
    leaving: Leaving,
    ending: Ending,
    since: datetime,
    *,
    can_go_back: bool,
    told: Told | None = None,
    looked_into: bool = False,
    late: bool = False,
    just_now: bool = False,
) -> Response:
    """What was decided, how it can be changed, and the way back. ``since``: when something was decided first."""
    door, reader = leaving.door, current_reader()
    if door.customer is not None and door.customer.time_zone:  # a promise is read on the customer's own clock
        reader = replace(reader, time_zone=door.customer.time_zone)
        set_reader(reader)
    heading, body = SAYINGS[ending]
    until = since + EDIT_WINDOW
    view = DecidedView(
        site=site_view(door.asked),
        languages=() if just_now else languages_view(leaving.offered),
        heading=reader.gettext(heading),
        body=reader.gettext(body, site=door.asked.site_name),
        action=leaving.action,
        ending=ending.value,
        notice=reader.gettext(TOO_LATE) if late else "",
        by=told.promised.by if told else None,
        who=told.promised.who if told else None,
        case_url=told.url if told else "",
        looked_into=looked_into and told is None,
        can_go_back=can_go_back,
        undo_until=until if ending is not Ending.KEPT and clock.now() < until else None,
        message_url=message_form(reading(), door.asked),
    )
    return page("public/cancel/decided.html", view=view)
