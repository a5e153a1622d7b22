"""``feedback keys``: list and replace the signing keys; commands that make links live where what they link to does."""

import json
import os

import click

from feedback.errors import NotAllowed, NotFound
from feedback.i18n.catalogue import Translator, translator
from feedback.i18n.negotiation import terminal_language
from feedback.i18n.text import N_
from feedback.links.keys import BrokenKeys, Key, as_setting, from_setting, keys_of, rotate_file, rotated
from feedback.terminal import Terminal


@click.group()
def keys() -> None:
    """Signing keys: list and replace them.

    Example: feedback keys list
    """


@keys.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print the keys' names as JSON.")
@click.pass_obj
def list_keys(terminal: Terminal, as_json: bool) -> None:
    """Show the names of the keys, oldest first, never the keys; the last good one signs.

    Example: feedback keys list
    """
    try:
        known = keys_of(terminal.settings)
    except (BrokenKeys, NotAllowed) as error:
        raise click.ClickException(str(error)) from error
    signing = [key for key in known if not key.compromised][-1]
    if as_json:
        rows = [{"id": key.id, "created_at": key.created_at or None, "state": _state(key, signing)} for key in known]
        click.echo(json.dumps({"items": rows}))
        return
    speak = _speak()
    names = {
        "signs": speak.gettext(N_("signs and verifies")),
        "verifies": speak.gettext(N_("verifies")),
        "compromised": speak.gettext(N_("compromised")),
    }
    for key in known:
        click.echo(f"{key.id}  {key.created_at[:19] or '-':19}  {names[_state(key, signing)]}")


@keys.command()
@click.option("--compromised", metavar="ID", help="A key that others know: what it signed is refused from now on.")
@click.option("--json", "as_json", is_flag=True, help="Print the new key's name as JSON.")
@click.pass_obj
def rotate(terminal: Terminal, compromised: str | None, as_json: bool) -> None:
    """Sign with a new key from now on. Links that were sent keep working; running processes notice by themselves.

    With keys from SECRET_KEYS nothing can be changed from here: it prints what to set, and exits with 1.

    Example: feedback keys rotate --compromised 3f9a01c2
    """
    speak = _speak()
    settings = terminal.settings
    try:
        if settings.secret_keys:
            setting = as_setting(rotated(from_setting(settings.secret_keys), compromised))
            click.echo(speak.gettext(N_("The keys come from the environment. Set this and restart:")), err=True)
            click.echo(f"FEEDBACK_SECRET_KEYS={setting}")
            raise click.exceptions.Exit(1)
        new = rotate_file(settings.key_file, compromised)[-1]
    except NotFound as error:
        text = speak.say(N_("There is no key %(key)s; feedback keys list shows them."), {"key": str(error)})
        raise click.ClickException(text) from error
    except BrokenKeys as error:
        raise click.ClickException(str(error)) from error
    if as_json:
        click.echo(json.dumps({"key": new.id}))
        return
    click.echo(speak.gettext(N_("Signing with a new key:")))
    click.echo(new.id)


def _state(key: Key, signing: Key) -> str:
    if key.compromised:
        return "compromised"
    return "signs" if key is signing else "verifies"


def _speak() -> Translator:
    return translator(terminal_language(os.environ))
