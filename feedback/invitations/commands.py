"""``feedback links``: a signed address for each row of a file."""

import csv
import io
import json
import os
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import click

from feedback.actors import Actor
from feedback.customers.rejecting import Rejects
from feedback.customers.sheet import Record, Sheet, open_sheet
from feedback.errors import Invalid, NotFound, Problem
from feedback.i18n.catalogue import translator
from feedback.i18n.negotiation import terminal_language
from feedback.i18n.text import N_
from feedback.invitations.actions.linking import Wanted, issue_for
from feedback.links.purposes import Purpose
from feedback.links.urls import address_of
from feedback.sites.queries import choose_site
from feedback.surveys.queries import live_survey
from feedback.terminal import Terminal, whole_file

BATCH: Final = 500
_ACTOR: Final = Actor.command("links")
_KINDS: Final = {"survey": Purpose.SURVEY, "unsubscribe": Purpose.UNSUBSCRIBE}
_FILE = click.Path(dir_okay=False, path_type=Path)
_PRESENT = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.command()
@click.option("--in", "source", required=True, type=_PRESENT, help="A CSV file.")
@click.option("--out", "target", required=True, type=_FILE, help="The same rows with a column url; for you alone.")
@click.option("--kind", required=True, type=click.Choice(list(_KINDS)), help="What the addresses are for.")
@click.option("--survey", "slug", metavar="SLUG", help="Which survey, such as nps.")
@click.option("--site", "site_key", metavar="KEY", help="Site; may be left out while there is only one.")
@click.option("--json", "as_json", is_flag=True, help="Print the counts as JSON.")
@click.pass_obj
def links(
    terminal: Terminal, source: Path, target: Path, kind: str, slug: str | None, site_key: str | None, as_json: bool
) -> None:
    """Add a new signed link to each row of a CSV file: to a survey, or to unsubscribe.

    The column external_id is your number for the customer; locale and topic may be there too, and interaction, your
    number for what a survey is about: the same one gets the same address again. Further columns are copied. A row
    that can't be used goes to FILE.rejected.csv, beside --in, with its line and reason, and the rest goes on.

    Example: feedback links --in customers.csv --out links.csv --kind survey --survey nps
    """
    _check(source, target, kind, slug)
    speak = translator(terminal_language(os.environ))
    made = 0
    with source.open("rb") as file, Rejects(source, speak) as rejects:
        sheet = _opened(file)
        survey_id = _survey(terminal, site_key, slug) if slug else None
        bar = click.progressbar(length=source.stat().st_size, label=source.name, file=sys.stderr)
        with bar, _written(target) as rows:
            rows.writerow([*sheet.columns, "url"])
            for batch in _batches(sheet, rejects):
                for record, url in _linked(terminal, site_key, _KINDS[kind], survey_id, sheet.columns, batch):
                    if isinstance(url, Problem):
                        rejects.add(record, [url])
                    else:
                        rows.writerow([*record.cells, url])
                        made += 1
                bar.update(file.tell() - bar.pos)
    counts = {"links": made, "rejected": rejects.count}
    if as_json:
        click.echo(json.dumps(counts | {"rejects": str(rejects.path) if rejects.count else None}))
    else:
        click.echo(speak.say(N_("Links: %(links)s. Rejected: %(rejected)s."), counts))
        if rejects.count:
            click.echo(speak.say(N_("What was rejected, and why: %(file)s"), {"file": str(rejects.path)}))
    if rejects.count and not made:
        raise click.exceptions.Exit(1)


def _check(source: Path, target: Path, kind: str, slug: str | None) -> None:
    if (kind == "survey") != bool(slug):
        raise click.UsageError("--survey goes with --kind survey, and only with it.")
    if target.exists() and target.samefile(source):
        raise click.UsageError("--out would overwrite --in.")


def _opened(file: Iterable[bytes]) -> Sheet:
    sheet = open_sheet(file)
    if "external_id" not in sheet.columns:
        message = N_("The file has no column external_id. The first line must name the columns.")
        raise Invalid([Problem("", "no_external_id", message)])
    if "url" in sheet.columns:
        raise Invalid([Problem("", "column_twice", N_("The column %(column)s appears twice."), {"column": "url"})])
    return sheet


def _survey(terminal: Terminal, site_key: str | None, slug: str) -> int:
    with terminal.database.read() as session:
        site = choose_site(session, site_key)
        try:
            found = live_survey(session, site.id, slug)
        except NotFound:
            found = None
    if found is None or found.archived:
        raise Invalid([Problem("survey", "unknown", N_("There is no published survey %(name)s here."), {"name": slug})])
    return found.survey_id


def _batches(sheet: Sheet, rejects: Rejects) -> Iterator[list[Record]]:
    """Rows that could be cut into cells, 500 at a time."""
    batch: list[Record] = []
    for record in sheet.records:
        if record.problem is not None:
            rejects.add(record, [record.problem])
            continue
        batch.append(record)
        if len(batch) == BATCH:
            yield batch
            batch = []
    yield batch


def _linked(
    terminal: Terminal,
    site_key: str | None,
    purpose: Purpose,
    survey_id: int | None,
    columns: tuple[str, ...],
    batch: list[Record],
) -> list[tuple[Record, str | Problem]]:
    """The rows with their addresses, which are signed when the transaction is over."""
    names = [name for name in ("external_id", "locale", "topic", "interaction") if name in columns]
    places = [columns.index(name) for name in names]
    wanted = [
        Wanted(**{name: record.cells[place].strip() for name, place in zip(names, places, strict=True)})
        for record in batch
    ]
    with terminal.database.write() as session:
        site = choose_site(session, site_key)
        made = issue_for(session, _ACTOR, site, purpose, wanted, survey_id=survey_id)
    return [
        (record, one if isinstance(one, Problem) else address_of(terminal.settings, purpose, one))
        for record, one in zip(batch, made, strict=True)
    ]


@contextmanager
def _written(path: Path) -> Iterator[Any]:
    """The rows of a new file for its owner only: whoever has one of its addresses can answer for somebody."""
    with whole_file(path) as file, io.TextIOWrapper(file, "utf-8", newline="") as text:
        yield csv.writer(text)
