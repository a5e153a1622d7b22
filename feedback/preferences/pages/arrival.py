"""Whose link it is and how to speak to them: the site, the language, the page around what is said."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from flask import request

from feedback import clock
from feedback.i18n.negotiation import language_of
from feedback.i18n.text import mask_address, pick
from feedback.links.purposes import Purpose
from feedback.links.signing import Keyring, keyring
from feedback.links.tokens import BadToken, ExpiredToken, LinkToken, repaired
from feedback.preferences.models import Topic
from feedback.preferences.policy import Frequency, Scope, Standing
from feedback.preferences.queries import LinkOwner, owner_of_link, standing_of, topics_of
from feedback.rendering import current_reader
from feedback.responses.drawing import languages_view, view_of_site
from feedback.responses.view import LanguageView, SiteView
from feedback.sites.models import Site
from feedback.sites.queries import site_by_id
from feedback.sites.readers import reader_at
from feedback.web.locale import negotiated, set_reader
from feedback.web.transaction import reading, settings

Opens = Callable[[Keyring, str], LinkToken]


@dataclass(frozen=True, slots=True)
class TopicView:
    """A topic in the reader's language; ``on`` is whether its mails go to this address."""

    key: str
    name: str
    language: str
    on: bool
    frequency: str
    #: What can be chosen; empty where there is nothing to choose.
    frequencies: tuple[str, ...]
    paused_until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Arrival:
    """Somebody with a right link. ``address`` is masked; empty where the customer was erased."""

    token: str
    link: LinkToken
    owner: LinkOwner
    site: Site
    standing: Standing
    topics: tuple[TopicView, ...]
    #: What the link stops, also where the site no longer sends it.
    about: TopicView | None = None

    @property
    def address(self) -> str:
        """The address, so masked that only its owner knows it."""
        return mask_address(self.owner.email) if self.owner.email else ""

    @property
    def topic(self) -> str:
        """What the link stops."""
        return self.owner.topic or "news"

    def read_again(self) -> Arrival:
        """The same person after something was written."""
        standing = standing_of(reading(), self.site.id, self.owner.keys)
        topics = topics_of(reading(), self.site.id)
        return replace(self, standing=standing, topics=tuple(topic_view(one, standing) for one in topics))


def opened(opens: Opens, token: str) -> tuple[LinkToken, str]:
    """What a token says, also where a mail program has damaged it. Raises BadToken, ExpiredToken."""
    ring = keyring(settings())
    try:
        return opens(ring, token), token
    except ExpiredToken:
        raise
    except BadToken:
        mended = repaired(token)
        return opens(ring, mended), mended


def arriving(opens: Opens, token: str, *purposes: Purpose) -> Arrival:
    """Who has come, and how to speak to them. Raises NotFound: a bad signature and an unknown id look alike."""
    found, token = opened(opens, token)
    session = reading()
    owner = owner_of_link(session, found.site_id, found.key, *purposes)
    site = site_by_id(session, owner.site_id)
    read_in(site, owner.locale)
    standing = standing_of(session, owner.site_id, owner.keys)
    known = [(one, topic_view(one, standing)) for one in topics_of(session, owner.site_id, archived=True)]
    topics = tuple(view for one, view in known if one.archived_at is None)
    arrival = Arrival(token, found, owner, site, standing, topics)
    return replace(arrival, about=next((view for one, view in known if one.key == arrival.topic), None))


def read_in(site: Site, link_locale: str) -> None:
    """Speak the language that was asked for, else the mail's, else the browser's, else the site's (U-24)."""
    language = negotiated(languages_of(site), site.locale, link_locale)
    wish = request.args.get("lang") or link_locale
    set_reader(reader_at(site, wish if wish and language_of(wish) == language else language))


def languages_of(site: Site) -> tuple[str, ...]:
    """The languages that a site speaks."""
    return tuple(dict.fromkeys(language_of(tag) for tag in site.languages)) or (language_of(site.locale),)


def language_views(site: Site) -> tuple[LanguageView, ...]:
    """The languages on offer."""
    return languages_view(languages_of(site))


def site_view(site: Site) -> SiteView:
    """The company whose mails they are."""
    return view_of_site(site.name, site.key, site.theme)


def topic_view(topic: Topic, standing: Standing) -> TopicView:
    """A topic for the reader of this request."""
    name, language = pick(topic.name, current_reader().tag)
    on = not any((scope, key) in standing.suppressed for scope, key in _stopping(topic.key))
    wish = standing.wish(topic.key)
    offered = topic.frequencies or ([Frequency.EACH] if wish.frequency is not Frequency.EACH else [])
    frequencies = tuple(one.value for one in Frequency if one in offered or (offered and one is wish.frequency))
    paused = wish.paused_until if wish.paused_until and wish.paused_until > clock.now() else None
    return TopicView(topic.key, name or topic.key, language, on, wish.frequency.value, frequencies, paused)


def _stopping(topic: str) -> Sequence[tuple[Scope, str]]:
    return (Scope.TOPIC, topic), (Scope.MARKETING, ""), (Scope.ADDRESS, "")
