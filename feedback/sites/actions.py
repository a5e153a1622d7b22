"""Changing sites: adding one, its settings, hours, holidays and origins; audited, and safe for two editors at once."""

from collections.abc import Mapping, Sequence
from datetime import date
from secrets import token_hex
from typing import Any

from sqlalchemy import delete
from sqlalchemy.orm import Session

from feedback import audit, clock
from feedback.actors import Actor
from feedback.db import insert_once, new_public_id
from feedback.errors import Invalid, Problem
from feedback.events import SiteCreated, emit
from feedback.i18n.text import N_, strip_bidi
from feedback.sites.calendar import Week, default_week, week_as_json
from feedback.sites.details import SiteSettings, new_site
from feedback.sites.leaving import BlankReason, blank_reason_as_json, blank_reason_from
from feedback.sites.models import Site, SiteHoliday, SiteOrigin
from feedback.sites.queries import list_sites, site_by_id
from feedback.sites.spam import SpamGuard, spam_guard_as_json, spam_guard_from
from feedback.versions import as_read, store

MAX_HOLIDAY_NAME = 200


def add_site(
    session: Session,
    actor: Actor,
    *,
    key: str,
    name: str,
    country: str | None = None,
    locale: str | None = None,
    time_zone: str | None = None,
    languages: Sequence[str] | None = None,
    reply_to: str | None = None,
    color: str | None = None,
    origins: Sequence[str] = (),
    holidays: Mapping[str, Any] | None = None,
) -> Site:
    """Add a site with what is usual in its country; surveys, rules and topics come by ``SiteCreated``.

    ``origins`` were checked before. ``holidays`` are those that ``calendar.stored_holidays`` reckoned before the
    transaction began; without them a job does it. Raises Invalid with every problem.
    """
    said = new_site(
        key=key,
        name=name,
        country=country,
        locale=locale,
        time_zone=time_zone,
        languages=languages,
        reply_to=reply_to,
        color=color,
    )
    values: dict[str, Any] = {
        "public_id": new_public_id(),
        "key": key,
        "name": said.name,
        "locale": said.locale,
        "languages": list(said.languages),
        "time_zone": said.time_zone,
        "country": said.country,
        "reply_to": said.reply_to,
        "hours": week_as_json(default_week(said.country)),
        "public_holidays": dict(holidays or {}),
        "theme": {"color": said.color} if said.color else {},
        "privacy_notice": dict(said.privacy_notice) or None,
        "blank_reason": {},
        "salt": token_hex(32),
        "created_at": clock.now(),
        "version": 1,
    }
    site_id = insert_once(session, Site.metadata.tables["site"], values, ["key"])
    if site_id is None:
        message = N_("There is already a site with this key.")
        raise Invalid([Problem("key", "key-taken", message)])
    for origin in dict.fromkeys(origins):
        _insert_origin(session, site_id, origin)
    _audit(session, actor, "site.add", site_id, after={"key": key, "name": said.name})
    emit(session, SiteCreated(site_id))
    return site_by_id(session, site_id)


def change_settings(
    session: Session,
    actor: Actor,
    site_id: int,
    said: SiteSettings,
    *,
    version: int,
    holidays: Mapping[str, Any] | None = None,
) -> None:
    """Keep new settings. ``holidays`` are those of the new country, if that changed. Raises Conflict."""
    site = as_read(site_by_id(session, site_id), version)
    before = told(site)
    site.name, site.locale, site.languages = said.name, said.locale, list(said.languages)
    site.time_zone, site.country, site.reply_to = said.time_zone, said.country, said.reply_to
    theme = {key: value for key, value in site.theme.items() if key != "color"}
    site.theme = theme | ({"color": said.color} if said.color else {})
    site.privacy_notice = dict(said.privacy_notice) or None
    site.postal_address = said.postal_address
    if holidays is not None:
        site.public_holidays = dict(holidays)
    store(session)
    after = told(site)
    changed = [key for key in after if before[key] != after[key]]
    if changed:
        old, new = {key: before[key] for key in changed}, {key: after[key] for key in changed}
        _audit(session, actor, "site.settings", site_id, old, new)


def change_hours(session: Session, actor: Actor, site_id: int, week: Week, *, version: int) -> None:
    """Keep the hours in which somebody is there. Raises Conflict if somebody else changed the site meanwhile."""
    site = as_read(site_by_id(session, site_id), version)
    before, after = site.hours, week_as_json(week)
    if before == after:
        return
    site.hours = after
    store(session)
    _audit(session, actor, "site.hours", site_id, {"hours": before}, {"hours": after})


def change_blank_reason(session: Session, actor: Actor, site_id: int, said: BlankReason, *, version: int) -> None:
    """Keep for whom an opt-out without a reason becomes a task. Raises Conflict if the site was changed meanwhile."""
    site = as_read(site_by_id(session, site_id), version)
    before, after = blank_reason_as_json(blank_reason_from(site.blank_reason)), blank_reason_as_json(said)
    if before == after:
        return
    site.blank_reason = after
    store(session)
    _audit(session, actor, "site.blank-reason", site_id, before, after)


