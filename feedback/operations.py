"""Commands of whoever operates the service: init, db, doctor."""

import os
import shutil
import smtplib
import socket
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

import click
from sqlalchemy import func, select, text
from sqlalchemy.exc import SQLAlchemyError
from whitenoise.compress import Compressor

from feedback import clock
from feedback.actors import Actor
from feedback.cases.actions import add_rules_with
from feedback.i18n.catalogue import translator
from feedback.i18n.negotiation import LANGUAGES, terminal_language
from feedback.i18n.text import N_
from feedback.jobs import Job, WorkerBeat
from feedback.links.keys import keys_of
from feedback.migrations import runner
from feedback.paths import STATIC
from feedback.settings import Settings
from feedback.sites.actions import add_site
from feedback.sites.queries import list_sites
from feedback.surveys.actions import create_from_template, templates
from feedback.terminal import Terminal

DEFAULT_SITE = "default"
_SQUEEZED = (".css", ".js", ".svg")
#: In every catalogue that is not empty.
_ANY_TEXT = N_("Please try again in a minute.")


def prepare_files(settings: Settings) -> None:
    """Make the data dir, and compressed copies of static files where the program's folder can be written."""
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    with suppress(OSError):
        settings.data_dir.chmod(0o700)  # customers' words and addresses are nobody else's business
    compressor = Compressor(use_brotli=False, quiet=True)
    for path in STATIC.rglob("*"):
        squeezed = path.with_name(path.name + ".gz")
        stale = not squeezed.exists() or squeezed.stat().st_mtime < path.stat().st_mtime
        if path.suffix in _SQUEEZED and stale:
            with suppress(OSError):
                squeezed.unlink(missing_ok=True)
                compressor.compress(str(path))


@click.command()
@click.pass_obj
def init_command(terminal: Terminal) -> None:
    """Create or upgrade the database, the keys, and a site “default”; safe to run again.

    Example: feedback init
    """
    speak = translator(terminal_language(os.environ)).gettext
    prepare_files(terminal.settings)
    runner.upgrade(terminal.database)
    keys_of(terminal.settings)
    complete_sites(terminal)
    with terminal.database.write() as session:
        runner.take_turn(terminal.database, session)
        if not list_sites(session):
            add_site(session, Actor.command("init"), key=DEFAULT_SITE, name="Default")
    click.echo(speak(N_("Ready. Add a member of staff with “feedback staff add”, then run “feedback serve”.")))


def complete_sites(terminal: Terminal) -> None:
    """Give the sites that are there what a newer release ships, behind what they have; say what was added.

    Surveys that a site has, or has closed, stay as they are. The rules of a survey come with it, once.
    """
    speak = translator(terminal_language(os.environ))
    actor = Actor.command("upgrade")
    shipped = templates()  # read the files before the write transaction, not within
    with terminal.database.write() as session:
        runner.take_turn(terminal.database, session)
        for site in list_sites(session):
            added = [one.slug for one in shipped if create_from_template(session, actor, site.id, one).changed]
            for slug in tuple(added):
                added += [speak.gettext(name) for name in add_rules_with(session, actor, site.id, slug)]
            if added:
                facts = {"site": site.key, "names": ", ".join(added)}
                click.echo(speak.say(N_("%(site)s: added %(names)s."), facts))


@click.group()
def export() -> None:
    """Export lists as files for other programs.

    Example: feedback export suppressions --out suppressions.csv
    """  # each is its feature's own command; the root group joins them


@click.group()
def db_group() -> None:
    """The database's schema: upgrade, current, check.

    Example: feedback db upgrade
    """


@db_group.command()
@click.pass_obj
def upgrade(terminal: Terminal) -> None:
    """Bring the schema to the newest revision, and each site to the newest surveys; nothing that it has is changed.

    Example: feedback db upgrade
    """
    runner.upgrade(terminal.database)
    complete_sites(terminal)
    click.echo(runner.current(terminal.database) or "-")


@db_group.command()
@click.pass_obj
def current(terminal: Terminal) -> None:
    """Print the revision that the database has.

    Example: feedback db current
    """
    click.echo(runner.current(terminal.database) or "-")


