"""``feedback suppressions import``: the stops of another system or of a backup, from a CSV file."""

import json
import os
from collections.abc import Iterator
from pathlib import Path

import click

from feedback import clock
from feedback.actors import Actor
from feedback.customers.rejecting import Rejects
from feedback.customers.sheet import Record, Sheet, open_sheet
from feedback.errors import Invalid, Problem
from feedback.i18n.catalogue import translator
from feedback.i18n.negotiation import terminal_language
from feedback.i18n.text import N_
from feedback.preferences.actions.importing import MAX_BATCH, import_suppressions
from feedback.preferences.queries import topics_of
from feedback.preferences.rows import SuppressionRow, check_row
from feedback.sites.queries import choose_site
from feedback.terminal import Terminal

_ACTOR = Actor.command("suppressions")

Checked = tuple[list[SuppressionRow], list[tuple[Record, list[Problem]]]]


@click.group()
def suppressions() -> None:
    """Addresses that nothing may be sent to: import a list.

    Example: feedback suppressions import mautic.csv --site shop
    """


@suppressions.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--site", "site_key", metavar="KEY", help="Site; may be left out while there is only one.")
@click.option("--salted", is_flag=True, help="Rows with only a hash come from this site's own export.")
@click.option("--json", "as_json", is_flag=True, help="Print the counts as JSON.")
@click.pass_obj
def import_file(terminal: Terminal, file: Path, site_key: str | None, salted: bool, as_json: bool) -> None:
    """Stop what each row of a CSV file says. Nothing is ever lifted by it, and importing twice changes nothing.

    The columns are email,list,scope,reason,source,created_at and sha256; only email, or sha256 with --salted, is
    required. Without a scope a row stops the topic that list names, or else every email that is not asked for.
    A row that can't be used goes to FILE.rejected.csv with its line and reason, and the rest goes on.

    Example: feedback suppressions import mautic.csv --site shop
    """
    speak = translator(terminal_language(os.environ))
    with terminal.database.read() as session:
        site_id = choose_site(session, site_key).id
        topics = {one.key for one in topics_of(session, site_id, archived=True)}
    added = there = 0
    with file.open("rb") as source, Rejects(file, speak) as rejects:
        sheet = open_sheet(source)
        if not {"email", "sha256"} & set(sheet.columns):
            message = N_("The file has no column email. The first line must name the columns.")
            raise Invalid([Problem("", "no_email", message)])
        for good, bad in _batches(sheet, topics, salted):
            if good:
                with terminal.database.write() as session:
                    taken = import_suppressions(session, _ACTOR, site_id, good)
                added, there = added + taken.added, there + taken.there
            for record, problems in bad:
                rejects.add(record, problems)
    counts = {"added": added, "unchanged": there, "rejected": rejects.count}
    if as_json:
        click.echo(json.dumps({**counts, "rejects": str(rejects.path) if rejects.count else None}))
    else:
        click.echo(speak.say(N_("Added: %(added)s. There before: %(unchanged)s. Rejected: %(rejected)s."), counts))
        if rejects.count:
            click.echo(speak.say(N_("What was rejected, and why: %(file)s"), {"file": str(rejects.path)}))
    if rejects.count and not added + there:
        raise click.exceptions.Exit(1)


def _batches(sheet: Sheet, topics: set[str], salted: bool) -> Iterator[Checked]:
    good: list[SuppressionRow] = []
    bad: list[tuple[Record, list[Problem]]] = []
    for record in sheet.records:
        if record.problem is not None:
            bad.append((record, [record.problem]))
        else:
            cells = dict(zip(sheet.columns, record.cells, strict=True))
            row, problems = check_row(cells, topics, clock.now(), salted=salted)
            if row is not None:
                good.append(row)
            else:
                bad.append((record, problems))
        if len(good) + len(bad) >= MAX_BATCH:
            yield good, bad
            good, bad = [], []
    yield good, bad
