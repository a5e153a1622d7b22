"""The mails there are: for whom, about what and in which words; a feature above adds its own by ``register``."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

from sqlalchemy.orm import Session

from feedback.actors import SYSTEM
from feedback.delivery.models import MailClass
from feedback.delivery.outbox import Claimed
from feedback.delivery.smtp import Letter
from feedback.delivery.stopping import NotYet as NotYet
from feedback.delivery.stopping import WayOut, list_headers, way_out
from feedback.delivery.stopping import Withheld as Withheld
from feedback.errors import NotFound
from feedback.i18n.text import N_
from feedback.links.actions import issue_staff_link
from feedback.links.mailboxes import case_mailbox
from feedback.links.models import Link
from feedback.links.purposes import Purpose
from feedback.links.urls import join_url, reset_url, unsubscribe_url
from feedback.rendering import Reader, render
from feedback.settings import Settings
from feedback.sites.queries import site_by_id
from feedback.sites.readers import reader_at as reader_at
from feedback.sites.theme import theme_of
from feedback.staff.models import StaffMember
from feedback.staff.queries import staff_by_id

STAFF_INVITED = "staff_invited"
PASSWORD_RESET = "password_reset"  # noqa: S105 - the name of a mail

#: Makes an address when nothing is open any more: it may have to be signed.
MakesUrl = Callable[[Settings], str]


@dataclass(frozen=True, slots=True)
class Prepared:
    """What the words are made from, read in the claiming transaction; rendering and signing come after it.

    ``context`` is what subject and templates name, ``urls`` what they link to. Answers go to the address of
    ``answered_at``, a case link, where mail is taken in, else to ``reply_to``. Mails of one ``thread`` stand
    together in the reader's mail program. ``brand`` is the site's own colour, if it has one. ``way_out`` stops such
    mails; those that were asked for have none.
    """

    recipient: str
    reader: Reader
    site_name: str
    reply_to: str | None = None
    context: Mapping[str, Any] = field(default_factory=dict)
    urls: Mapping[str, MakesUrl] = field(default_factory=dict)
    answered_at: Link | None = None
    thread: str = ""
    brand: str | None = None
    way_out: WayOut | None = None


@dataclass(frozen=True, slots=True)
class Mail:
    """One kind of mail. ``subject`` is marked for translation; ``useful`` is how long it may still arrive.

    ``prepare`` runs in the claiming transaction, reads, issues links, and raises Withheld or NotYet.
    """

    subject: str
    useful: timedelta
    prepare: Callable[[Session, Claimed], Prepared]


MAILS: dict[str, Mail] = {}
# Templates of plain text leave some where a part of theirs is left out.
_BLANK_LINES = re.compile(r"\n{3,}")


def register(name: str, mail: Mail) -> None:
    """Make a kind of mail known; its words are in ``templates/mail/<name>.txt`` and ``.html``."""
    MAILS[name] = mail


def prepare(session: Session, mail: Claimed) -> Prepared:
    """Read what the mail needs, in the transaction that claimed it. Raises Withheld, NotYet.

    Whatever nobody asked for passes the rule of preferences here, so that no feature can forget it.
    """
    if mail.mail_class is MailClass.TRANSACTIONAL:
        return MAILS[mail.name].prepare(session, mail)
    with session.begin_nested():  # links of a mail that may not go out are not kept
        prepared = MAILS[mail.name].prepare(session, mail)
        site, latest = site_by_id(session, mail.site_id), useful_until(mail)
        way = way_out(session, mail, site, prepared.recipient, prepared.reader.tag, latest)
    return replace(prepared, way_out=way)


def useful_until(mail: Claimed) -> datetime:
    """When there is no more point in sending it."""
    return mail.created_at + MAILS[mail.name].useful


@dataclass(frozen=True, slots=True)
class Drawn:
    """The words of a mail without an envelope; in ``html`` the style sheet still stands in the head."""

    subject: str
    text: str
    html: str


def draw(settings: Settings, name: str, prepared: Prepared, *, can_answer: bool) -> Drawn:
    """What a mail says, in its reader's language; signs links, so no transaction may be open."""
    reader = prepared.reader
    context = {
        "site_name": prepared.site_name,
        "can_answer": can_answer,
        "look": _look(prepared.brand),
        "unsubscribe": unsubscribe_url(settings, prepared.way_out.link) if prepared.way_out else "",
        "topic": prepared.way_out.topic if prepared.way_out else "",
        "postal_address": prepared.way_out.postal_address if prepared.way_out else "",
        **prepared.context,
        **{name: make(settings) for name, make in prepared.urls.items()},
    }
    return Drawn(
        subject=reader.gettext(MAILS[name].subject, site=prepared.site_name, **prepared.context),
        text=_BLANK_LINES.sub("\n\n", render(f"mail/{name}.txt", reader, **context)).strip() + "\n",
        html=render(f"mail/{name}.html", reader, **context),
    )


