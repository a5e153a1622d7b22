"""``feedback staff``: add, list and disable accounts."""

import json
import os
import sys

import click

from feedback.actors import Actor, Role
from feedback.errors import Invalid, NotFound
from feedback.i18n.catalogue import translator
from feedback.i18n.negotiation import terminal_language
from feedback.i18n.text import N_
from feedback.links.actions import issue_staff_link
from feedback.links.purposes import Purpose
from feedback.links.urls import join_url
from feedback.sites.queries import choose_site
from feedback.staff.actions import add_staff, disable_staff
from feedback.staff.details import new_staff
from feedback.staff.hashing import hash_password
from feedback.staff.passwords import password_problems
from feedback.staff.queries import all_staff, roles_of, staff_by_email
from feedback.terminal import Terminal, options


@click.group()
def staff() -> None:
    """Staff accounts: add, list, disable.

    Example: feedback staff add --email asha@shop.example --name Asha --role admin
    """


@staff.command()
@click.option("--email", required=True, metavar="E", help="What they sign in with.")
@click.option("--name", required=True, metavar="N", help="What customers see when they answer.")
@click.option("--role", required=True, type=click.Choice([role.value for role in Role]), help="On this site.")
@click.option("--language", "languages", multiple=True, metavar="L", help="A language they read; repeatable.")
@click.option("--password-stdin", is_flag=True, help="Read a password from standard input.")
@click.option("--site", "site_key", metavar="KEY", help="Site; may be left out while there is only one.")
@click.option("--json", "as_json", is_flag=True, help="Print the account as JSON.")
@click.pass_obj
def add(
    terminal: Terminal,
    email: str,
    name: str,
    role: str,
    languages: tuple[str, ...],
    password_stdin: bool,
    site_key: str | None,
    as_json: bool,
) -> None:
    """Add an account with a role on a site, or give an existing account a role on another site.

    Without a password the last line is an address at which they choose one; it works once, for three days.

    Example: feedback staff add --email asha@shop.example --name Asha --role agent --language sw --site shop
    """
    speak = translator(terminal_language(os.environ)).gettext
    actor = Actor.command("staff add")
    with terminal.database.read() as session:
        place = choose_site(session, site_key)
    with options():
        facts = new_staff(
            email=email,
            name=name,
            role=role,
            languages=languages,
            locale=languages[0] if languages else place.locale,
            time_zone=place.time_zone,
        )
    hashed = _hash_from_stdin(facts.email, facts.name, place.name) if password_stdin else None
    url = None
    with terminal.database.write() as session:
        added = add_staff(session, actor, place.id, facts, password_hash=hashed)
        if added.needs_password:
            link = issue_staff_link(
                session, actor, place.id, Purpose.STAFF_JOIN, staff_id=added.staff_id, locale=facts.locale
            )
            url = join_url(terminal.settings, link)
    if as_json:
        click.echo(
            json.dumps({"id": added.public_id, "email": facts.email, "role": role, "site": place.key, "url": url})
        )
        return
    click.echo(speak(N_("%(name)s works on %(site)s now.")) % {"name": facts.name, "site": place.name})
    if url is not None:
        click.echo(speak(N_("They choose a password at this address, once, within three days:")))
        click.echo(url)


@staff.command("list")
@click.option("--site", "site_key", metavar="KEY", help="Only the staff of this site.")
@click.option("--json", "as_json", is_flag=True, help="Print the accounts as JSON.")
@click.pass_obj
def list_all(terminal: Terminal, site_key: str | None, as_json: bool) -> None:
    """Show every account with its role on each site.

    Example: feedback staff list --site shop
    """
    with terminal.database.read() as session:
        wanted = choose_site(session, site_key).key if site_key else None
        rows = [
            {
                "id": member.public_id,
                "email": member.email,
                "name": member.name,
                "site": key,
                "role": role,
                "languages": member.languages,
                "disabled": member.disabled_at is not None,
                "has_password": member.password_hash is not None,
            }
            for member, role, key in all_staff(session)
            if wanted is None or key == wanted
        ]
    if as_json:
        click.echo(json.dumps({"items": rows}, ensure_ascii=False))
        return
    speak = translator(terminal_language(os.environ)).gettext
    for row in rows:
        state = speak(N_("disabled")) if row["disabled"] else "" if row["has_password"] else speak(N_("invited"))
        line = f"{row['email']:32}  {row['site'] or '-':20}  {row['role'] or '-':6}  {row['name']}  {state}"
        click.echo(line.rstrip())


@staff.command()
@click.argument("address", metavar="EMAIL", required=False)
@click.option("--email", metavar="E", help="The same, as an option.")
@click.option("--site", "site_key", metavar="KEY", help="Only if they work there.")
@click.option("--json", "as_json", is_flag=True, help="Print the account as JSON.")
@click.pass_obj
def disable(terminal: Terminal, address: str | None, email: str | None, site_key: str | None, as_json: bool) -> None:
    """Lock an account and sign it out everywhere; what it did stays.

    Example: feedback staff disable asha@shop.example
    """
    wanted = address or email
    if not wanted:
        raise click.UsageError("Say whose account: feedback staff disable EMAIL")
    with terminal.database.write() as session:
        member = staff_by_email(session, wanted)
        if site_key is not None and choose_site(session, site_key).id not in roles_of(session, member.id):
            raise NotFound(wanted)
        disable_staff(session, Actor.command("staff disable"), member.id)
        row = {"id": member.public_id, "email": member.email, "disabled": True}
    speak = translator(terminal_language(os.environ)).gettext
    click.echo(json.dumps(row) if as_json else speak(N_("%(email)s can no longer sign in.")) % {"email": row["email"]})


def _hash_from_stdin(*known: str) -> str:
    """The hash of the first line of standard input, which is taken exactly as it is but for its line end."""
    password = sys.stdin.readline().removesuffix("\n").removesuffix("\r")
    problems = password_problems(password, known)
    if problems:
        raise Invalid(problems)
    return hash_password(password)
