"""Makes the demonstration's sites and the invented shops' server known to each other; pages are host's."""

import os

from sqlalchemy.orm import Session

from feedback.actors import Actor
from feedback.db import Database
from feedback.demo.host import Company, Host
from feedback.demo.making import ACTOR, speaker
from feedback.demo.shop import SHOPS
from feedback.settings import Settings
from feedback.sites.actions import add_origin, change_return_url
from feedback.sites.models import Site
from feedback.sites.queries import site_by_key
from feedback.sites.returning import signing_secret
from feedback.sites.secrets import active_secrets, add_secret


def host_for(settings: Settings, database: Database, port: int) -> Host:
    """The shops' server on a port; its origin is registered, and so is where customers go back to. Again it is kept."""
    plain = Host(settings.public_url, port, os.getpid(), ())
    with database.write() as session:
        companies = tuple(
            _company(session, site_by_key(session, words.site), words.language, plain.origin) for words in SHOPS
        )
    return Host(plain.service, plain.port, plain.parent, companies)


def _company(session: Session, site: Site, language: str, origin: str) -> Company:
    """One site as its own server knows it."""
    add_origin(session, ACTOR, site.id, origin)
    change_return_url(session, ACTOR, site.id, f"{origin}/{language}/", version=site.version)
    customer = speaker(session, site.id, language)
    if customer is None:
        raise LookupError(f"nobody at {site.key} speaks {language}")
    return Company(
        site=site.key,
        name=site.name,
        secret=_secret(session, ACTOR, site.id),
        customer_id=customer.external_id or "",
        customer=customer.name or "",
    )


def _secret(session: Session, actor: Actor, site_id: int) -> str:
    """The secret that the shop's server signs with, made where there is none."""
    there = signing_secret(active_secrets(session, site_id))
    return there.key if there is not None else add_secret(session, actor, site_id).key
