"""``feedback surveys``: surveys as files: push, pull, check, publish, archive, list; rules are in parsing."""

import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from feedback.actors import Actor
from feedback.errors import Invalid, Problem
from feedback.i18n.catalogue import Translator, translator
from feedback.i18n.negotiation import terminal_language
from feedback.i18n.text import N_, pick
from feedback.sites.queries import choose_site
from feedback.surveys.actions import archive as archive_survey
from feedback.surveys.actions import publish as publish_survey
from feedback.surveys.actions import push_definition
from feedback.surveys.definition import SurveyDefinition
from feedback.surveys.document import to_plain, to_yaml
from feedback.surveys.parsing import parse_yaml
from feedback.surveys.queries import draft_of, latest_survey, live_survey, survey_lines
from feedback.surveys.source import MAX_BYTES
from feedback.surveys.translation import publishing_problems
from feedback.terminal import Terminal

_ACTOR = Actor.command("surveys")
_FILE = click.Path(exists=True, dir_okay=False, allow_dash=True, path_type=Path)
_site = click.option("--site", "site_key", metavar="KEY", help="Site; may be left out while there is only one.")
_json = click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")


@dataclass(frozen=True, slots=True)
class _Read:
    """A file and what was found in it."""

    name: str
    definition: SurveyDefinition | None
    problems: tuple[Problem, ...]


@click.group()
def surveys() -> None:
    """Surveys as files: push, pull, check, publish, archive, list.

    Example: feedback surveys pull nps > nps.yaml
    """


@surveys.command()
@click.argument("files", nargs=-1, required=True, type=_FILE)
@click.option("--publish", "at_once", is_flag=True, help="Publish each at once.")
@_site
@_json
@click.pass_obj
def push(terminal: Terminal, files: tuple[Path, ...], at_once: bool, site_key: str | None, as_json: bool) -> None:
    """Make each file the draft of the survey that it names; customers see it when it is published.

    If anything is wrong with one of them, everything that is wrong is listed and nothing is pushed.

    Example: feedback surveys push support-csat.yaml --site shop
    """
    speak = _speak()
    found = [_read(file) for file in files]
    if any(read.problems for read in found):
        _complain(speak, found)
        raise click.exceptions.Exit(1)
    rows: list[dict[str, Any]] = []
    with terminal.database.write() as session:
        site_id = choose_site(session, site_key).id
        for definition in (read.definition for read in found if read.definition):
            pushed = push_definition(session, _ACTOR, site_id, definition)
            if at_once and draft_of(session, site_id, pushed.survey_id) is not None:
                publish_survey(session, _ACTOR, site_id, pushed.slug)
            rows.append({"slug": pushed.slug, "version": pushed.version, "changed": pushed.changed})
    if as_json:
        click.echo(json.dumps({"items": rows}))
        return
    for row in rows:
        if at_once:
            message = N_("%(slug)s: version %(version)s is published.")
        elif not row["changed"]:
            message = N_("%(slug)s: nothing changed (version %(version)s).")
        else:
            message = N_("%(slug)s: version %(version)s is a draft. Publish it: feedback surveys publish %(slug)s")
        click.echo(speak.say(message, row))


@surveys.command()
@click.argument("slug")
@click.option("--live", is_flag=True, help="What customers get, not the newest draft.")
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), help="Write to this file.")
@_site
@_json
@click.pass_obj
def pull(terminal: Terminal, slug: str, live: bool, out: Path | None, site_key: str | None, as_json: bool) -> None:
    """Print a survey as YAML, as push takes it: the newest version, draft or not.

    Example: feedback surveys pull nps > nps.yaml
    """
    with terminal.database.read() as session:
        site_id = choose_site(session, site_key).id
        found = live_survey(session, site_id, slug) if live else latest_survey(session, site_id, slug)
    plain = to_plain(found.definition)
    text = json.dumps(plain, ensure_ascii=False, indent=2) + "\n" if as_json else to_yaml(found.definition)
    if out is None:
        click.echo(text, nl=False)
    else:
        out.write_text(text, encoding="utf-8")
        click.echo(out)


