"""What came by mail becomes a line on its case: whose words they are is said, never guessed."""

from __future__ import annotations

from typing import Any

from sqlalchemy import and_, select
from sqlalchemy.orm import Session

from feedback import clock
from feedback.actors import Actor
from feedback.cases.actions.records import log
from feedback.cases.actions.talking import MAX_WORDS, customer_wrote
from feedback.cases.activity import Happened
from feedback.cases.queries.addressee import addressee_of
from feedback.delivery.models import InboundKind, InboundMail
from feedback.errors import NotFound
from feedback.links.models import Link


def take_in(session: Session, site_id: int, mail_id: int) -> None:
    """Add a mail to the case of the link that it was sent to. Raises NotFound.

    Words may open a resolved case again; they never resolve one, and nothing is ever sent to their sender.
    What a machine sent is only noted.
    """
    row = session.execute(
        select(InboundMail, Link)
        .join(Link, and_(Link.id == InboundMail.link_id, Link.site_id == site_id))
        .where(InboundMail.site_id == site_id, InboundMail.id == mail_id)
    ).one_or_none()
    if row is None or row[1].case_id is None:
        raise NotFound
    mail: InboundMail = row[0]
    link: Link = row[1]
    actor, case_id = Actor.customer(link.id), link.case_id
    facts: dict[str, Any] = {"mail": mail.public_id, "from": mail.sender, "sort": mail.kind}
    if mail.attachments:
        facts["attachments"] = list(mail.attachments)
    text = mail.text.strip()
    if mail.kind != InboundKind.REPLY or not text:
        log(
            session,
            actor,
            site_id,
            case_id or 0,
            Happened.MAIL_NOTED,
            clock.now(),
            text=text[:MAX_WORDS] or None,
            **facts,
        )
        return
    on_file = addressee_of(session, site_id, case_id or 0).email or ""
    facts["known"] = mail.sender.casefold() == on_file.casefold()
    facts["cut"] = mail.cut or len(text) > MAX_WORDS
    customer_wrote(session, actor, site_id, case_id or 0, text[:MAX_WORDS], channel="mail", unsolved=True, **facts)
