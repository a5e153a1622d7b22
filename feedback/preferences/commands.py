"""``feedback topic``, and the links by which customers stop or choose mails, for a site's own ones."""

import json
import os
from typing import Any

import click

from feedback.actors import Actor
from feedback.customers.queries import customer_named
from feedback.errors import Conflict, Misused, NotFound, Problem
from feedback.i18n.catalogue import translator
from feedback.i18n.negotiation import LANGUAGES, canonical, language_of, lookup, terminal_language
from feedback.i18n.text import N_, pick
from feedback.links.actions import issue_preference_link
from feedback.links.purposes import Purpose
from feedback.links.urls import preferences_url, unsubscribe_url
from feedback.preferences.actions import add_topic
from feedback.preferences.policy import Frequency
from feedback.preferences.queries import topic_by_key, topics_of
from feedback.sites.queries import choose_site
from feedback.terminal import Terminal, options

_SITE = click.option("--site", "site_key", metavar="KEY", help="Site; may be left out while there is only one.")
_CUSTOMER = click.option("--customer", metavar="ID", required=True, help="Your number for the customer, or our id.")
_TOPIC = click.option("--topic", metavar="KEY", help="What it stops; news, unless given.")
_LOCALE = click.option("--locale", metavar="TAG", help="Language of the link; the customer's, unless given.")
_JSON = click.option("--json", "as_json", is_flag=True, help="Print the address as JSON.")


@click.group()
def topic() -> None:
    """Email topics, which customers can stop one by one.

    Example: feedback topic add --key offers --name Offers
    """


@topic.command("add")
@click.option("--key", required=True, help="Its short name, such as offers; it stands in links and never changes.")
@click.option("--name", "names", required=True, multiple=True, help="As customers read it; sw=… for another language.")
@click.option(
    "--frequency",
    "frequencies",
    multiple=True,
    type=click.Choice([one.value for one in Frequency]),
    help="A choice it offers.",
)
@_SITE
@click.option("--json", "as_json", is_flag=True, help="Print the key as JSON.")
@click.pass_obj
def add(
    terminal: Terminal,
    key: str,
    names: tuple[str, ...],
    frequencies: tuple[str, ...],
    site_key: str | None,
    as_json: bool,
) -> None:
    """Add a topic to a site; it already has surveys (our invitations) and news.

    Example: feedback topic add --key offers --name Offers --name sw=Ofa
    """
    with terminal.database.write() as session:
        site = choose_site(session, site_key)
        told = dict(_named(name, language_of(site.locale)) for name in names)
        try:
            with options():
                made = add_topic(session, Actor.command("topic add"), site.id, key, told, frequencies).key
        except Conflict as error:
            raise _fail(N_("There is already a topic %(name)s."), key) from error
    click.echo(json.dumps({"key": made}) if as_json else made)


@topic.command("list")
@_SITE
@click.option("--json", "as_json", is_flag=True, help="Print the topics as JSON.")
@click.pass_obj
def list_all(terminal: Terminal, site_key: str | None, as_json: bool) -> None:
    """Show the topics of a site in order, archived ones too.

    Example: feedback topic list --site shop
    """
    with terminal.database.read() as session:
        site = choose_site(session, site_key)
        rows: list[dict[str, Any]] = [
            {
                "key": one.key,
                "name": dict(one.name),
                "frequencies": list(one.frequencies),
                "archived": one.archived_at is not None,
            }
            for one in topics_of(session, site.id, archived=True)
        ]
    if as_json:
        click.echo(json.dumps({"items": rows}, ensure_ascii=False))
        return
    speak = translator(terminal_language(os.environ))
    for row in rows:
        note = speak.gettext(N_("archived")) if row["archived"] else ""
        click.echo(f"{row['key']:20}  {pick(row['name'], terminal_language(os.environ))[0]}  {note}".rstrip())


@click.command("unsubscribe")
@_CUSTOMER
@_TOPIC
@_LOCALE
@_SITE
@_JSON
@click.pass_obj
def unsubscribe(
    terminal: Terminal, customer: str, topic: str | None, locale: str | None, site_key: str | None, as_json: bool
) -> None:
    """Print the address where one customer unsubscribes from a topic, with a button or from their email program.

    Put it into List-Unsubscribe and into the text of your own mails; it never expires.

    Example: feedback link unsubscribe --customer C-1007 --topic news
    """
    _print(terminal, Purpose.UNSUBSCRIBE, customer, topic or "news", locale, site_key, as_json)


@click.command("preferences")
@_CUSTOMER
@click.option("--topic", metavar="KEY", help="What the mail is about that it stands in.")
@_LOCALE
@_SITE
@_JSON
@click.pass_obj
def preferences(
    terminal: Terminal, customer: str, topic: str | None, locale: str | None, site_key: str | None, as_json: bool
) -> None:
    """Print the address of the page where one customer chooses what is sent to them. Nobody needs to sign in.

    Example: feedback link preferences --customer C-1007
    """
    _print(terminal, Purpose.PREFERENCES, customer, topic, locale, site_key, as_json)


def _print(
    terminal: Terminal,
    purpose: Purpose,
    customer: str,
    topic: str | None,
    locale: str | None,
    site_key: str | None,
    as_json: bool,
) -> None:
    if locale is not None and lookup([locale], LANGUAGES) is None:
        message = N_("“%(locale)s” is not one of our languages; fa or fa-AF would be right.")
        raise Misused([Problem("locale", "locale", message, {"locale": locale})])
    with terminal.database.write() as session:
        site = choose_site(session, site_key)
        try:
            who = customer_named(session, site.id, customer)
        except NotFound as error:
            raise _fail(N_("There is no customer %(customer)s here."), customer) from error
        if who.address_key is None:
            raise _fail(N_("The customer has no email address."), customer)
        try:
            about = topic_by_key(session, site.id, topic).key if topic else ""
        except NotFound as error:
            raise _fail(N_("There is no topic %(name)s here."), topic or "") from error
        link = issue_preference_link(
            session,
            Actor.command("link"),
            site.id,
            purpose,
            customer_id=who.id,
            address_key=who.address_key,
            locale=canonical(locale) or who.locale or site.locale,
            topic=about,
        )
    url = (unsubscribe_url if purpose is Purpose.UNSUBSCRIBE else preferences_url)(terminal.settings, link)
    click.echo(json.dumps({"url": url, "expires_at": None}) if as_json else url)


def _named(name: str, language: str) -> tuple[str, str]:
    tag, equals, text = name.partition("=")
    return (tag, text.strip()) if equals and tag in LANGUAGES else (language, name.strip())


def _fail(message: str, name: str) -> click.ClickException:
    speak = translator(terminal_language(os.environ))
    return click.ClickException(speak.say(message, {"name": name, "customer": name}))
