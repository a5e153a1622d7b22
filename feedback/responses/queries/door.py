"""What stands behind a survey's address: site, survey, link, customer, and what was answered before, in one look."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import BindParameter, Select, and_, bindparam, select
from sqlalchemy.orm import Session

from feedback.customers import models as customers
from feedback.db import held_to
from feedback.errors import NotFound
from feedback.i18n.negotiation import language_of
from feedback.links.models import Link
from feedback.links.purposes import Purpose
from feedback.responses.models import Answer, Draft, Response
from feedback.responses.ways import Frame, Way
from feedback.sites.models import Site
from feedback.surveys import answers
from feedback.surveys.definition import SurveyDefinition
from feedback.surveys.models import Survey
from feedback.surveys.queries import published_definition

_link = Link.metadata.tables["link"]
_site = Site.metadata.tables["site"]
_survey = Survey.metadata.tables["survey"]
_customer = customers.Customer.metadata.tables["customer"]
_interaction = customers.Interaction.metadata.tables["interaction"]
_response = Response.metadata.tables["response"]
_draft = Draft.metadata.tables["draft"]
_answer = Answer.metadata.tables["answer"]


@dataclass(frozen=True, slots=True)
class AskedSurvey:
    """A survey of a site as somebody finds it; ``version_id`` None: it isn't open to anybody now."""

    site_id: int
    site_key: str
    site_name: str
    site_locale: str
    site_languages: tuple[str, ...]
    time_zone: str
    country: str | None
    theme: dict[str, Any]
    privacy_notice: dict[str, str] | None
    survey_id: int
    survey_public_id: str
    slug: str
    version_id: int | None
    #: Whether only customers whom the site's own back end names may answer without a link.
    identity_required: bool = False
    #: What the site asks of strangers: read by the rules of spam.
    spam: dict[str, Any] = field(default_factory=dict)

    @property
    def languages(self) -> tuple[str, ...]:
        """The languages in which the site speaks to its customers."""
        return tuple(dict.fromkeys(map(language_of, self.site_languages or (self.site_locale,))))


@dataclass(frozen=True, slots=True)
class Customer:
    """As much of the customer as the survey page may know."""

    id: int
    email: str | None
    erased: bool
    time_zone: str | None = None


@dataclass(frozen=True, slots=True)
class Earlier:
    """The response that is there already."""

    id: int
    public_id: str
    version_id: int
    state: str
    contact: str
    score: int | None
    created_at: datetime
    updated_at: datetime
    customer_id: int | None = None
    form_nonce: str | None = None


@dataclass(frozen=True, slots=True)
class Drafted:
    """What is half finished on a link: the form's values as they came, and the step that comes next."""

    version_id: int
    values: dict[str, list[str]]
    step: str
    locale: str


@dataclass(frozen=True, slots=True)
class Door:
    """One address that a survey is answered at. ``link_id`` None: one that is open to anybody."""

    asked: AskedSurvey
    way: Way = Way.OPEN
    #: Set where it stands inside somebody else's page.
    frame: Frame | None = None
    link_id: int | None = None
    locale: str | None = None
    revoked: bool = False
    customer: Customer | None = None
    interaction_id: int | None = None
    channel: str | None = None
    place: str | None = None
    earlier: Earlier | None = None
    draft: Drafted | None = None


SITE_COLUMNS = (
    _site.c.id.label("site_id"),
    _site.c.key.label("site_key"),
    _site.c.name.label("site_name"),
    _site.c.locale.label("site_locale"),
    _site.c.languages.label("site_languages"),
    _site.c.time_zone,
    _site.c.country,
    _site.c.theme,
    _site.c.privacy_notice,
    _site.c.identity_required,
    _site.c.spam,
)
_ASKED = (
    *SITE_COLUMNS,
    _survey.c.id.label("survey_id"),
    _survey.c.public_id.label("survey_public_id"),
    _survey.c.slug,
    _survey.c.live_version_id,
    _survey.c.archived_at,
)
_EARLIER = (
    _response.c.id.label("response_id"),
    _response.c.public_id.label("response_public_id"),
    _response.c.version_id.label("response_version_id"),
    _response.c.state,
    _response.c.contact,
    _response.c.score,
    _response.c.created_at,
    _response.c.updated_at,
    _response.c.customer_id.label("response_customer_id"),
    _response.c.form_nonce,
)


