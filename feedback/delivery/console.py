"""Staff's page of mails: what failed, waits, was sent or held back, and sending it after all.

Agents see it: whoever promised an answer must learn that it never arrived. Trying again sends only what was decided
already, to whom it was meant for, after the same rules have been asked again. Sending all that failed is for leads.
"""

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import Blueprint, Response, g, redirect, request, url_for
from werkzeug.wrappers import Response as Reply

from feedback.actors import Role
from feedback.delivery.mails import MAILS
from feedback.delivery.models import MailState
from feedback.delivery.queries import COUNTED, LISTS, MailLine, count_mails, list_mails
from feedback.delivery.recovery import give_up, is_retryable, retry, retry_all
from feedback.delivery.refusals import Trouble, trouble_of
from feedback.errors import Conflict
from feedback.events import CasesNamed, gather
from feedback.i18n.text import N_
from feedback.rendering import current_reader
from feedback.web.guard import current_site, current_staff, staff_only
from feedback.web.notices import notice
from feedback.web.paging import decode_cursor, encode_cursor
from feedback.web.templating import page
from feedback.web.transaction import reading, writing

pages = Blueprint("delivery_console", __name__, url_prefix="/console/<site>/mails")

PAGE = 50
AGAIN = notice("mail-again", N_("It is being sent again now."))
ALL_AGAIN = notice("mails-again", N_("They are being sent again now."))
LEFT = notice("mail-left", N_("It will not be sent."))
MOVED_ON = notice("mail-moved-on", N_("The state of this email has changed in the meantime."))

TABS = {"failed": N_("Failed"), "waiting": N_("Not sent yet"), "sent": N_("Sent"), "held": N_("Held back")}
#: What is shown where a list is empty.
EMPTY = {
    "failed": (N_("All is well"), N_("Every email was delivered, or will be tried again.")),
    "waiting": (N_("Nothing is waiting"), N_("Emails wait here until they are sent, usually only for a moment.")),
    "sent": (N_("Nothing sent yet"), N_("Emails to customers and to the team appear here once they are sent.")),
    "held": (N_("Nothing held back"), N_("Emails that must not go out, or are not needed any more, appear here.")),
}
WRONG = {
    Trouble.UNKNOWN_ADDRESS: N_("This address does not exist or does not accept email. Ask for another one."),
    Trouble.BAD_ADDRESS: N_("Email can’t be sent to this address."),
    Trouble.MAILBOX_FULL: N_("The mailbox is full."),
    Trouble.TOO_BIG: N_("The email is too big for the mailbox."),
    Trouble.LATER: N_("The mail server asks us to come back later."),
    Trouble.POLICY: N_("The mail server’s rules reject it, perhaps as spam."),
    Trouble.SIGN_IN: N_("The mail server does not let us sign in. Tell whoever runs this service."),
    Trouble.REFUSED: N_("The mail server rejects it."),
    Trouble.UNREACHABLE: N_("The mail server can't be reached."),
    Trouble.BROKE_OFF: N_("The mail server stopped answering."),
    Trouble.NOT_SECURE: N_("There is no safe connection to the mail server. Tell whoever runs this service."),
    Trouble.OURS: N_("This program made a mistake. Tell whoever runs this service."),
}
#: Why a mail was held back, by the code that its rule gave.
HELD = {
    "given_up": N_("Somebody decided not to send it."),
    "too_old": N_("It failed a month ago, and nobody sent it again."),
    "disabled": N_("The recipient’s account is disabled."),
    "no_recipient": N_("The person it was for is no longer here."),
    "no_address": N_("There is no email address to write to."),
    "said_no": N_("The customer does not want to be written to about this."),
    "opted_out": N_("The customer has unsubscribed or cancelled, and has not allowed us to contact them about it."),
    "disowned": N_("The person who opened the link says that they are not the customer."),
    "erased": N_("The customer was erased."),
    "suppressed_topic": N_("The recipient has stopped such emails."),
    "suppressed_marketing": N_("The recipient has stopped all emails of this kind."),
    "suppressed_address": N_("Nothing may be sent to this address."),
    "paused": N_("The recipient wants no emails for a while."),
    "too_soon": N_("The recipient wants fewer such emails."),
    "unknown_topic": N_("Its topic is no longer offered."),
    "switched_off": N_("The recipient has switched such emails off."),
}
NOT_NEEDED = N_("It was no longer needed.")
_NAMED = re.compile(r"%\((\w+)\)s")


