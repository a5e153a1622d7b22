"""Who stands at the door of a case: the link's token, the language to answer in; and doors that lead nowhere."""

from flask import Response

from feedback.cases.queries.own import OwnLink, own_link
from feedback.cases.showing import Shows
from feedback.errors import NotFound
from feedback.i18n.text import N_
from feedback.links.signing import keyring, open_case
from feedback.links.tokens import BadToken, LinkToken, repaired
from feedback.rendering import current_reader
from feedback.responses.drawing import draw_notice, message_form
from feedback.sites.queries import only_site
from feedback.web.documents import told
from feedback.web.errors import problem_reply, wants_json
from feedback.web.locale import read_as_asked, read_at
from feedback.web.transaction import reading, settings

WRITE_TO_US = N_("Write to us")
WRONG = (
    N_("This link does not work"),
    N_("Copy the whole address from the email, up to its last letter, and open it again."),
)
#: What a link that opens nothing says: status, heading, what to do, and whether they may write to us.
SAYINGS: dict[str, tuple[int, str, str, bool]] = {
    Shows.REVOKED: (
        410,
        N_("This link no longer works"),
        N_("If this is your case, open the link in our latest email, or write to us."),
        True,
    ),
    Shows.ERASED: (200, N_("Nothing more will be sent"), N_("We have deleted what we knew about you."), False),
    "not_me": (
        200,
        N_("Thank you for telling us that this was not you"),
        N_("The link no longer works. If you want to tell us something yourself, write to us."),
        True,
    ),
}


class Unknown(NotFound):
    """A right token that no link stands behind; ``locale`` is the language in which it was meant to be read."""

    def __init__(self, locale: str) -> None:
        super().__init__("link")
        self.locale = locale


def opened(token: str) -> tuple[OwnLink, str]:
    """What a link is about, and its token without what mail programs did to it (L-14). Raises NotFound."""
    ring = keyring(settings())
    try:
        found = open_case(ring, token)
    except BadToken:
        token = repaired(token)
        found = open_case(ring, token)
    return _row_of(found), token


def _row_of(token: LinkToken) -> OwnLink:
    try:
        return own_link(reading(), token.site_id, token.key)
    except NotFound as error:
        raise Unknown(token.locale) from error


def read_in(own: OwnLink, wish: str | None = None) -> tuple[str, ...]:
    """Decide the language and format of what follows; gives the languages on offer."""
    offered = own.site.languages
    read_at(own.site, offered, own.locale, wish, time_zone=own.time_zone)
    return offered


def lead_nowhere(error: NotFound) -> Response:
    """The page for a token that opens nothing: all of them look alike, each in its reader's language."""
    if isinstance(error, Unknown):
        read_as_asked(error.locale)
    if wants_json():
        return _problem(404, *WRONG, "link-wrong")
    alone = only_site(reading())
    return draw_notice(None, *WRONG, status=404, lost=alone.key if alone else None)


def say(code: str, own: OwnLink) -> Response:
    """One of the sayings above, in the language of whoever holds the link."""
    status, heading, body, with_form = SAYINGS[code]
    offered = read_in(own)
    if wants_json():
        if code == Shows.ERASED:
            return told("already", "erased")
        return _problem(status if status >= 400 else 410, heading, body, f"link-{code}")
    address = where_to_write(own) if with_form else None
    return draw_notice(
        own.site,
        heading,
        body,
        status=status,
        offered=offered,
        next_step=(WRITE_TO_US, address) if address else None,
        lost=own.site.site_key if code == Shows.REVOKED else None,
    )


def where_to_write(own: OwnLink) -> str | None:
    """Where the site is reached besides this page: its message form, else its address."""
    return message_form(reading(), own.site) or (f"mailto:{own.reply_to}" if own.reply_to else None)


def _problem(status: int, heading: str, body: str, code: str) -> Response:
    reader = current_reader()
    return problem_reply(status, reader.gettext(heading), code=code, detail=reader.gettext(body))