def write(settings: Settings, mail: Claimed, prepared: Prepared) -> Letter:
    """The finished letter in the reader's language; signs links, so no transaction may be open."""
    answered_at = prepared.answered_at if settings.takes_mail else None
    can_answer = answered_at is not None or bool(prepared.reply_to)
    drawn = draw(settings, mail.name, prepared, can_answer=can_answer)
    thread = f"<{prepared.thread}@{settings.mail_domain}>" if prepared.thread else ""
    return Letter(
        message_id=f"<{mail.public_id}@{settings.mail_domain}>",
        sender_name=prepared.site_name,
        sender=settings.mail_from,
        recipient=prepared.recipient,
        subject=drawn.subject,
        text=drawn.text,
        html=inlined(drawn.html),
        language=prepared.reader.language,
        reply_to=case_mailbox(settings, answered_at) if answered_at else prepared.reply_to,
        headers={
            **({"References": thread} if thread else {}),
            **(list_headers(settings, prepared.way_out) if prepared.way_out else {}),
        },
    )


def recipient_of(session: Session, mail: Claimed) -> StaffMember:
    """The staff member a mail is for. Raises Withheld for one who is gone or disabled."""
    try:
        member = staff_by_id(session, mail.staff_id or 0)
    except NotFound as error:
        raise Withheld("no_recipient") from error
    if member.disabled_at is not None:
        raise Withheld("disabled")
    return member


def _with_staff_link(purpose: Purpose, url: Callable[[Settings, Link], str]) -> Callable[[Session, Claimed], Prepared]:
    def prepare(session: Session, mail: Claimed) -> Prepared:
        """Read whom it is for and issue the link; earlier links of that kind stop working."""
        member = recipient_of(session, mail)
        site = site_by_id(session, mail.site_id)
        link = issue_staff_link(session, SYSTEM, mail.site_id, purpose, staff_id=member.id, locale=member.locale)
        return Prepared(
            member.email,
            Reader(member.locale, member.time_zone, country=site.country),
            site.name,
            site.reply_to,
            {"who": member.name, "until": link.expires_at},
            {"url": lambda settings: url(settings, link)},
            brand=site.theme.get("color"),
        )

    return prepare


_look = lru_cache(maxsize=256)(theme_of)


def inlined(html: str) -> str:
    """The page's own <style> written onto its tags, since many mail programs drop the former."""
    return str(_inliner().inline(html))


@lru_cache(maxsize=1)
def _inliner() -> Any:
    import css_inline  # noqa: PLC0415 - memory that the web process, which never sends, does without

    return css_inline.CSSInliner(load_remote_stylesheets=False)


register(
    STAFF_INVITED,
    Mail(N_("Your account at %(site)s"), timedelta(days=3), _with_staff_link(Purpose.STAFF_JOIN, join_url)),
)
register(
    PASSWORD_RESET,
    Mail(N_("A new password for your account"), timedelta(hours=1), _with_staff_link(Purpose.STAFF_RESET, reset_url)),
)
