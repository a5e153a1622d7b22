"""``feedback site``: add and list sites, and the secrets of their back ends."""

import json
import os
from typing import TextIO

import click

from feedback import clock
from feedback.actors import Actor
from feedback.errors import Invalid, Misused, Problem
from feedback.i18n.catalogue import translator
from feedback.i18n.negotiation import terminal_language
from feedback.i18n.text import N_
from feedback.sites.actions import add_site
from feedback.sites.calendar import stored_holidays
from feedback.sites.details import new_site
from feedback.sites.origins import checked_origin
from feedback.sites.queries import choose_site, list_sites
from feedback.sites.secrets import add_secret, all_secrets, retire_secret
from feedback.terminal import Terminal


@click.group()
def site() -> None:
    """Sites: add and list them, and the secrets of their back ends.

    Example: feedback site add --key shop --name "Duka la Amani" --country TZ
    """


@site.command()
@click.option("--key", required=True, help="Short name for addresses: a-z, 0-9 and -.")
@click.option("--name", required=True, help="What customers see.")
@click.option("--origin", "origins", multiple=True, metavar="URL", help="Pages that may show its surveys; repeatable.")
@click.option("--locale", metavar="L", help="Main language, such as sw or fa-AF; else the country's.")
@click.option("--time-zone", metavar="Z", help="Such as Africa/Nairobi; else the country's.")
@click.option("--country", metavar="CC", help="Two letters: hours, holidays, zone and language come from it.")
@click.option("--reply-to", metavar="E", help="Where answers to mails arrive.")
@click.option("--json", "as_json", is_flag=True, help="Print the site as JSON.")
@click.pass_obj
def add(
    terminal: Terminal,
    key: str,
    name: str,
    origins: tuple[str, ...],
    locale: str | None,
    time_zone: str | None,
    country: str | None,
    reply_to: str | None,
    as_json: bool,
) -> None:
    """Add a site, with every survey template published and the usual rules and hours.

    Example: feedback site add --key shop --name "Duka la Amani" --country TZ
    """
    problems: list[Problem] = []
    checked: list[str] = []
    for origin in origins:
        try:
            checked.append(checked_origin(origin, allow_local=not terminal.settings.is_https))
        except Invalid as error:
            problems += error.problems
    try:
        said = new_site(key=key, name=name, country=country, locale=locale, time_zone=time_zone, reply_to=reply_to)
    except Invalid as error:
        raise Misused([*error.problems, *problems]) from error
    if problems:
        raise Misused(problems)
    holidays = stored_holidays(said.country, clock.now().year)
    with terminal.database.write() as session:
        made = add_site(
            session,
            Actor.command("site add"),
            key=key,
            name=name,
            country=country,
            locale=locale,
            time_zone=time_zone,
            reply_to=reply_to,
            origins=checked,
            holidays=holidays,
        )
    if as_json:
        click.echo(
            json.dumps({"key": made.key, "id": made.public_id, "locale": made.locale, "time_zone": made.time_zone})
        )
        return
    speak = translator(terminal_language(os.environ)).gettext
    told = speak(N_("Added %(name)s (%(locale)s, %(zone)s). Its key:"))
    click.echo(told % {"name": made.name, "locale": made.locale, "zone": made.time_zone})
    click.echo(made.key)


@site.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print the sites as JSON.")
@click.pass_obj
def list_all(terminal: Terminal, as_json: bool) -> None:
    """Show every site with its key, name, language, country and time zone.

    Example: feedback site list
    """
    with terminal.database.read() as session:
        rows = [
            {
                "key": one.key,
                "id": one.public_id,
                "name": one.name,
                "locale": one.locale,
                "languages": one.languages,
                "country": one.country,
                "time_zone": one.time_zone,
            }
            for one in list_sites(session)
        ]
    if as_json:
        click.echo(json.dumps({"items": rows}, ensure_ascii=False))
        return
    for row in rows:
        click.echo(
            f"{row['key']:20}  {row['locale']:8}  {row['country'] or '-':2}  {row['time_zone']:24}  {row['name']}"
        )


@site.group()
def secret() -> None:
    """Secrets with which a site's own back end proves who its customers are.

    Example: feedback site secret add --site shop
    """


@secret.command("add")
@click.option(
    "--public-key", type=click.File(), metavar="FILE", help="Public half of an Ed25519 key: sign with EdDSA instead."
)
@click.option("--site", "site_key", metavar="KEY", help="Site; may be left out while there is only one.")
@click.option("--json", "as_json", is_flag=True, help="Print the secret as JSON.")
@click.pass_obj
def add_one(terminal: Terminal, public_key: TextIO | None, site_key: str | None, as_json: bool) -> None:
    """Make a secret and print it, alone on the last line; two may be in use while one replaces the other.

    Example: feedback site secret add --site shop
    """
    pem = public_key.read() if public_key else None
    with terminal.database.write() as session:
        row = add_secret(session, Actor.command("site secret add"), choose_site(session, site_key).id, public_key=pem)
        told = {"id": row.public_id, "algorithm": row.algorithm, "key": row.key if pem is None else None}
    speak = translator(terminal_language(os.environ)).gettext
    if as_json:
        click.echo(json.dumps(told))
    elif pem is None:
        click.echo(speak(N_("This secret is shown only now. Your back end signs with it (HS256):")))
        click.echo(told["key"])
    else:
        click.echo(speak(N_("From now on, what the other half of this key signs (EdDSA) is accepted.")))
        click.echo(told["id"])


@secret.command("list")
@click.option("--site", "site_key", metavar="KEY", help="Site; may be left out while there is only one.")
@click.option("--json", "as_json", is_flag=True, help="Print them as JSON.")
@click.pass_obj
def list_secrets(terminal: Terminal, site_key: str | None, as_json: bool) -> None:
    """Show the secrets of a site, newest first: since when, until when, never the secret.

    Example: feedback site secret list --site shop
    """
    with terminal.database.read() as session:
        rows = [
            {
                "id": row.public_id,
                "algorithm": row.algorithm,
                "created_at": row.created_at.isoformat(),
                "retired_at": row.retired_at.isoformat() if row.retired_at else None,
            }
            for row in all_secrets(session, choose_site(session, site_key).id)
        ]
    if as_json:
        click.echo(json.dumps({"items": rows}))
        return
    for row in rows:
        since, until = str(row["created_at"])[:19], str(row["retired_at"] or "-")[:19]
        click.echo(f"{row['id']}  {row['algorithm']:5}  {since}  {until}")


@secret.command("retire")
@click.argument("secret_id", metavar="ID")
@click.option("--site", "site_key", metavar="KEY", help="Site; may be left out while there is only one.")
@click.pass_obj
def retire(terminal: Terminal, secret_id: str, site_key: str | None) -> None:
    """Stop accepting anything signed with a secret. ID is its name in the list, never the secret itself.

    Example: feedback site secret retire 7jzdu2tn3oqk5p4vfx6wmcbale --site shop
    """
    with terminal.database.write() as session:
        retire_secret(session, Actor.command("site secret retire"), choose_site(session, site_key).id, secret_id)
    click.echo(translator(terminal_language(os.environ)).gettext(N_("The secret is retired.")))