def change_return_url(session: Session, actor: Actor, site_id: int, url: str | None, *, version: int) -> None:
    """Keep where customers go back to after cancelling; it was checked before. Raises Conflict."""
    site = as_read(site_by_id(session, site_id), version)
    before = site.return_url
    if before == url:
        return
    site.return_url = url
    store(session)
    _audit(session, actor, "site.return-url", site_id, {"return_url": before}, {"return_url": url})


def change_identity_required(session: Session, actor: Actor, site_id: int, required: bool, *, version: int) -> None:
    """Refuse answers that neither a link nor the site's own back end vouches for, or take them. Raises Conflict."""
    site = as_read(site_by_id(session, site_id), version)
    before = site.identity_required
    if before == required:
        return
    site.identity_required = required
    store(session)
    _audit(session, actor, "site.identity-required", site_id, {"required": before}, {"required": required})


def change_quiet_days(session: Session, actor: Actor, site_id: int, days: int, *, version: int) -> None:
    """Keep for how many days nobody sees a second survey on host pages; checked before. Raises Conflict."""
    site = as_read(site_by_id(session, site_id), version)
    before = site.widget.get("quiet_days")
    if before == days:
        return
    site.widget = site.widget | {"quiet_days": days}
    store(session)
    _audit(session, actor, "site.quiet-days", site_id, {"quiet_days": before}, {"quiet_days": days})


def change_spam_guard(session: Session, actor: Actor, site_id: int, said: SpamGuard, *, version: int) -> None:
    """Keep what the site does about spam. Raises Conflict if somebody else changed the site meanwhile."""
    site = as_read(site_by_id(session, site_id), version)
    before, after = spam_guard_as_json(spam_guard_from(site.spam)), spam_guard_as_json(said)
    if before == after:
        return
    site.spam = after
    store(session)
    _audit(session, actor, "site.spam", site_id, before, after)


def add_holiday(session: Session, actor: Actor, site_id: int, day: date, name: str, *, is_open: bool) -> None:
    """Shut on a day, or work although the country doesn't. Raises Invalid where the day is listed already."""
    values = {
        "site_id": site_id,
        "day": day,
        "name": " ".join(strip_bidi(name).split())[:MAX_HOLIDAY_NAME],
        "is_open": is_open,
    }
    table = SiteHoliday.metadata.tables["site_holiday"]
    if insert_once(session, table, values, ["site_id", "day"]) is None:
        raise Invalid([Problem("day", "day-listed", N_("This day is already in your list."))])
    after = {"day": day.isoformat(), "is_open": is_open}
    _audit(session, actor, "site.holiday-add", site_id, after=after)


def remove_holiday(session: Session, actor: Actor, site_id: int, holiday_id: int) -> None:
    """Take back a change to the holidays; one that is gone already is no error."""
    day = session.execute(
        delete(SiteHoliday)
        .where(SiteHoliday.site_id == site_id, SiteHoliday.id == holiday_id)
        .returning(SiteHoliday.day)
    ).scalar_one_or_none()
    if day is not None:
        _audit(session, actor, "site.holiday-remove", site_id, before={"day": day.isoformat()})


def add_origin(session: Session, actor: Actor, site_id: int, origin: str) -> None:
    """Let an origin's pages show the site's surveys; it was checked before. Again it does nothing."""
    if _insert_origin(session, site_id, origin):
        _audit(session, actor, "site.origin-add", site_id, after={"origin": origin})


def remove_origin(session: Session, actor: Actor, site_id: int, origin: str) -> None:
    """Stop that. Again it does nothing."""
    found = session.execute(
        delete(SiteOrigin).where(SiteOrigin.site_id == site_id, SiteOrigin.origin == origin).returning(SiteOrigin.id)
    ).scalar_one_or_none()
    if found is not None:
        _audit(session, actor, "site.origin-remove", site_id, before={"origin": origin})


def keep_holidays(session: Session, site_id: int, country: str | None, holidays: Mapping[str, Any]) -> None:
    """Keep what was reckoned of a country's holidays, unless the site has moved meanwhile."""
    site = site_by_id(session, site_id)
    if site.country == country:
        site.public_holidays = dict(holidays)
        store(session)


def sites_to_reckon(session: Session) -> list[tuple[int, str | None, dict[str, Any]]]:
    """Every site with its country and what it keeps of the holidays."""
    return [(site.id, site.country, site.public_holidays) for site in list_sites(session)]


def told(site: Site) -> dict[str, Any]:
    """A site's settings as plain values, for the audit trail and for showing two versions."""
    return {
        "name": site.name,
        "locale": site.locale,
        "languages": list(site.languages),
        "time_zone": site.time_zone,
        "country": site.country,
        "reply_to": site.reply_to,
        "color": site.theme.get("color"),
        "privacy_notice": dict(site.privacy_notice or {}),
        "postal_address": site.postal_address,
    }


def _insert_origin(session: Session, site_id: int, origin: str) -> bool:
    table = SiteOrigin.metadata.tables["site_origin"]
    return insert_once(session, table, {"site_id": site_id, "origin": origin}, ["site_id", "origin"]) is not None


def _audit(
    session: Session,
    actor: Actor,
    action: str,
    site_id: int,
    before: dict[str, Any] | None = None,
    after: dict[str, Any] | None = None,
) -> None:
    audit.record(
        session, actor, action, site_id=site_id, subject="site", subject_id=site_id, before=before, after=after
    )
