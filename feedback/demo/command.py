"""``feedback demo``: makes the demonstration where there is none, says what to click, and serves it."""

import json
import os
import socket
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryFile
from typing import NoReturn

import click

from feedback import clock
from feedback.db import Database
from feedback.demo import making
from feedback.demo.cast import ADMIN_EMAIL, PASSWORD
from feedback.demo.host import Host
from feedback.demo.hosting import host_for
from feedback.demo.shop import SHOPS
from feedback.i18n.catalogue import Translator, translator
from feedback.i18n.negotiation import OWN_NAMES, terminal_language
from feedback.i18n.text import N_
from feedback.migrations import runner
from feedback.settings import Settings
from feedback.sites.queries import list_sites

MARKER = "demo.json"
HOST = "127.0.0.1"
NOT_OURS = ("FEEDBACK_SMTP_URL", "FEEDBACK_SMTP_URL_FILE", "FEEDBACK_INBOUND_DIR")


@click.command()
@click.option("--port", default=8000, show_default=True, type=click.IntRange(1, 65535), help="Port on 127.0.0.1.")
@click.option("--host-port", type=click.IntRange(1, 65535), help="Port of the made-up shops.  [default: one more]")
@click.option(
    "--data-dir",
    default="var/demo",
    show_default=True,
    type=click.Path(file_okay=False, path_type=Path),
    help="Where its database and emails are kept.",
)
@click.option("--no-serve", is_flag=True, help="Create it and print the addresses, but serve nothing.")
@click.option(
    "--responses", default=2100, show_default=True, type=click.IntRange(30, 100_000), help="About how many answers."
)
@click.option("--json", "as_json", is_flag=True, help="Print the addresses as JSON.")
def demo(port: int, host_port: int | None, data_dir: Path, no_serve: bool, responses: int, as_json: bool) -> None:
    """Show the whole program with made-up companies, customers and ninety days of history.

    Two of the companies have pages of their own on another port, with surveys in them.
    Keeps to a database that it made itself; delete its folder to begin again.

    Example: feedback demo --port 8080
    """
    speak = translator(terminal_language(os.environ))
    settings = _settings(port, data_dir)
    host_port = host_port or (port + 1 if port < 65535 else port - 1)
    if not no_serve:
        _check_port(port, speak, "--port")
        _check_port(host_port, speak, "--host-port")
    database = Database(settings)
    try:
        if not _is_there(settings, database, speak):
            _make(settings, database, responses, speak)
        found = making.addresses(settings, database)
        host = host_for(settings, database, host_port)
    finally:
        database.dispose()
    shops = {words.language: f"{host.origin}/{words.language}/" for words in SHOPS}
    click.echo(found.as_json(shops) if as_json else _told(found, shops, speak))
    if not no_serve:
        _serve_host(host)
        _serve(settings, port)


def _settings(port: int, data_dir: Path) -> Settings:
    """Ours, but for the mail server: to these customers nothing is sent, whatever stands in the environment."""
    environ = {name: value for name, value in os.environ.items() if name not in NOT_OURS}
    ours = {"FEEDBACK_DATA_DIR": str(data_dir.absolute()), "FEEDBACK_SQLITE_SYNCHRONOUS": "NORMAL"}
    return Settings.from_env({**environ, **ours}, public_url=f"http://{HOST}:{port}")


def _check_port(port: int, speak: Translator, option: str) -> None:
    with socket.socket() as trial:
        trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            trial.bind((HOST, port))
        except OSError as error:
            message = N_("Port %(port)s is in use. Choose another one with %(option)s.")
            raise click.ClickException(speak.say(message, {"port": port, "option": option})) from error


def _is_there(settings: Settings, database: Database, speak: Translator) -> bool:
    """Whether the demonstration was made before. Refuses any database that it didn't make."""
    marker = settings.data_dir / MARKER
    made = json.loads(marker.read_text(encoding="utf-8")) if marker.is_file() else None
    if settings.is_sqlite:
        if not settings.sqlite_path.exists():
            return False
        if made is not None and not made["complete"]:
            _remove_half(settings)
            return False
    elif runner.current(database) is None:
        return False
    if made is None or made["database"] != settings.database_url or not made["complete"]:
        _refuse(settings, speak)
    with database.read() as session:
        if {site.key: site.public_id for site in list_sites(session)} != made["sites"]:
            _refuse(settings, speak)
    making.catch_up(database)
    return True


