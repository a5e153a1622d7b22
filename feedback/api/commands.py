"""``feedback apikey``: makes, lists and revokes the keys with which other programs call."""

import json
import os
from datetime import datetime, timedelta

import click

from feedback import clock
from feedback.actors import Actor
from feedback.api.actions import add_key, revoke_key
from feedback.api.keys import SCOPES
from feedback.api.models import ApiKey
from feedback.api.queries import keys_of_site
from feedback.i18n.catalogue import Translator, translator
from feedback.i18n.negotiation import terminal_language
from feedback.i18n.text import N_
from feedback.sites.queries import choose_site
from feedback.terminal import Terminal, options

_ACTOR = Actor.command("apikey")


@click.group()
def apikey() -> None:
    """API keys for other programs: make, list, revoke.

    Example: feedback apikey list --site shop
    """


@apikey.command()
@click.option("--name", required=True, help="What it is for, so that it is known in a year.")
@click.option("--scope", "scopes", multiple=True, required=True, help=f"What it may do: {', '.join(SCOPES)}.")
@click.option("--days", type=click.IntRange(1, 3660), help="Refuse it after so many days; otherwise until revoked.")
@click.option("--site", "site_key", metavar="KEY", help="Site; may be left out while there is only one.")
@click.option("--json", "as_json", is_flag=True, help="Print key and name as JSON.")
@click.pass_obj
def add(
    terminal: Terminal, name: str, scopes: tuple[str, ...], days: int | None, site_key: str | None, as_json: bool
) -> None:
    """Make a key and print it, alone on the last line. It can't be shown again: only its hash is stored.

    Example: feedback apikey add --name newsletter --scope preferences:read --site shop
    """
    expires_at = clock.now() + timedelta(days=days) if days else None
    with terminal.database.write() as session:
        site_id = choose_site(session, site_key).id
        with options():
            row, text = add_key(session, _ACTOR, site_id, name, scopes, expires_at=expires_at)
        told = {"id": row.public_id, "name": row.name, "scopes": row.scopes, "expires_at": _iso(row.expires_at)}
    if as_json:
        click.echo(json.dumps({**told, "key": text}))
        return
    click.echo(_speak().gettext(N_("This key is shown only now. Keep it where passwords are kept:")))
    click.echo(text)


@apikey.command("list")
@click.option("--site", "site_key", metavar="KEY", help="Site; may be left out while there is only one.")
@click.option("--json", "as_json", is_flag=True, help="Print them as JSON.")
@click.pass_obj
def list_keys(terminal: Terminal, site_key: str | None, as_json: bool) -> None:
    """Show the keys of a site, newest first: what they may do, when they were last used, never the keys.

    Example: feedback apikey list --site shop
    """
    now = clock.now()
    with terminal.database.read() as session:
        rows = [
            {
                "id": row.public_id,
                "name": row.name,
                "scopes": row.scopes,
                "created_at": _iso(row.created_at),
                "expires_at": _iso(row.expires_at),
                "last_used_at": _iso(row.last_used_at),
                "revoked_at": _iso(row.revoked_at),
                "state": _state(row, now),
            }
            for row in keys_of_site(session, choose_site(session, site_key).id)
        ]
    if as_json:
        click.echo(json.dumps({"items": rows}, ensure_ascii=False))
        return
    speak = _speak()
    states = {
        "active": speak.gettext(N_("works")),
        "expired": speak.gettext(N_("too old")),
        "revoked": speak.gettext(N_("revoked")),
    }
    for one in rows:
        used = str(one["last_used_at"] or "-")[:19]
        click.echo(f"{one['id']}  {used:19}  {states[str(one['state'])]}  {one['name']}")


@apikey.command()
@click.argument("key_id", metavar="ID")
@click.option("--site", "site_key", metavar="KEY", help="Site; may be left out while there is only one.")
@click.pass_obj
def revoke(terminal: Terminal, key_id: str, site_key: str | None) -> None:
    """Revoke a key from now on. ID is its name in the list, never the key itself.

    Example: feedback apikey revoke 3fK9a01c --site shop
    """
    with terminal.database.write() as session:
        revoke_key(session, _ACTOR, choose_site(session, site_key).id, key_id)
    click.echo(_speak().gettext(N_("The key is revoked.")))


def _speak() -> Translator:
    return translator(terminal_language(os.environ))


def _iso(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None


def _state(row: ApiKey, now: datetime) -> str:
    if row.revoked_at is not None:
        return "revoked"
    return "expired" if row.expires_at is not None and row.expires_at <= now else "active"
