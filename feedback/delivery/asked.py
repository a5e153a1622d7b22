"""Mails that answer what was asked for in the preference centre; each goes to a mailbox that we already know."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Final

from sqlalchemy.orm import Session

from feedback import clock
from feedback.actors import SYSTEM
from feedback.customers.models import Customer
from feedback.customers.queries import customer_by_id, earlier_address, private_address
from feedback.delivery.mails import Mail, Prepared, Withheld, reader_at, register
from feedback.delivery.models import MailClass
from feedback.delivery.outbox import Claimed, queue_mail
from feedback.errors import NotFound
from feedback.events import CasesToShow, gather
from feedback.i18n.text import N_, mask_address
from feedback.links.actions import issue_case_link, issue_preference_link
from feedback.links.models import Link
from feedback.links.purposes import Purpose
from feedback.links.urls import confirm_url, customer_case_url, preferences_url
from feedback.preferences.models import PreferenceRequest, RequestKind
from feedback.preferences.queries import key_of_address, request_by_id
from feedback.settings import Settings
from feedback.sites.models import Site
from feedback.sites.queries import site_by_id

ADDRESS_CHANGED: Final = "address_changed"
_NAMES: Final = {
    RequestKind.RESUME: "confirm_resume",
    RequestKind.ADDRESS: "confirm_address",
    RequestKind.EXPORT: "confirm_export",
    RequestKind.ERASE: "confirm_erase",
    RequestKind.LINK: "preferences_link",
}


@dataclass(frozen=True, slots=True)
class _Asked:
    site: Site
    request: PreferenceRequest
    customer: Customer


def queue_request(session: Session, site_id: int, request_id: int) -> None:
    """Queue the mail that a request of this kind needs; to whom it goes is found out at hand-over."""
    request = request_by_id(session, site_id, request_id)
    if request.customer_id is None:
        return  # only a hash is known: there is no mailbox to ask
    queue_mail(
        session,
        site_id=site_id,
        name=_NAMES[RequestKind(request.kind)],
        mail_class=MailClass.TRANSACTIONAL,
        locale=request.locale,
        customer_id=request.customer_id,
        facts={"request": request.id},
    )


def _confirmed(session: Session, mail: Claimed) -> Prepared:
    """The mail with the button's link, which works for a day from now."""
    asked = _read(session, mail)
    now = clock.now()
    issued, request_id, site_id = int(now.timestamp()), asked.request.id, asked.site.id
    address = {
        RequestKind.ADDRESS: asked.request.email,
        RequestKind.RESUME: asked.customer.email,
    }.get(RequestKind(asked.request.kind), private_address(asked.customer, now))
    prepared = _prepared(asked.site, asked.customer, address, asked.request.locale)
    return replace(prepared, urls={"url": lambda settings: confirm_url(settings, site_id, request_id, issued)})


def _their_links(session: Session, mail: Claimed) -> Prepared:
    """The link to the settings; to an open case too, unless the address is so new that its owner may be another."""
    asked = _read(session, mail)
    customer, site = asked.customer, asked.site
    if customer.address_key != asked.request.address_key:
        raise Withheld("no_address")
    prepared = _prepared(site, customer, customer.email, asked.request.locale)
    settled = earlier_address(customer, clock.now()) is None
    cases = gather(session, CasesToShow(site.id, customer.id)) if settled else []
    urls = {"url": _preferences(session, site, customer, customer.address_key or "", prepared.reader.tag)}
    if cases:
        case = issue_case_link(
            session, SYSTEM, site.id, case_id=cases[0], customer_id=customer.id, locale=prepared.reader.tag
        )
        urls["case_url"] = lambda settings: customer_case_url(settings, case)
    return replace(prepared, context={"case_url": ""}, urls=urls)


def _address_changed(session: Session, mail: Claimed) -> Prepared:
    customer, site = _customer(session, mail), site_by_id(session, mail.site_id)
    before = earlier_address(customer, clock.now())
    if before is None:
        raise Withheld("no_address")
    prepared = _prepared(site, customer, before, "")
    key = key_of_address(session, site.id, before)
    said = {"address": mask_address(customer.email or ""), "until": customer.previous_until}
    url = _preferences(session, site, customer, key, prepared.reader.tag)
    return replace(prepared, context=said, urls={"url": url})


def _preferences(session: Session, site: Site, customer: Customer, key: str, locale: str) -> Callable[[Settings], str]:
    link: Link = issue_preference_link(
        session, SYSTEM, site.id, Purpose.PREFERENCES, customer_id=customer.id, address_key=key, locale=locale
    )
    return lambda settings: preferences_url(settings, link)


def _read(session: Session, mail: Claimed) -> _Asked:
    customer = _customer(session, mail)
    try:
        request = request_by_id(session, mail.site_id, int(mail.facts["request"]))
    except NotFound as error:
        raise Withheld("no_request") from error
    if request.done_at is not None:
        raise Withheld("settled")
    return _Asked(site_by_id(session, mail.site_id), request, customer)


def _customer(session: Session, mail: Claimed) -> Customer:
    customer = customer_by_id(session, mail.site_id, mail.customer_id or 0)
    if customer.erased_at is not None:
        raise Withheld("erased")
    return customer


def _prepared(site: Site, customer: Customer, address: str | None, locale: str) -> Prepared:
    """An envelope without a name on it: who reads this mailbox is what the mail is to find out."""
    if not address:
        raise Withheld("no_address")
    return Prepared(
        address,
        reader_at(site, locale or customer.locale, customer.time_zone),
        site.name,
        site.reply_to,
        {},
        brand=site.theme.get("color"),
    )


_DAY: Final = timedelta(days=1)
register("confirm_resume", Mail(N_("%(site)s: do you want our emails again?"), _DAY, _confirmed))
register("confirm_address", Mail(N_("%(site)s: confirm your new address"), _DAY, _confirmed))
register("confirm_export", Mail(N_("%(site)s: the data we hold about you"), _DAY, _confirmed))
register("confirm_erase", Mail(N_("%(site)s: delete everything about you?"), _DAY, _confirmed))
register("preferences_link", Mail(N_("%(site)s: your email settings"), _DAY, _their_links))
register(ADDRESS_CHANGED, Mail(N_("%(site)s: your address was changed"), timedelta(days=4), _address_changed))