def _of_links() -> Select[Any]:
    site_id: BindParameter[int] = bindparam("site_id")
    joined = (
        _link.join(_site, _site.c.id == _link.c.site_id)
        .join(_survey, and_(_survey.c.id == _link.c.survey_id, held_to(site_id, _survey.c.site_id)))
        .outerjoin(_customer, and_(_customer.c.id == _link.c.customer_id, held_to(site_id, _customer.c.site_id)))
        .outerjoin(
            _interaction, and_(_interaction.c.id == _link.c.interaction_id, held_to(site_id, _interaction.c.site_id))
        )
        .outerjoin(_response, and_(_response.c.link_id == _link.c.id, held_to(site_id, _response.c.site_id)))
        .outerjoin(_draft, and_(_draft.c.link_id == _link.c.id, held_to(site_id, _draft.c.site_id)))
    )
    return (
        select(
            *_ASKED,
            *_EARLIER,
            _link.c.id.label("link_id"),
            _link.c.locale.label("link_locale"),
            _link.c.revoked_at,
            _link.c.customer_id,
            _link.c.interaction_id,
            _customer.c.email,
            _customer.c.erased_at,
            _customer.c.time_zone.label("customer_zone"),
            _interaction.c.channel,
            _interaction.c.place,
            _draft.c.version_id.label("draft_version_id"),
            _draft.c["values"].label("draft_values"),
            _draft.c.step.label("draft_step"),
            _draft.c.locale.label("draft_locale"),
        )
        .select_from(joined)
        .where(held_to(site_id, _link.c.site_id), _link.c.purpose == Purpose.SURVEY.value)
    )


# Made once: putting a statement together costs as much as running it, and these run for every page and answer.
_BY_KEY = _of_links().where(_link.c.key == bindparam("key"))
_BY_ROW = _of_links().where(_link.c.id == bindparam("link_id"))
_OPEN = (
    select(*_ASKED)
    .select_from(_site.join(_survey, _survey.c.site_id == _site.c.id))
    .where(_site.c.key == bindparam("site_key"), _survey.c.slug == bindparam("slug"))
)
_OF_SITE = select(*_EARLIER).where(_response.c.site_id == bindparam("site_id"))
_BY_NONCE = _OF_SITE.where(_response.c.nonce == bindparam("nonce"))
_BY_LINK = _OF_SITE.where(_response.c.link_id == bindparam("link_id"))
_BY_ID = _OF_SITE.where(_response.c.survey_id == bindparam("survey_id"), _response.c.id == bindparam("response_id"))
_SAID = (
    select(_answer.c.question, _answer.c.option, _answer.c.number, _answer.c.text)
    .where(_answer.c.site_id == bindparam("site_id"), _answer.c.response_id == bindparam("response_id"))
    .order_by(_answer.c.id)
)


def door_of_link(session: Session, site_id: int, key: bytes | None = None, *, link_id: int | None = None) -> Door:
    """What a survey link opens, in one statement, by its key or its row. Raises NotFound for an unknown one."""
    if link_id is None:
        row = session.execute(_BY_KEY, {"site_id": site_id, "key": key}).one_or_none()
    else:
        row = session.execute(_BY_ROW, {"site_id": site_id, "link_id": link_id}).one_or_none()
    if row is None:
        raise NotFound("link")
    return _door(row)


def _door(row: Any) -> Door:
    customer = None
    if row.customer_id is not None:
        customer = Customer(row.customer_id, row.email, row.erased_at is not None, row.customer_zone)
    draft = None
    if row.draft_version_id is not None:
        draft = Drafted(row.draft_version_id, row.draft_values, row.draft_step, row.draft_locale)
    return Door(
        _asked(row),
        Way.LINK,
        link_id=row.link_id,
        locale=row.link_locale,
        revoked=row.revoked_at is not None,
        customer=customer,
        interaction_id=row.interaction_id,
        channel=row.channel,
        place=row.place,
        earlier=_earlier(row) if row.response_id is not None else None,
        draft=draft,
    )