@db_group.command()
@click.pass_obj
def check(terminal: Terminal) -> None:
    """Compare the schema with what this program expects; exit 1 if they differ.

    Example: feedback db check
    """
    speak = translator(terminal_language(os.environ)).gettext
    if flaw := _flaw_of(runner.current(terminal.database)):
        raise click.ClickException(speak(flaw))
    differences = runner.differences(terminal.database)
    if differences:
        raise click.ClickException(differences)
    click.echo(speak(N_("The schema is as it should be.")))


def _flaw_of(revision: str | None) -> str | None:
    """What keeps this program from working with a schema of that revision, to be translated; None for nothing."""
    if runner.is_foreign(revision):
        return runner.FOREIGN
    if revision is None:
        return N_("The database is empty. Run “feedback init”.")
    return None if revision == runner.head() else N_("The schema is not the newest. Run “feedback db upgrade”.")


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of ``doctor``; ``ok`` None is a warning that doesn't fail it."""

    name: str
    ok: bool | None
    detail: str


@click.command()
@click.pass_obj
def doctor(terminal: Terminal) -> None:
    """Check settings, database, worker, mail out and in, clock and catalogues; exit 1 if any fails.

    Example: feedback doctor
    """
    failed = False
    for finding in examine(terminal, translator(terminal_language(os.environ)).gettext):
        mark = {True: "✓", False: "✗", None: "!"}[finding.ok]
        click.echo(f"{mark} {finding.name}: {finding.detail}")
        failed = failed or finding.ok is False
    if failed:
        raise click.exceptions.Exit(1)


def examine(terminal: Terminal, speak: Callable[[str], str]) -> Iterator[Finding]:
    """Every finding, in order; needs no running server."""
    settings = terminal.settings
    yield Finding(speak(N_("Settings")), True, settings.public_url)
    yield _disk(settings, speak)
    yield (schema := _schema(terminal, speak))
    if schema.ok:
        yield _worker(terminal, speak)
        yield _failed_jobs(terminal, speak)
        yield _clock(terminal, speak)
    yield _mail(settings, speak)
    yield _signature(settings, speak)
    yield _mail_in(settings, speak)
    yield _catalogues(speak)


def _disk(settings: Settings, speak: Callable[[str], str]) -> Finding:
    name = speak(N_("Data folder"))
    if not settings.data_dir.exists():
        text = N_("%(path)s is not there yet. Run “feedback init”.")
        return Finding(name, False, speak(text) % {"path": settings.data_dir})
    if not (settings.data_dir.is_dir() and os.access(settings.data_dir, os.W_OK)):
        return Finding(name, False, speak(N_("%(path)s can't be written")) % {"path": settings.data_dir})
    free = shutil.disk_usage(settings.data_dir).free // 2**20
    return Finding(
        name, free > 200, speak(N_("%(path)s, %(free)s MB free")) % {"path": settings.data_dir, "free": free}
    )


def _schema(terminal: Terminal, speak: Callable[[str], str]) -> Finding:
    name = speak(N_("Database"))
    try:
        revision = runner.current(terminal.database)
    except (SQLAlchemyError, OSError) as error:
        return Finding(name, False, str(error.__cause__ or error).splitlines()[0])
    if flaw := _flaw_of(revision):
        return Finding(name, False, speak(flaw))
    return Finding(name, True, f"{'SQLite' if terminal.settings.is_sqlite else 'PostgreSQL'}, {revision}")


def _worker(terminal: Terminal, speak: Callable[[str], str]) -> Finding:
    name = speak(N_("Worker"))
    with terminal.database.read() as session:
        seen = session.scalar(select(func.max(WorkerBeat.seen_at)).where(WorkerBeat.name.like("worker:%")))
    if seen is None or clock.now() - seen > timedelta(minutes=1):
        return Finding(name, False, speak(N_("is not running. Start it with “feedback worker”.")))
    return Finding(name, True, speak(N_("was alive a moment ago")))


def _failed_jobs(terminal: Terminal, speak: Callable[[str], str]) -> Finding:
    with terminal.database.read() as session:
        stuck = session.scalar(select(func.count()).where(Job.done_at.is_(None), Job.attempts >= 5)) or 0
    return Finding(
        speak(N_("Jobs")),
        None if stuck else True,
        speak(N_("%(n)s given up or tried five times in vain")) % {"n": stuck},
    )