def _refuse(settings: Settings, speak: Translator) -> NoReturn:
    where = settings.data_dir if settings.is_sqlite else settings.database_url.rpartition("/")[2]
    message = N_("The database in %(where)s was not made by “feedback demo”, so it is left alone.")
    raise click.ClickException(speak.say(message, {"where": where}))


def _remove_half(settings: Settings) -> None:
    """Making it was interrupted: begin again."""
    for ending in ("", "-wal", "-shm"):
        Path(f"{settings.sqlite_path}{ending}").unlink(missing_ok=True)


def _make(settings: Settings, database: Database, responses: int, speak: Translator) -> None:
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    _mark(settings, {}, complete=False)
    label = speak.gettext(N_("Making three companies and their last ninety days"))
    steps = round(responses * 2.6)
    with click.progressbar(length=steps, label=label, file=sys.stderr) as bar:
        making.make(settings, database, responses, bar.update)
    with database.read() as session:
        sites = {site.key: site.public_id for site in list_sites(session)}
    _mark(settings, sites, complete=True)


def _mark(settings: Settings, sites: dict[str, str], *, complete: bool) -> None:
    facts = {
        "database": settings.database_url,
        "made_at": clock.now().isoformat(),
        "sites": sites,
        "complete": complete,
    }
    (settings.data_dir / MARKER).write_text(json.dumps(facts), encoding="utf-8")


def _told(found: making.Addresses, shops: dict[str, str], speak: Translator) -> str:
    in_languages = (
        (N_("A survey for one customer, in each language (every link can be answered once):"), found.surveys),
        (N_("A customer’s own page of their case, in each language:"), found.cases),
        (N_("Where a customer unsubscribes from news, in each language:"), found.unsubscribe),
        (N_("Where a customer cancels, in each language:"), found.cancel),
        (N_("An invented shop’s own page with surveys in it, on another port:"), shops),
    )
    of_sites = (
        (N_("A survey for anybody:"), found.anybody),
        (N_("Where anybody can write a message:"), found.messages),
        (N_("A feedback screen for a counter:"), found.kiosks),
    )
    lines: list[str] = []
    for heading, urls in in_languages:
        lines += ["", speak.gettext(heading)]
        lines += [f"  {name:<12} {urls[tag]}" for tag, name in OWN_NAMES.items() if tag in urls]
    for heading, urls in of_sites:
        lines += ["", speak.gettext(heading)]
        lines += [f"  {key:<12} {url}" for key, url in urls.items()]
    lines += [
        "",
        speak.gettext(N_("The emails of the last few days, to open with an email program:")),
        f"  {found.mails}",
    ]
    lines += ["", speak.gettext(N_("The console, where the answers arrive:"))]
    lines += [f"  {ADMIN_EMAIL}  {PASSWORD}", "", found.console]
    return "\n".join(lines)


def _serve_host(host: Host) -> None:
    """Serve the shops' pages beside the service; they stop with it, since this very process becomes it."""
    with TemporaryFile("w+", encoding="utf-8") as given:
        given.write(host.as_json())
        given.seek(0)
        subprocess.Popen([sys.executable, "-c", "from feedback.demo.host import main; main()"], stdin=given)


def _serve(settings: Settings, port: int) -> None:
    """Become the server, so that Ctrl-C reaches it and nothing else."""
    sys.stdout.flush()
    environ = {
        **{name: value for name, value in os.environ.items() if name not in NOT_OURS},
        "FEEDBACK_DATA_DIR": str(settings.data_dir),
        "FEEDBACK_DATABASE_URL": settings.database_url,
        "FEEDBACK_PUBLIC_URL": settings.public_url,
    }
    command = [sys.executable, "-m", "feedback", "serve", "--bind", f"{HOST}:{port}", "--with-worker"]
    os.execve(sys.executable, command, environ)  # noqa: S606 - our own command, no shell
