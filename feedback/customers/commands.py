"""Customers at the terminal: import, export, erase; what a row may say is in rows, storing in actions."""

import json
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from feedback import clock
from feedback.actors import Actor
from feedback.customers.actions import MAX_BATCH, Imported, erase_customer, import_customers
from feedback.customers.queries import customer_named
from feedback.customers.rejecting import Rejects
from feedback.customers.rows import CustomerFacts, check_customer
from feedback.customers.sheet import Record, Sheet, open_sheet
from feedback.errors import Invalid, Problem
from feedback.events import PersonalDataOf, gather
from feedback.i18n.catalogue import Translator, translator
from feedback.i18n.negotiation import terminal_language
from feedback.i18n.text import N_
from feedback.sites.queries import choose_site
from feedback.terminal import Terminal

if TYPE_CHECKING:
    from click._termui_impl import ProgressBar

_ACTOR = Actor.command("customers")


@click.group()
def customers() -> None:
    """Customers: import, export, erase.

    Example: feedback customers import customers.csv --site shop
    """


@customers.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--site", "site_key", metavar="KEY", help="Site; may be left out while there is only one.")
@click.option("--json", "as_json", is_flag=True, help="Print the counts as JSON.")
@click.pass_obj
def import_file(terminal: Terminal, file: Path, site_key: str | None, as_json: bool) -> None:
    """Add the customers in a CSV file, or update those who are already there.

    The columns are external_id,email,name,locale,time_zone,segment,value_minor,currency,phone,onboarded_on,
    renews_on; only the first is required, blank cells leave what is known, further columns become attributes.
    A row that can't be used goes to FILE.rejected.csv with its line and reason, and the rest goes on.

    Example: feedback customers import customers.csv --site shop
    """
    speak = _speak()
    with terminal.database.read() as session:
        site_id = choose_site(session, site_key).id
    done = Imported()
    with file.open("rb") as source, Rejects(file, speak) as rejects:
        sheet = open_sheet(source)
        _require_number(sheet)
        with _progress(file.stat().st_size, file.name) as bar:
            for batch, bad in _batches(sheet):
                if batch:
                    with terminal.database.write() as session:
                        done += import_customers(session, _ACTOR, site_id, batch)
                for record, problems in bad:
                    rejects.add(record, problems)
                bar.update(source.tell() - bar.pos)
    _summary(speak, done, rejects, as_json)
    if rejects.count and not (done.created or done.changed or done.unchanged):
        raise click.exceptions.Exit(1)


@customers.command()
@click.argument("customer")
@click.option("--site", "site_key", metavar="KEY", help="Site; may be left out while there is only one.")
@click.pass_obj
def export(terminal: Terminal, customer: str, site_key: str | None) -> None:
    """Print everything held about a customer, as JSON. CUSTOMER is your number for them, or our id.

    Example: feedback customers export C-1007 > C-1007.json
    """
    with terminal.database.read() as session:
        site = choose_site(session, site_key)
        found = customer_named(session, site.id, customer)
        parts = gather(session, PersonalDataOf(site.id, found.id))
        document: dict[str, Any] = {
            "site": site.key,
            "customer": found.public_id,
            "exported_at": clock.now().isoformat(),
            "data": {part.heading: part.rows for part in parts},
        }
    click.echo(json.dumps(document, ensure_ascii=False, indent=2))


@customers.command()
@click.argument("customer")
@click.option("--site", "site_key", metavar="KEY", help="Site; may be left out while there is only one.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")
@click.pass_obj
def erase(terminal: Terminal, customer: str, site_key: str | None, yes: bool, as_json: bool) -> None:
    """Erase who a customer is, everywhere; scores without words stay. This can't be undone; a terminal asks first.

    Example: feedback customers erase C-1007 --yes
    """
    speak = _speak()
    with terminal.database.read() as session:
        site_id = choose_site(session, site_key).id
        found = customer_named(session, site_id, customer)
    if not yes and sys.stdin.isatty():
        question = speak.say(N_("Erase customer %(customer)s for good?"), {"customer": customer})
        click.confirm(question, abort=True, err=True)
    with terminal.database.write() as session:
        erase_customer(session, _ACTOR, site_id, found.id)
    if as_json:
        click.echo(json.dumps({"customer": found.public_id, "erased": True}))
    else:
        click.echo(speak.gettext(N_("The customer is erased.")))


def _progress(size: int, label: str) -> "ProgressBar[int]":
    return click.progressbar(length=size, label=label, file=sys.stderr)


def _speak() -> Translator:
    return translator(terminal_language(os.environ))


def _require_number(sheet: Sheet) -> None:
    if "external_id" not in sheet.columns:
        message = N_("The file has no column external_id. The first line must name the columns.")
        raise Invalid([Problem("", "no_external_id", message)])


def _batches(sheet: Sheet) -> Iterator[tuple[list[CustomerFacts], list[tuple[Record, list[Problem]]]]]:
    """Checked rows by at most 500, and those that can't be used; the second row of a number is among them."""
    seen: dict[str, int] = {}
    good: list[CustomerFacts] = []
    bad: list[tuple[Record, list[Problem]]] = []
    for record in sheet.records:
        if record.problem is not None:
            bad.append((record, [record.problem]))
        else:
            facts, problems = check_customer(dict(zip(sheet.columns, record.cells, strict=True)))
            first = seen.setdefault(facts.external_id, record.line) if facts else record.line
            if first != record.line:
                message = N_("The same number is already in line %(line)s.")
                problems = [Problem("external_id", "duplicate", message, {"line": first})]
            if facts and not problems:
                good.append(facts)
            else:
                bad.append((record, problems))
        if len(good) + len(bad) >= MAX_BATCH:
            yield good, bad
            good, bad = [], []
    yield good, bad


def _summary(speak: Translator, done: Imported, rejects: Rejects, as_json: bool) -> None:
    counts: dict[str, Any] = {
        "created": done.created,
        "changed": done.changed,
        "unchanged": done.unchanged,
        "rejected": rejects.count,
    }
    if as_json:
        click.echo(json.dumps(counts | {"rejects": str(rejects.path) if rejects.count else None}))
        return
    message = N_("Added: %(created)s. Changed: %(changed)s. Unchanged: %(unchanged)s. Rejected: %(rejected)s.")
    click.echo(speak.say(message, counts))
    if rejects.count:
        click.echo(speak.say(N_("What was rejected, and why: %(file)s"), {"file": str(rejects.path)}))