def _clock(terminal: Terminal, speak: Callable[[str], str]) -> Finding:
    name = speak(N_("Clock"))
    if terminal.settings.is_sqlite:
        return Finding(name, True, clock.now().isoformat(timespec="seconds"))
    with terminal.database.read() as session:
        there = session.scalar(text("SELECT now()"))
    apart = abs((clock.now() - there).total_seconds()) if there else 0.0
    return Finding(name, apart < 5, speak(N_("%(n)s s off the database’s clock")) % {"n": round(apart, 1)})


def _mail(settings: Settings, speak: Callable[[str], str]) -> Finding:
    name = speak(N_("Mail"))
    if not settings.smtp_url:
        return Finding(
            name, None, speak(N_("no FEEDBACK_SMTP_URL: emails are written to %(path)s")) % {"path": settings.mail_dir}
        )
    parts = urlsplit(settings.smtp_url)
    kind = smtplib.SMTP_SSL if parts.scheme == "smtps" else smtplib.SMTP
    try:
        with kind(parts.hostname or "", parts.port or 0, timeout=5) as server:
            server.noop()
    except (OSError, smtplib.SMTPException) as error:
        return Finding(name, False, f"{parts.hostname}: {error}")
    return Finding(name, True, parts.hostname or "")


def _signature(settings: Settings, speak: Callable[[str], str]) -> Finding:
    """Whether mails can be signed here; that the public half is published, only DNS knows."""
    name, path = "DKIM", settings.dkim_key_file
    if path is None or settings.dkim_selector is None:
        advice = N_(
            "no key: your mail server must sign, or set FEEDBACK_DKIM_KEY_FILE (openssl genrsa 2048) "
            "and FEEDBACK_DKIM_SELECTOR"
        )
        return Finding(name, None, speak(advice))
    try:
        path.read_bytes()
    except OSError as error:
        return Finding(name, False, f"{path}: {error.strerror}")
    where = f"{settings.dkim_selector}._domainkey.{settings.mail_from.rpartition('@')[2]}"
    return Finding(
        name, True, speak(N_("emails are signed; the key’s public half belongs in DNS at %(name)s")) % {"name": where}
    )


def _mail_in(settings: Settings, speak: Callable[[str], str]) -> Finding:
    name = speak(N_("Replies by email"))
    found: list[tuple[bool, str]] = []
    if settings.inbound_lmtp:
        found.append(_lmtp(*settings.inbound_lmtp, speak))
    if settings.inbound_dir:
        found.append(_folder(settings.inbound_dir, speak))
    if not found:
        return Finding(name, None, speak(N_("not set up: customers’ replies go to each site’s own address")))
    return Finding(name, all(ok for ok, _ in found), "; ".join(detail for _, detail in found))


def _lmtp(host: str, port: int, speak: Callable[[str], str]) -> tuple[bool, str]:
    """Whether a worker listens there, or could."""
    where = {"address": f"{host}:{port}"}
    try:
        with socket.create_connection((host, port), timeout=5) as connection:
            greeting = connection.recv(100)
    except ConnectionRefusedError:
        pass
    except OSError as error:
        return False, f"{host}:{port}: {error.strerror or error}"
    else:
        if greeting.startswith(b"220 "):
            return True, speak(N_("LMTP answers at %(address)s")) % where
        return False, speak(N_("another program answers at %(address)s")) % where
    try:
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        socket.create_server((host, port), family=family).close()
    except OSError as error:
        return False, f"{host}:{port}: {error.strerror or error}"
    return True, speak(N_("%(address)s is free, the worker will listen there")) % where


def _folder(folder: Path, speak: Callable[[str], str]) -> tuple[bool, str]:
    """Whether mails can be taken out of the folder."""
    source = folder / "new" if (folder / "new").is_dir() else folder
    if all(path.is_dir() and os.access(path, os.R_OK | os.W_OK | os.X_OK) for path in (folder, source)):
        return True, str(source)
    return False, speak(N_("%(path)s can't be read and emptied")) % {"path": source}


def _catalogues(speak: Callable[[str], str]) -> Finding:
    missing = [
        language for language in LANGUAGES if language != "en" and translator(language).gettext(_ANY_TEXT) == _ANY_TEXT
    ]
    return Finding(speak(N_("Catalogues")), not missing, ", ".join(missing or LANGUAGES))
