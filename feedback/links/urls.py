"""Absolute addresses of everything that people are sent to, from the configured public address only (S-20)."""

from urllib.parse import quote

from feedback.links.models import Link
from feedback.links.purposes import Purpose
from feedback.links.queries import token_of
from feedback.links.signing import (
    keyring,
    sign_case,
    sign_confirm,
    sign_kiosk,
    sign_preferences,
    sign_staff_join,
    sign_staff_reset,
    sign_survey,
    sign_unsubscribe,
)
from feedback.links.tokens import ConfirmToken, KioskToken, LinkToken
from feedback.settings import Settings


def survey_url(settings: Settings, link: Link) -> str:
    """The address of a customer's own survey."""
    return f"{settings.public_url}/s/{sign_survey(keyring(settings), token_of(link))}"


def customer_case_url(settings: Settings, link: Link) -> str:
    """The customer's own page of their case."""
    return f"{settings.public_url}/c/{sign_case(keyring(settings), token_of(link))}"


def address_of(settings: Settings, purpose: Purpose, token: LinkToken) -> str:
    """The address of a link of which there is no row at hand: a survey, or where mails are stopped."""
    if purpose is Purpose.SURVEY:
        return f"{settings.public_url}/s/{sign_survey(keyring(settings), token)}"
    if purpose is Purpose.UNSUBSCRIBE:
        return f"{settings.public_url}/u/{sign_unsubscribe(keyring(settings), token)}"
    raise ValueError(purpose)


def unsubscribe_url(settings: Settings, link: Link) -> str:
    """Where somebody stops mails, by a button or by their mail program."""
    return f"{settings.public_url}/u/{sign_unsubscribe(keyring(settings), token_of(link))}"


def preferences_url(settings: Settings, link: Link) -> str:
    """Somebody's preference centre."""
    return f"{settings.public_url}/p/{sign_preferences(keyring(settings), token_of(link))}"


def confirm_url(settings: Settings, site_id: int, request_id: int, issued_at: int) -> str:
    """Where a request that came from the preference centre is confirmed."""
    return f"{settings.public_url}/mine/{sign_confirm(keyring(settings), ConfirmToken(site_id, request_id, issued_at))}"


def join_url(settings: Settings, link: Link) -> str:
    """Where a new staff member sets a password."""
    return f"{settings.public_url}/console/join/{sign_staff_join(keyring(settings), token_of(link))}"


def reset_url(settings: Settings, link: Link) -> str:
    """Where a staff member sets a new password."""
    return f"{settings.public_url}/console/reset/{sign_staff_reset(keyring(settings), token_of(link))}"


def open_survey_url(settings: Settings, site_key: str, slug: str) -> str:
    """The survey for anybody: for links, posters and QR codes."""
    return f"{settings.public_url}/survey/{quote(site_key, safe='')}/{quote(slug, safe='')}"


def kiosk_url(settings: Settings, site_key: str, slug: str, kiosk: KioskToken) -> str:
    """What a tablet opens once to be a feedback screen."""
    way = f"{settings.public_url}/kiosk/{quote(site_key, safe='')}/{quote(slug, safe='')}"
    return f"{way}?token={sign_kiosk(keyring(settings), kiosk)}"


def message_url(settings: Settings, site_key: str) -> str:
    """Where anybody can write to a site."""
    return f"{settings.public_url}/message/{quote(site_key, safe='')}"


def privacy_url(settings: Settings, site_key: str) -> str:
    """How the site handles answers."""
    return f"{settings.public_url}/privacy/{quote(site_key, safe='')}"


def case_url(settings: Settings, site_key: str, case_public_id: str) -> str:
    """A case in the console."""
    return f"{settings.public_url}/console/{quote(site_key, safe='')}/cases/{case_public_id}"


def profile_url(settings: Settings) -> str:
    """Where somebody on the staff chooses which mails they are sent."""
    return f"{settings.public_url}/console/profile#notices"
