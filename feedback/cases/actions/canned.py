"""Canned replies of a site: the shipped ones when it is made, then added, changed and deleted by its leads."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Any, Final

import yaml
from sqlalchemy import select
from sqlalchemy.orm import Session

from feedback import audit, clock
from feedback.actors import Actor
from feedback.cases.models import CannedReply
from feedback.cases.queries.canned import canned_reply
from feedback.errors import Invalid, Problem
from feedback.i18n.negotiation import LANGUAGES
from feedback.i18n.text import N_
from feedback.versions import as_read, store

LONGEST_TITLE: Final = 120
LONGEST_TEXT: Final = 10_000
_SHIPPED: Final = Path(__file__).resolve().parents[1] / "canned_replies.yaml"


@lru_cache(maxsize=1)
def shipped() -> list[dict[str, dict[str, str]]]:
    """The replies that a new site starts with: title and text of each, by language."""
    read: list[dict[str, dict[str, str]]] = yaml.safe_load(_SHIPPED.read_text(encoding="utf-8"))
    return read


def create_shipped_replies(session: Session, site_id: int) -> None:
    """Give a site the shipped replies in every language, unless it has some already."""
    if session.execute(select(CannedReply.id).where(CannedReply.site_id == site_id).limit(1)).first():
        return
    now = clock.now()
    session.add_all(
        CannedReply(
            site_id=site_id,
            language=language,
            title=one["title"][language],
            text=one["text"][language].strip(),
            created_at=now,
        )
        for language in LANGUAGES
        for one in shipped()
    )
    session.flush()


def add_canned_reply(
    session: Session, actor: Actor, site_id: int, *, language: str, title: str, text: str
) -> CannedReply:
    """A new one. Invalid names ``language``, ``title`` or ``text``."""
    reply = CannedReply(site_id=site_id, created_at=clock.now())
    _fill(reply, language, title, text)
    session.add(reply)
    session.flush()
    audit.record_row(session, actor, "canned_reply.add", "canned_reply", reply, None, _content(reply))
    return reply


def change_canned_reply(
    session: Session,
    actor: Actor,
    site_id: int,
    public_id: str,
    *,
    language: str,
    title: str,
    text: str,
    expected_version: int | None = None,
) -> CannedReply:
    """Change it. Raises NotFound, Invalid, and Conflict with the present one."""
    reply = as_read(canned_reply(session, site_id, public_id), expected_version)
    before = _content(reply)
    _fill(reply, language, title, text)
    store(session)
    if before != _content(reply):
        audit.record_row(session, actor, "canned_reply.change", "canned_reply", reply, before, _content(reply))
    return reply


def delete_canned_reply(
    session: Session, actor: Actor, site_id: int, public_id: str, *, expected_version: int | None = None
) -> None:
    """Delete it; what was sent with it stays as it was sent. Raises NotFound, and Conflict with the present one."""
    reply = as_read(canned_reply(session, site_id, public_id), expected_version)
    audit.record_row(session, actor, "canned_reply.delete", "canned_reply", reply, _content(reply))
    session.delete(reply)
    store(session)


def _fill(reply: CannedReply, language: str, title: str, text: str) -> None:
    title, text = title.strip(), text.replace("\r\n", "\n").strip()
    problems: list[Problem] = []
    if language not in LANGUAGES:
        problems.append(Problem("language", "unknown", N_("Please choose a language.")))
    for field, value, longest in (("title", title, LONGEST_TITLE), ("text", text, LONGEST_TEXT)):
        if not value:
            problems.append(Problem(field, "required", N_("This field is required.")))
        elif len(value) > longest:
            problems.append(Problem(field, "too_long", N_("Too long: at most %(max)s characters."), {"max": longest}))
    if problems:
        raise Invalid(problems)
    reply.language, reply.title, reply.text = language, title, text


def _content(reply: CannedReply) -> dict[str, Any]:
    return {"language": reply.language, "title": reply.title, "text": reply.text}
