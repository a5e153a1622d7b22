"""Reading surveys: by name, the version customers get, drafts, lists; definitions are parsed once per process."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from threading import Lock
from typing import TypeAlias

from sqlalchemy import ColumnElement, Row, Select, func, select
from sqlalchemy.orm import Session

from feedback.errors import NotFound
from feedback.i18n.text import LocalizedText
from feedback.surveys.definition import Purpose, SurveyDefinition
from feedback.surveys.document import from_stored
from feedback.surveys.models import Survey, SurveyVersion

_Head: TypeAlias = Row[int, str, str, datetime | None, int, int, datetime | None]

#: Definitions kept per process; the least recently used goes first.
KEPT = 512


@dataclass(frozen=True, slots=True)
class LiveSurvey:
    """One version of a survey with what it asks; ``version`` is the number that people see."""

    survey_id: int
    public_id: str
    slug: str
    version_id: int
    version: int
    definition: SurveyDefinition
    archived: bool = False


@dataclass(frozen=True, slots=True)
class SurveyLine:
    """A survey in a list; ``live`` and ``draft`` are version numbers, None where there is none."""

    id: int
    public_id: str
    slug: str
    title: LocalizedText
    languages: tuple[str, ...]
    questions: int
    live: int | None
    draft: int | None
    changed_at: datetime
    archived: bool


class _Kept:
    """Definitions of published versions, which never change. The survey's random id keeps databases apart."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._known: dict[tuple[str, int], SurveyDefinition] = {}

    def get(self, key: tuple[str, int]) -> SurveyDefinition | None:
        with self._lock:
            found = self._known.pop(key, None)
            if found is not None:
                self._known[key] = found
            return found

    def put(self, key: tuple[str, int], definition: SurveyDefinition) -> None:
        with self._lock:
            self._known[key] = definition
            while len(self._known) > KEPT:
                del self._known[next(iter(self._known))]


_kept = _Kept()


def survey_by_slug(session: Session, site_id: int, slug: str) -> Survey:
    """The survey of that name, archived or not. Raises NotFound."""
    found = session.scalar(select(Survey).where(Survey.site_id == site_id, Survey.slug == slug))
    if found is None:
        raise NotFound(slug)
    return found


def live_survey(session: Session, site_id: int, slug: str) -> LiveSurvey:
    """What customers get under a name. Raises NotFound if it was never published; archived ones say so."""
    return _one_live(session, site_id, Survey.slug == slug, slug)


def live_survey_by_id(session: Session, site_id: int, survey_id: int) -> LiveSurvey:
    """The same for a survey that a link names."""
    return _one_live(session, site_id, Survey.id == survey_id, str(survey_id))


def live_survey_for(session: Session, site_id: int, purpose: Purpose) -> LiveSurvey | None:
    """What customers get for a purpose: the survey named after it, else the oldest one; None where there is none."""
    query = _head(site_id).where(SurveyVersion.id == Survey.live_version_id, Survey.archived_at.is_(None))
    rows = session.execute(query.order_by(Survey.slug != purpose.value, Survey.id)).all()
    found = (_with_definition(session, site_id, row) for row in rows)
    return next((one for one in found if one.definition.purpose is purpose), None)


def published_definition(session: Session, site_id: int, public_id: str, version_id: int) -> SurveyDefinition | None:
    """What a published version of this survey asks: without a statement if it is known; None if it hasn't that."""
    definition = _kept.get((public_id, version_id))
    if definition is None:
        plain = session.scalar(
            select(SurveyVersion.definition)
            .join(Survey, Survey.id == SurveyVersion.survey_id)
            .where(
                Survey.site_id == site_id,
                SurveyVersion.site_id == site_id,
                Survey.public_id == public_id,
                SurveyVersion.id == version_id,
                SurveyVersion.published_at.is_not(None),
            )
        )
        if plain is None:
            return None
        definition = from_stored(plain)
        _kept.put((public_id, version_id), definition)
    return definition


def published_definitions(session: Session, site_id: int, wanted: Mapping[int, str]) -> dict[int, SurveyDefinition]:
    """What published versions ask, by id: one statement for those that aren't known yet, none if all are.

    ``wanted`` names each version's survey by its public id. A version that was never published is left out.
    """
    missing = [version_id for version_id, public_id in wanted.items() if _kept.get((public_id, version_id)) is None]
    if missing:
        rows = session.execute(
            select(SurveyVersion.id, SurveyVersion.definition).where(
                SurveyVersion.site_id == site_id,
                SurveyVersion.id.in_(missing),
                SurveyVersion.published_at.is_not(None),
            )
        )
        for row in rows:
            _kept.put((wanted[row.id], row.id), from_stored(row.definition))
    known = ((version_id, _kept.get((public_id, version_id))) for version_id, public_id in wanted.items())
    return {version_id: definition for version_id, definition in known if definition is not None}


