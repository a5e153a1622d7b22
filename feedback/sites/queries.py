"""Reading sites: which there are, their settings, origins and holidays; not when they are open."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from feedback.db import BigKey
from feedback.errors import Invalid, Misused, NotFound, Problem
from feedback.i18n.text import N_
from feedback.sites.calendar import Week, holiday_dates, week_of
from feedback.sites.models import Site, SiteHoliday, SiteOrigin

# Made once: it runs for every survey in a frame, and putting it together costs more than running it.
_ORIGINS_AT: Final = (
    select(SiteOrigin.origin)
    .join(Site, Site.id == SiteOrigin.site_id)
    .where(Site.key == bindparam("key"))
    .order_by(SiteOrigin.origin)
)


@dataclass(frozen=True, slots=True)
class Holiday:
    """A day on which a site is shut, or, if ``is_open``, works although its country doesn't."""

    id: int | None
    day: date
    name: str
    is_open: bool = False


# Made once: most pages ask.
_BY_ID = select(Site).where(Site.id == bindparam("site_id", type_=BigKey)).execution_options(populate_existing=True)


_AND_ORIGINS = (
    select(Site, SiteOrigin.origin)
    .outerjoin(SiteOrigin, SiteOrigin.site_id == Site.id)
    .where(Site.key == bindparam("key"))
    .order_by(SiteOrigin.origin)
)


def site_by_key(session: Session, key: str) -> Site:
    """The site that addresses name by this key. Raises NotFound."""
    return _one(session.scalar(select(Site).where(Site.key == key)))


def site_and_origins(session: Session, key: str) -> tuple[Site, tuple[str, ...]]:
    """The site that addresses name by this key, and the origins that may embed its surveys. Raises NotFound."""
    rows = session.execute(_AND_ORIGINS, {"key": key}).all()
    return _one(rows[0][0] if rows else None), tuple(row.origin for row in rows if row.origin)


def site_by_id(session: Session, site_id: int) -> Site:
    """A site as it is in the database now. Raises NotFound."""
    return _one(session.scalar(_BY_ID, {"site_id": site_id}))


def list_sites(session: Session) -> Sequence[Site]:
    """Every site, by key."""
    return session.scalars(select(Site).order_by(Site.key)).all()


def choose_site(session: Session, key: str | None) -> Site:
    """The site that a command means: by its key, or the only one. Raises Misused naming what there is."""
    sites = list(session.scalars(select(Site).order_by(Site.key).limit(50)))
    if key is None and len(sites) == 1:
        return sites[0]
    found = next((site for site in sites if site.key == key), None)
    if found is None and key is not None:
        found = session.scalar(select(Site).where(Site.key == key))
    if found is not None:
        return found
    if not sites:
        raise Invalid([Problem("site", "no-sites", N_("There is no site yet: feedback init makes one."))])
    raise Misused([_no_such_site(key, [site.key for site in sites])])


def only_site(session: Session) -> Site | None:
    """The site, where there is no other: what a link that names none must be about."""
    sites = session.scalars(select(Site).order_by(Site.id).limit(2)).all()
    return sites[0] if len(sites) == 1 else None


def origins_of(session: Session, site_id: int) -> list[str]:
    """The origins whose pages may embed the site's surveys, sorted."""
    return list(
        session.scalars(select(SiteOrigin.origin).where(SiteOrigin.site_id == site_id).order_by(SiteOrigin.origin))
    )


def origins_at(session: Session, key: str) -> list[str]:
    """The same for the site with this key; none for one that there isn't."""
    return list(session.scalars(_ORIGINS_AT, {"key": key}))


def own_holidays(session: Session, site_id: int, since: date) -> list[Holiday]:
    """The site's own changes to the holidays from a day on, in order."""
    rows = session.scalars(
        select(SiteHoliday)
        .where(SiteHoliday.site_id == site_id, SiteHoliday.day >= since)
        .order_by(SiteHoliday.day)
        .limit(400)
    )
    return [Holiday(row.id, row.day, row.name, row.is_open) for row in rows]


def official_holidays(site: Site, since: date, until: date) -> list[Holiday]:
    """The public holidays of the site's country between two days, with their local names."""
    days = holiday_dates(site.public_holidays, site.country, since.year)
    return [Holiday(None, day, name) for day, name in sorted(days.items()) if since <= day <= until]


def week_of_site(site: Site) -> Week:
    """The hours in which somebody is there."""
    return week_of(site.hours, site.country)


def _one(site: Site | None) -> Site:
    if site is None:
        raise NotFound("site")
    return site


def _no_such_site(key: str | None, known: list[str]) -> Problem:
    params: dict[str, Any] = {"key": key, "known": ", ".join(known)}
    if key is None:
        return Problem("site", "which-site", N_("There are several sites: say which with --site (%(known)s)."), params)
    return Problem("site", "unknown-site", N_("There is no site %(key)s; there are: %(known)s."), params)