def asked_of_anybody(session: Session, site_key: str, slug: str) -> AskedSurvey:
    """The survey at an open address. Raises NotFound for a site or survey that there isn't."""
    row = session.execute(_OPEN, {"site_key": site_key, "slug": slug}).one_or_none()
    if row is None:
        raise NotFound(slug)
    return _asked(row)


def asked_of_site(session: Session, site_id: int) -> AskedSurvey:
    """A site with no survey in particular, for pages that only speak in its name. Raises NotFound."""
    site = session.execute(select(*SITE_COLUMNS).where(_site.c.id == site_id)).one_or_none()
    if site is None:
        raise NotFound(str(site_id))
    return site_from(site)


def site_at(session: Session, key: str) -> tuple[AskedSurvey, str | None]:
    """The site that an address names, with no survey, and where it can be written to. Raises NotFound."""
    site = session.execute(select(*SITE_COLUMNS, _site.c.reply_to).where(_site.c.key == key)).one_or_none()
    if site is None:
        raise NotFound(key)
    return site_from(site), site.reply_to


def earlier_by_nonce(session: Session, site_id: int, nonce: str) -> Earlier | None:
    """The response that a form with this nonce has stored, if it has."""
    row = session.execute(_BY_NONCE, {"site_id": site_id, "nonce": nonce}).one_or_none()
    return None if row is None else _earlier(row)


def earlier_by_link(session: Session, site_id: int, link_id: int) -> Earlier | None:
    """The response that was given by a link, if one was."""
    row = session.execute(_BY_LINK, {"site_id": site_id, "link_id": link_id}).one_or_none()
    return None if row is None else _earlier(row)


def earlier_by_id(session: Session, site_id: int, survey_id: int, response_id: int) -> Earlier:
    """A response to this survey by its inner key. Raises NotFound."""
    keys = {"site_id": site_id, "survey_id": survey_id, "response_id": response_id}
    row = session.execute(_BY_ID, keys).one_or_none()
    if row is None:
        raise NotFound(str(response_id))
    return _earlier(row)


def stored_answers(session: Session, site_id: int, response_id: int) -> dict[str, answers.Answer]:
    """What a response says, by question."""
    rows = session.execute(_SAID, {"site_id": site_id, "response_id": response_id})
    return answers.from_rows((row.question, row.option, row.number, row.text) for row in rows)


def _asked(row: Any) -> AskedSurvey:
    return AskedSurvey(
        site_id=row.site_id,
        site_key=row.site_key,
        site_name=row.site_name,
        site_locale=row.site_locale,
        site_languages=tuple(row.site_languages),
        time_zone=row.time_zone,
        country=row.country,
        theme=row.theme,
        privacy_notice=row.privacy_notice,
        survey_id=row.survey_id,
        survey_public_id=row.survey_public_id,
        slug=row.slug,
        version_id=None if row.archived_at is not None else row.live_version_id,
        identity_required=row.identity_required,
        spam=row.spam,
    )


def site_from(row: Any) -> AskedSurvey:
    """A site with no survey in particular, from a row that has ``SITE_COLUMNS``."""
    return AskedSurvey(
        row.site_id,
        row.site_key,
        row.site_name,
        row.site_locale,
        tuple(row.site_languages),
        row.time_zone,
        row.country,
        row.theme,
        row.privacy_notice,
        survey_id=0,
        survey_public_id="",
        slug="",
        version_id=None,
        identity_required=row.identity_required,
        spam=row.spam,
    )


def _earlier(row: Any) -> Earlier:
    return Earlier(
        row.response_id,
        row.response_public_id,
        row.response_version_id,
        row.state,
        row.contact,
        row.score,
        row.created_at,
        row.updated_at,
        row.response_customer_id,
        row.form_nonce,
    )


def definition_of(session: Session, asked: AskedSurvey, wanted: Iterable[int | None]) -> tuple[int, SurveyDefinition]:
    """The first of the wanted versions that this survey has published. Raises NotFound where it has none."""
    for version_id in wanted:
        if version_id is None:
            continue
        found = published_definition(session, asked.site_id, asked.survey_public_id, version_id)
        if found is not None:
            return version_id, found
    raise NotFound(asked.slug)
