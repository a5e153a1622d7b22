"""Mails to staff about cases, and the daily list; each looks again whether it has a point when it goes out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final

from sqlalchemy.orm import Session

from feedback import clock
from feedback.cases import activity
from feedback.cases.models import Case, Promise
from feedback.cases.noticing import STALE, Standing, decide, end_of, lost, whom
from feedback.cases.queries.team import (
    case_and_promise,
    due_for,
    last_note,
    last_words,
    staff_name,
    standing_of,
    team_of,
)
from feedback.delivery.mails import Mail, NotYet, Prepared, Withheld, reader_at, recipient_of, register
from feedback.delivery.outbox import Claimed
from feedback.i18n.text import N_
from feedback.links.urls import case_url, profile_url
from feedback.rendering import Reader
from feedback.sites.queries import site_by_id
from feedback.staff.notices import Notice

#: How much of somebody's words a notice shows: the first lines, and in a list hardly one.
SHOWN_WORDS: Final = 600
SHOWN_IN_LIST: Final = 120
SHOWN_ROWS: Final = 20


@dataclass(frozen=True, slots=True)
class Found:
    """What the mail about one case is made from."""

    session: Session
    site_id: int
    case: Case
    promise: Promise | None
    reader: Reader

    def given(self) -> dict[str, Any]:
        """What was said when the case was last given to somebody, and what the customer said."""
        note = last_note(self.session, self.site_id, self.case.id)
        return {
            "note": first_lines(note.text) if note else "",
            "note_by": note.by if note else "",
            "words": first_lines(self.case.excerpt),
        }

    def replied(self) -> dict[str, Any]:
        """What the customer wrote last."""
        said = last_words(self.session, self.site_id, self.case.id)
        return {"words": first_lines(said.text), "stranger": said.stranger}

    def promised(self) -> dict[str, Any]:
        """The promise: its words, its time, and who was to keep it."""
        if self.promise is None:
            raise Withheld("no_promise")
        keeper = self.promise.staff_id or self.case.owner_id
        return {
            "what": first_lines(self.promise.what),
            "promised_at": self.promise.due_at,
            "time": self.reader.formats.time(self.promise.due_at),
            "keeper": staff_name(self.session, keeper) if keeper else None,
        }

    def handed_round(self) -> dict[str, Any]:
        """Whose it is now, and what was said last."""
        owner = self.case.owner_id
        return {**self.given(), "owner": staff_name(self.session, owner) if owner else None}

    def nothing(self) -> dict[str, Any]:
        """Nothing that isn't in every mail."""
        return {}


def name_of(notice: Notice) -> str:
    """The name of a notice's mail, and of its templates."""
    return f"staff_{notice}"


