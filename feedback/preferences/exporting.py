"""``feedback export suppressions``: the list as a file for other senders, and to be imported again."""

import csv
import io
import json
import sys
from collections.abc import Iterator
from contextlib import nullcontext
from datetime import UTC, datetime
from pathlib import Path

import click

from feedback.errors import Misused, Problem
from feedback.i18n.text import N_
from feedback.preferences.listing import SuppressionView, each_suppression
from feedback.preferences.rows import COLUMNS, escaped
from feedback.sites.queries import choose_site
from feedback.terminal import Terminal, whole_file


@click.command("suppressions")
@click.option(
    "--format", "form", type=click.Choice(["csv", "jsonl"]), default="csv", show_default=True, help="Of the file."
)
@click.option("--since", metavar="TIME", help="Only what was stopped since then, such as 2026-03-01.")
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), help="File to write; otherwise it is printed.")
@click.option("--site", "site_key", metavar="KEY", help="Site; may be left out while there is only one.")
@click.pass_obj
def suppressions(terminal: Terminal, form: str, since: str | None, out: Path | None, site_key: str | None) -> None:
    """Write everything that is stopped, oldest first, as CSV or as one JSON object a line.

    In CSV a cell that a spreadsheet might take for a formula gets a ' in front; the import takes it off again. Of
    erased customers only the hash is there: HMAC-SHA256 of the address in small letters, with the site's salt.

    Example: feedback export suppressions --format csv --out suppressions.csv
    """
    moment = _moment(since)
    with terminal.database.read() as session:
        rows = each_suppression(session, choose_site(session, site_key).id, since=moment)
        with nullcontext(sys.stdout.buffer) if out is None else whole_file(out) as file:
            text = io.TextIOWrapper(file, "utf-8", newline="")
            write = {"csv": _write_csv, "jsonl": _write_lines}[form]
            write(text, rows)
            text.flush()
            text.detach()


def _write_csv(text: io.TextIOWrapper, rows: Iterator[SuppressionView]) -> None:
    writer = csv.writer(text)
    writer.writerow(COLUMNS)
    for row in rows:
        writer.writerow([escaped(value) for value in _told(row).values()])


def _write_lines(text: io.TextIOWrapper, rows: Iterator[SuppressionView]) -> None:
    for row in rows:
        text.write(json.dumps(_told(row), ensure_ascii=False) + "\n")


def _told(row: SuppressionView) -> dict[str, str]:
    moment = row.created_at.astimezone(UTC).isoformat().replace("+00:00", "Z")
    values = (row.email, row.topic, row.scope, row.reason, row.source, moment, row.address_key)
    return dict(zip(COLUMNS, values, strict=True))


def _moment(since: str | None) -> datetime | None:
    if since is None:
        return None
    try:
        found = datetime.fromisoformat(since)
    except ValueError as error:
        message = N_("This is not a date such as 2026-03-01 or 2026-03-01T09:30:00Z.")
        raise Misused([Problem("since", "form", message)]) from error
    return found if found.tzinfo else found.replace(tzinfo=UTC)