@dataclass(frozen=True, slots=True)
class Shown:
    """A mail as the list shows it: in words, in the reader's language."""

    row: MailLine
    subject: str
    case: tuple[str, int] | None
    why: str
    raw: str
    at: datetime | None
    can_retry: bool
    can_give_up: bool


@pages.get("/")
@staff_only(Role.AGENT)
def index(site: str) -> Response:
    """Mails of one list, newest first; those that failed unless another list is asked for."""
    session, site_id = reading(), g.site_id
    which = _which()
    before, after = _place("before"), _place("after")
    counts = count_mails(session, site_id)
    found = list(list_mails(session, site_id, which, before=before, after=after, limit=PAGE + 1))
    back = before is None and after is not None
    more = len(found) > PAGE
    lines = (found[-PAGE:] if back else found[:PAGE]) if more else found
    named = frozenset(one.case_id for one in lines if one.case_id is not None)
    cases = {key: (public_id, number) for key, public_id, number in gather(session, CasesNamed(site_id, named))}
    return page(
        "console/delivery/index.html",
        lines=[_shown(one, cases.get(one.case_id or 0)) for one in lines],
        which=which,
        tabs=[(key, text, counts.get(key)) for key, text in TABS.items()],
        counted=COUNTED,
        empty=EMPTY[which],
        may_retry_all=which == "failed" and bool(lines) and current_site().role.covers(Role.LEAD),
        previous=_address(which, after=lines[0].id) if lines and (more if back else before is not None) else None,
        next=_address(which, before=lines[-1].id) if lines and (back or more) else None,
    )


@pages.post("/<public_id>/retry")
@staff_only(Role.AGENT)
def try_again(site: str, public_id: str) -> Reply:
    """Send one mail after all."""
    try:
        with writing() as session:
            retry(session, current_staff().actor, g.site_id, public_id)
    except Conflict:
        return _back(MOVED_ON)
    return _back(AGAIN)


@pages.post("/<public_id>/leave")
@staff_only(Role.AGENT)
def leave(site: str, public_id: str) -> Reply:
    """Don't send it."""
    try:
        with writing() as session:
            give_up(session, current_staff().actor, g.site_id, public_id)
    except Conflict:
        return _back(MOVED_ON)
    return _back(LEFT)


@pages.post("/retry")
@staff_only(Role.LEAD)
def try_all_again(site: str) -> Reply:
    """Send every mail that failed once more."""
    with writing() as session:
        count = retry_all(session, current_staff().actor, g.site_id)
    return _back(ALL_AGAIN if count else MOVED_ON)


def _shown(row: MailLine, case: tuple[str, int] | None) -> Shown:
    reader = current_reader()
    failing = row.last_error is not None and row.state is not MailState.WITHHELD
    why = ""
    if row.state is MailState.WITHHELD:
        why = reader.gettext(HELD.get(row.last_error or "", NOT_NEEDED))
    elif failing:
        why = reader.gettext(WRONG[trouble_of(row.last_error)])
    at = {MailState.SENT: row.sent_at, MailState.QUEUED: row.next_at, MailState.SENDING: row.tried_at}
    return Shown(
        row,
        _subject(row, case),
        case,
        why,
        row.last_error or "" if failing else "",
        at.get(row.state, row.tried_at or row.created_at),
        is_retryable(row.state, keeps_facts=row.keeps_facts, attempts=row.attempts),
        row.state in (MailState.FAILED, MailState.QUEUED),
    )


def _subject(row: MailLine, case: tuple[str, int] | None) -> str:
    """The subject as far as it is known before the mail is made."""
    kind = MAILS.get(row.mail)
    if kind is None:  # of a release that had other mails
        return row.mail
    reader = current_reader()
    known = {"site": current_site().name, "number": reader.formats.digits(str(case[1])) if case else "…"}
    return reader.gettext(kind.subject, **{name: known.get(name, "…") for name in _NAMED.findall(kind.subject)})


def _which() -> str:
    wanted = request.values.get("list", "")
    return wanted if wanted in LISTS else "failed"


def _address(which: str, **place: int) -> str:
    cursor: dict[str, Any] = {name: encode_cursor(key) for name, key in place.items()}
    return url_for(".index", **_named_list(which), **cursor)


def _named_list(which: str) -> dict[str, Any]:
    return {} if which == "failed" else {"list": which}


def _place(name: str) -> int | None:
    found = decode_cursor(request.args.get(name), (int,))
    return found[0] if found is not None and 0 <= found[0] < 2**63 else None


def _back(done: str) -> Reply:
    return redirect(url_for(".index", **_named_list(_which()), done=done), 303)