def survey_versions(session: Session, site_id: int, version_ids: set[int]) -> dict[int, LiveSurvey]:
    """Several versions at once, by id: for lists of answers."""
    if not version_ids:
        return {}
    rows = session.execute(_head(site_id).where(SurveyVersion.id.in_(version_ids))).all()
    missing = [row.version_id for row in rows if _kept.get((row.public_id, row.version_id)) is None]
    plain = _definitions(session, site_id, missing)
    return {row.version_id: _with_definition(session, site_id, row, plain) for row in rows}


def draft_of(session: Session, site_id: int, survey_id: int) -> SurveyVersion | None:
    """The version that is being worked on, if there is one."""
    return session.scalar(
        select(SurveyVersion)
        .where(
            SurveyVersion.site_id == site_id,
            SurveyVersion.survey_id == survey_id,
            SurveyVersion.published_at.is_(None),
        )
        .order_by(SurveyVersion.number.desc())
        .limit(1)
    )


def latest_survey(session: Session, site_id: int, slug: str) -> LiveSurvey:
    """The newest version under a name, draft or not: what ``pull`` gives and staff preview. Raises NotFound."""
    query = _head(site_id).where(Survey.slug == slug).order_by(SurveyVersion.number.desc()).limit(1)
    found = session.execute(query).one_or_none()
    if found is None:
        raise NotFound(slug)
    return _with_definition(session, site_id, found)


def survey_lines(session: Session, site_id: int, *, archived: bool = False) -> tuple[SurveyLine, ...]:
    """Every survey of a site by name, with its newest title; archived ones only if asked for."""
    newest = (
        select(SurveyVersion.survey_id, func.max(SurveyVersion.number).label("number"))
        .where(SurveyVersion.site_id == site_id)
        .group_by(SurveyVersion.survey_id)
        .subquery()
    )
    live = (
        select(SurveyVersion.id, SurveyVersion.number)
        .where(SurveyVersion.site_id == site_id, SurveyVersion.published_at.is_not(None))
        .subquery()
    )
    query = (
        select(Survey, SurveyVersion, live.c.number)
        .join(newest, newest.c.survey_id == Survey.id)
        .join(
            SurveyVersion,
            (SurveyVersion.survey_id == Survey.id) & (SurveyVersion.number == newest.c.number),
        )
        .outerjoin(live, live.c.id == Survey.live_version_id)
        .where(Survey.site_id == site_id, SurveyVersion.site_id == site_id)
        .order_by(Survey.slug)
    )
    if not archived:
        query = query.where(Survey.archived_at.is_(None))
    return tuple(_line(survey, version, number) for survey, version, number in session.execute(query))


def _line(survey: Survey, version: SurveyVersion, live: int | None) -> SurveyLine:
    plain = version.definition
    return SurveyLine(
        id=survey.id,
        public_id=survey.public_id,
        slug=survey.slug,
        title=plain["title"],
        languages=tuple(plain["languages"]),
        questions=len(plain["questions"]),
        live=live,
        draft=None if version.published_at else version.number,
        changed_at=version.published_at or version.created_at,
        archived=survey.archived_at is not None,
    )


def _one_live(session: Session, site_id: int, which: ColumnElement[bool], name: str) -> LiveSurvey:
    query = _head(site_id).where(which, SurveyVersion.id == Survey.live_version_id)
    found = session.execute(query).one_or_none()
    if found is None:
        raise NotFound(name)
    return _with_definition(session, site_id, found)


def _head(site_id: int) -> Select[int, str, str, datetime | None, int, int, datetime | None]:
    """Everything about a version but its definition, which is usually known."""
    return (
        select(
            Survey.id.label("survey_id"),
            Survey.public_id.label("public_id"),
            Survey.slug.label("slug"),
            Survey.archived_at.label("archived_at"),
            SurveyVersion.id.label("version_id"),
            SurveyVersion.number.label("number"),
            SurveyVersion.published_at.label("published_at"),
        )
        .join(SurveyVersion, SurveyVersion.survey_id == Survey.id)
        .where(Survey.site_id == site_id, SurveyVersion.site_id == site_id)
    )


def _definitions(session: Session, site_id: int, version_ids: list[int]) -> dict[int, SurveyDefinition]:
    if not version_ids:
        return {}
    query = select(SurveyVersion.id, SurveyVersion.definition).where(
        SurveyVersion.site_id == site_id, SurveyVersion.id.in_(version_ids)
    )
    return {version_id: from_stored(plain) for version_id, plain in session.execute(query)}


def _with_definition(
    session: Session, site_id: int, row: _Head, plain: dict[int, SurveyDefinition] | None = None
) -> LiveSurvey:
    key = (row.public_id, row.version_id)
    definition = _kept.get(key) if row.published_at else None
    if definition is None:
        found = plain if plain is not None and row.version_id in plain else None
        definition = (found or _definitions(session, site_id, [row.version_id]))[row.version_id]
        if row.published_at:
            _kept.put(key, definition)
    return LiveSurvey(
        row.survey_id, row.public_id, row.slug, row.version_id, row.number, definition, row.archived_at is not None
    )