@surveys.command()
@click.argument("files", nargs=-1, required=True, type=_FILE)
@click.option("--draft", is_flag=True, help="Do not mind missing translations.")
@_json
def check(files: tuple[Path, ...], draft: bool, as_json: bool) -> None:
    """Check files without touching the database: form, branching, and whether each language is complete.

    Example: feedback surveys check support-csat.yaml nps.yaml
    """
    speak = _speak()
    found = [_read(file, complete=not draft) for file in files]
    if as_json:
        click.echo(json.dumps({"items": [_as_json(speak, read) for read in found]}, ensure_ascii=False))
    else:
        for read in found:
            if read.definition and not read.problems:
                facts = {"file": read.name, "languages": ", ".join(read.definition.languages)}
                click.echo(speak.say(N_("%(file)s: fine (%(languages)s)."), facts))
        _complain(speak, found)
    if any(read.problems for read in found):
        raise click.exceptions.Exit(1)


@surveys.command()
@click.argument("slug")
@_site
@_json
@click.pass_obj
def publish(terminal: Terminal, slug: str, site_key: str | None, as_json: bool) -> None:
    """Publish a survey's draft: customers get it from now on. Each of its languages has to be complete.

    Example: feedback surveys publish support-csat --site shop
    """
    with terminal.database.write() as session:
        site_id = choose_site(session, site_key).id
        done = publish_survey(session, _ACTOR, site_id, slug)
    facts = {"slug": done.slug, "version": done.version}
    if as_json:
        click.echo(json.dumps(facts))
    else:
        click.echo(_speak().say(N_("%(slug)s: version %(version)s is published."), facts))


@surveys.command()
@click.argument("slug")
@_site
@_json
@click.pass_obj
def archive(terminal: Terminal, slug: str, site_key: str | None, as_json: bool) -> None:
    """Close a survey: its links say so, and its answers are kept. Publishing it opens it again.

    Example: feedback surveys archive spring-campaign
    """
    with terminal.database.write() as session:
        site_id = choose_site(session, site_key).id
        changed = archive_survey(session, _ACTOR, site_id, slug)
    if as_json:
        click.echo(json.dumps({"slug": slug, "archived": True, "changed": changed}))
    else:
        click.echo(_speak().say(N_("%(slug)s is closed."), {"slug": slug}))


@surveys.command("list")
@click.option("--archived", is_flag=True, help="Closed ones too.")
@_site
@_json
@click.pass_obj
def list_surveys(terminal: Terminal, archived: bool, site_key: str | None, as_json: bool) -> None:
    """List the surveys of a site: name, live version, draft, languages, title.

    Example: feedback surveys list --site shop
    """
    with terminal.database.read() as session:
        site_id = choose_site(session, site_key).id
        lines = survey_lines(session, site_id, archived=archived)
    if as_json:
        rows = [
            {
                "slug": line.slug,
                "live": line.live,
                "draft": line.draft,
                "languages": list(line.languages),
                "title": line.title,
                "archived": line.archived,
            }
            for line in lines
        ]
        click.echo(json.dumps({"items": rows}, ensure_ascii=False))
        return
    language = terminal_language(os.environ)
    width = max((len(line.slug) for line in lines), default=0)
    for line in lines:
        live = str(line.live) if line.live else "–"
        draft = f"+{line.draft}" if line.draft else ""
        title = pick(line.title, language)[0]
        click.echo(f"{line.slug:{width}}  {live:>3}{draft:<4}  {','.join(line.languages):18}  {title}")


def _speak() -> Translator:
    return translator(terminal_language(os.environ))


def _read(file: Path, *, complete: bool = False) -> _Read:
    with click.open_file(str(file), "rb") as source:
        content = source.read(MAX_BYTES + 1)
    try:
        definition = parse_yaml(content)
    except Invalid as error:
        return _Read(str(file), None, error.problems)
    return _Read(str(file), definition, publishing_problems(definition) if complete else ())


def _complain(speak: Translator, found: list[_Read]) -> None:
    """Everything that is wrong, on standard error, each with file, path and line."""
    for read in found:
        for problem in read.problems:
            facts = {"file": read.name, "path": problem.field, "line": problem.params.get("line")}
            facts["text"] = speak.say(problem.message, problem.params)
            if not problem.params.get("line"):
                frame = N_("%(file)s: %(path)s: %(text)s")
            elif problem.field:
                frame = N_("%(file)s: %(path)s, line %(line)s: %(text)s")
            else:
                frame = N_("%(file)s: line %(line)s: %(text)s")
            click.echo(speak.say(frame, facts), err=True)


def _as_json(speak: Translator, read: _Read) -> dict[str, Any]:
    return {
        "file": read.name,
        "slug": read.definition.slug if read.definition else None,
        "ok": not read.problems,
        "problems": [
            {
                "path": problem.field,
                "line": problem.params.get("line"),
                "code": problem.code,
                "message": speak.say(problem.message, problem.params),
            }
            for problem in read.problems
        ],
    }
