"""The mails there are: for whom, about what and in which words; what becomes of them is the outbox's business."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from feedback import clock
from feedback.actors import SYSTEM
from feedback.delivery.outbox import Claimed
from feedback.delivery.smtp import Letter
from feedback.errors import NotFound
from feedback.i18n.text import N_
from feedback.links.actions import issue_staff_link
from feedback.links.models import Link
from feedback.links.purposes import Purpose
from feedback.links.urls import join_url, reset_url
from feedback.rendering import Reader, render
from feedback.settings import Settings
from feedback.sites.models import Site
from feedback.sites.queries import site_by_id
from feedback.staff.queries import staff_by_id

STAFF_INVITED = "staff_invited"
PASSWORD_RESET = "password_reset"  # noqa: S105 - the name of a mail


class Withheld(Exception):
    """The mail must not go out (any more); ``reason`` says why."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Prepared:
    """What the words are made from, read in the claiming transaction; rendering and signing come after it."""

    recipient: str
    name: str
    reader: Reader
    site_name: str
    reply_to: str | None
    link: Link


@dataclass(frozen=True, slots=True)
class Mail:
    """One kind of mail; ``useful`` is how long after it was asked for it may still arrive."""

    subject: str
    useful: timedelta
    prepare: Callable[[Session, Claimed], Prepared]
    url: Callable[[Settings, Link], str]


def _to_staff(purpose: Purpose) -> Callable[[Session, Claimed], Prepared]:
    def prepare(session: Session, mail: Claimed) -> Prepared:
        """Read whom it is for and issue the link; earlier links of that kind stop working."""
        if mail.staff_id is None:
            raise Withheld("no_recipient")
        try:
            member = staff_by_id(session, mail.staff_id)
        except NotFound as error:
            raise Withheld("no_recipient") from error
        if member.disabled_at is not None:
            raise Withheld("disabled")
        site: Site = site_by_id(session, mail.site_id)
        link = issue_staff_link(session, SYSTEM, mail.site_id, purpose, staff_id=member.id, locale=member.locale)
        reader = Reader(member.locale, member.time_zone, country=site.country)
        return Prepared(member.email, member.name, reader, site.name, site.reply_to, link)

    return prepare


MAILS: dict[str, Mail] = {
    STAFF_INVITED: Mail(N_("Your account at %(site)s"), timedelta(days=3), _to_staff(Purpose.STAFF_JOIN), join_url),
    PASSWORD_RESET: Mail(
        N_("A new password for your account"), timedelta(hours=1), _to_staff(Purpose.STAFF_RESET), reset_url
    ),
}


def prepare(session: Session, mail: Claimed) -> Prepared:
    """Read what the mail needs, in the transaction that claimed it. Raises Withheld."""
    return MAILS[mail.name].prepare(session, mail)


def useful_until(mail: Claimed) -> datetime:
    """When there is no more point in sending it."""
    return mail.created_at + MAILS[mail.name].useful


def write(settings: Settings, mail: Claimed, prepared: Prepared) -> Letter:
    """The finished letter in the reader's language; signs the link, so no transaction may be open."""
    kind, reader, link = MAILS[mail.name], prepared.reader, prepared.link
    expires = link.expires_at or clock.now()
    context = {
        "who": prepared.name,
        "site_name": prepared.site_name,
        "url": kind.url(settings, link),
        "until": reader.formats.when(expires, clock.now()),
    }
    return Letter(
        message_id=f"<{mail.public_id}@{settings.mail_domain}>",
        sender_name=prepared.site_name,
        sender=settings.mail_from,
        recipient=prepared.recipient,
        subject=reader.gettext(kind.subject, site=prepared.site_name),
        text=render(f"mail/{mail.name}.txt", reader, **context),
        html=_inlined(render(f"mail/{mail.name}.html", reader, **context)),
        language=reader.language,
        reply_to=prepared.reply_to,
    )


def _inlined(html: str) -> str:
    """The page's own <style> written onto its tags, since many mail programs drop the former."""
    import css_inline  # noqa: PLC0415 - memory that the web process, which never sends, does without

    return css_inline.CSSInliner(load_remote_stylesheets=False).inline(html)
