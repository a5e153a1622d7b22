"""``feedback check-mail``: would mailbox providers accept how a mail is unsubscribed?"""

import json
import os
from pathlib import Path
from typing import Final

import click

from feedback.delivery.checking import Verdict, acceptable, examine
from feedback.i18n.catalogue import translator
from feedback.i18n.negotiation import terminal_language
from feedback.i18n.text import N_

_MARKS: Final = {Verdict.GOOD: "✓", Verdict.ADVICE: "!", Verdict.MEND: "✗"}


@click.command("check-mail")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="Print what was found as JSON.")
def check_mail(file: Path, as_json: bool) -> None:
    """Check an email from any sender, rule by rule: would mailbox providers accept its unsubscribe headers?

    FILE.eml is the mail as it was received. Nothing is looked up: whether a signature is right, only its reader
    can tell. Exits with 1 if something must be mended.

    Example: feedback check-mail newsletter.eml
    """
    speak = translator(terminal_language(os.environ))
    lines = examine(file.read_bytes())
    fine = acceptable(lines)
    told = [(line, speak.say(line.message, line.params)) for line in lines]
    if as_json:
        rows = [{"rule": line.rule, "verdict": line.verdict.value, "text": text} for line, text in told]
        click.echo(json.dumps({"accepted": fine, "items": rows}, ensure_ascii=False))
    else:
        for line, text in told:
            click.echo(f"{_MARKS[line.verdict]} {line.rule:4} {text}")
        accepted, mend = N_("Mailbox providers will accept it."), N_("Fix what is marked ✗, or it won't be accepted.")
        click.echo(speak.gettext(accepted if fine else mend))
    if not fine:
        raise click.exceptions.Exit(1)