def first_lines(text: str, limit: int = SHOWN_WORDS) -> str:
    """The beginning of somebody's words, cut where one ends."""
    text = text.strip()
    if len(text) <= limit:
        return text
    cut = text[:limit]
    return cut[: max(cut.rfind(" "), cut.rfind("\n"), limit // 2)].rstrip() + " …"


def _about_case(notice: Notice, more: Callable[[Found], dict[str, Any]]) -> Callable[[Session, Claimed], Prepared]:
    def prepare(session: Session, mail: Claimed) -> Prepared:
        """Look again at the case; raises Withheld where there is no point any more, NotYet at night."""
        member = recipient_of(session, mail)
        promise_id = mail.facts.get("promise")
        found = case_and_promise(session, mail.site_id, mail.case_id or 0, promise_id)
        if found is None:
            raise Withheld("no_case")
        case, promise = found
        _check(session, mail, notice, standing_of(case, promise))
        site = site_by_id(session, mail.site_id)
        reader = reader_at(site, member.locale, member.time_zone)
        return Prepared(
            member.email,
            reader,
            site.name,
            None,
            {
                "number": reader.formats.digits(str(case.number)),
                "kind": reader.gettext(activity.KINDS.get(case.kind, case.kind)),
                "due_at": case.due_at,
                "language": case.language,
                **more(Found(session, mail.site_id, case, promise, reader)),
            },
            {"url": lambda settings: case_url(settings, site.key, case.public_id), "profile": profile_url},
            thread=f"case.{case.public_id}",
            brand=site.theme.get("color"),
        )

    return prepare


def _check(session: Session, mail: Claimed, notice: Notice, case: Standing) -> None:
    now = clock.now()
    people = whom(notice, team_of(session, mail.site_id), case, now)
    person = next((one for one in people if one.staff_id == mail.staff_id), None)
    if person is None:
        raise Withheld("not_theirs")
    reason = lost(notice, case, mail.created_at, now)
    if reason:
        raise Withheld(reason)
    verdict = decide(notice, person, now)
    if verdict.at is None:
        raise Withheld(verdict.code)
    if verdict.at > now:  # a server that took it too late, or a worker that was away for the evening
        raise NotYet(verdict.at)


def _daily_list(session: Session, mail: Claimed) -> Prepared:
    """The list as it is when it goes out, for the day that it was queued for."""
    member = recipient_of(session, mail)
    now = clock.now()
    person = next((one for one in team_of(session, mail.site_id) if one.staff_id == member.id), None)
    verdict = decide(Notice.DAILY_LIST, person, now) if person else None
    if verdict is None or verdict.at is None:
        raise Withheld(verdict.code if verdict else "not_theirs")
    day = date.fromisoformat(mail.facts["day"])
    due = due_for(session, mail.site_id, member.id, end_of(day, member.time_zone))
    if not due.count:
        raise Withheld("nothing_due")
    site = site_by_id(session, mail.site_id)
    reader = reader_at(site, member.locale, member.time_zone)
    late = [_row(reader, now, one, one.excerpt, one.language) for one in due.cases if one.due_at < now]
    today = [_row(reader, now, one, one.excerpt, one.language) for one in due.cases if one.due_at >= now]
    listed = {one.id for one in due.cases}  # which say by themselves when a first answer is due
    made = [one for one in due.promises if one.what or one.case_id not in listed]
    promises = [_row(reader, now, one, one.what, what="" if one.what else N_("A first answer")) for one in made]
    return Prepared(
        member.email,
        reader,
        site.name,
        None,
        {
            "cases": reader.ngettext("%(n)s case", "%(n)s cases", due.count),
            "day": day,
            "groups": [
                (reader.gettext(title), rows[:SHOWN_ROWS], len(rows) - SHOWN_ROWS)
                for title, rows in (
                    (N_("Overdue"), late),
                    (N_("Later today"), today),
                    (N_("Promised for today"), promises),
                )
                if rows
            ],
        },
        # ``url`` is the address of a case without its name: each row has its own.
        {
            "url": lambda settings: case_url(settings, site.key, ""),
            "mine": lambda settings: case_url(settings, site.key, "?owner=me"),
            "profile": profile_url,
        },
        brand=site.theme.get("color"),
    )


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a daily list, ready to show."""

    public_id: str
    number: str
    when: str
    text: str
    language: str


def _row(reader: Reader, now: datetime, one: Any, text: str, language: str = "", *, what: str = "") -> Row:
    there = reader.formats.local(one.due_at).date() == reader.formats.local(now).date()
    when = reader.formats.time(one.due_at) if there else reader.formats.datetime(one.due_at)
    if what:
        when = f"{when} · {reader.gettext(what)}"
    shown = first_lines(" ".join(text.split()), SHOWN_IN_LIST)
    return Row(one.public_id, reader.formats.digits(f"#{one.number}"), when, shown, language)


def _register(notice: Notice, subject: str, more: Callable[[Found], dict[str, Any]]) -> None:
    register(name_of(notice), Mail(subject, STALE, _about_case(notice, more)))


_register(Notice.ASSIGNED, N_("Case #%(number)s is yours"), Found.given)
_register(Notice.CUSTOMER_REPLIED, N_("Case #%(number)s: the customer has replied"), Found.replied)
_register(Notice.NOT_THEM, N_("Case #%(number)s: somebody says that it was not them"), Found.nothing)
_register(Notice.PROMISE_SOON, N_("Case #%(number)s: a promise is due at %(time)s"), Found.promised)
_register(Notice.PROMISE_BROKEN, N_("Case #%(number)s: a promise was not kept"), Found.promised)
_register(Notice.THIRD_HAND_OFF, N_("Case #%(number)s has changed hands three times"), Found.handed_round)
register(name_of(Notice.DAILY_LIST), Mail(N_("Due today: %(cases)s"), timedelta(hours=8), _daily_list))
