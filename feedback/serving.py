"""The commands that run until they are stopped: ``serve`` and ``worker``."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import click

from feedback.db import Database
from feedback.i18n.catalogue import translator
from feedback.i18n.negotiation import terminal_language
from feedback.i18n.text import N_
from feedback.links.keys import derived_secret
from feedback.migrations import runner
from feedback.observability.logging import configure
from feedback.operations import prepare_files
from feedback.settings import Settings
from feedback.terminal import Terminal
from feedback.worker import Worker


def checked_bind(_context: click.Context, _parameter: click.Parameter, value: str) -> str:
    """An address and a port, as gunicorn takes them. Raises BadParameter."""
    host, _, port = value.rpartition(":")
    if not port.isascii() or not port.isdigit() or not 0 < int(port) < 65_536 or any(c.isspace() for c in host):
        raise click.BadParameter("right would be 127.0.0.1:8000")
    return value


@click.command()
@click.option("--bind", default="127.0.0.1:8000", show_default=True, callback=checked_bind, help="Address and port.")
@click.option("--workers", default=2, show_default=True, type=click.IntRange(1, 64), help="Web processes.")
@click.option("--threads", default=16, show_default=True, type=click.IntRange(1, 128), help="Threads in each.")
@click.option("--with-worker", is_flag=True, help="Do background jobs too.")
@click.pass_obj
def serve(terminal: Terminal, bind: str, workers: int, threads: int, with_worker: bool) -> None:
    """Serve the web pages with gunicorn.

    Example: feedback serve --bind 0.0.0.0:8000 --with-worker
    """
    require_schema(terminal.database)
    terminal.database.dispose()
    sys.exit(run_processes(terminal.settings, bind, workers=workers, threads=threads, with_worker=with_worker))


@click.command()
@click.option("--threads", default=4, show_default=True, type=click.IntRange(1, 64), help="Jobs at the same time.")
@click.pass_obj
def worker(terminal: Terminal, threads: int) -> None:
    """Do background jobs until stopped.

    Example: feedback worker --threads 4
    """
    require_schema(terminal.database)
    configure(terminal.settings.log_format)
    secret = derived_secret(terminal.settings, "jobs")
    Worker(terminal.settings, Database(terminal.settings, connections=threads + 2), secret, threads=threads).run()


def require_schema(database: Database) -> None:
    """Raises ClickException unless the database has the schema that this program works with."""
    revision = runner.current(database)
    if revision != runner.head():
        unready = N_("The database is not ready. Run “feedback init” first.")
        speak = translator(terminal_language(os.environ)).gettext
        raise click.ClickException(speak(runner.FOREIGN if runner.is_foreign(revision) else unready))


def environment_of(settings: Settings, bind: str, *, workers: int = 2, threads: int = 16) -> dict[str, str]:
    """The environment of a server process that has exactly these settings."""
    environ = {
        **os.environ,
        "FEEDBACK_BIND": bind,
        "FEEDBACK_WORKERS": str(workers),
        "FEEDBACK_THREADS": str(threads),
        "FEEDBACK_DATA_DIR": str(settings.data_dir),
        "FEEDBACK_DATABASE_URL": settings.database_url,
        "FEEDBACK_LOG_FORMAT": settings.log_format,
    }
    if "FEEDBACK_PUBLIC_URL" not in os.environ:
        environ["FEEDBACK_PUBLIC_URL"] = public_url_of(bind)
    return environ


def public_url_of(bind: str) -> str:
    """The address by which a server bound here is reached from the same machine."""
    host, _, port = bind.rpartition(":")
    host = "127.0.0.1" if host in ("", "0.0.0.0", "[::]") else host  # noqa: S104 - compared, not bound
    return f"http://{host}:{port}"


def run_processes(settings: Settings, bind: str, *, workers: int, threads: int, with_worker: bool) -> int:
    """Run gunicorn, and the worker beside it if wanted, until stopped; a worker that dies is started again."""
    prepare_files(settings)
    environ = environment_of(settings, bind, workers=workers, threads=threads)
    here = str(Path(__file__).resolve().parent.parent)
    gunicorn = [sys.executable, "-m", "gunicorn", "-c", "python:feedback.gunicorn_conf", "--chdir", here]
    # In a group of its own, so that a terminal's Ctrl-C comes to us alone: gunicorn would drop what it is answering.
    web = subprocess.Popen([*gunicorn, "feedback.app:make_app()"], env=environ, process_group=0)  # noqa: S603
    job_runner: subprocess.Popen[bytes] | None = None
    stopping = False

    def stop(_signal: int, _frame: object) -> None:
        nonlocal stopping
        stopping = True
        for process in (web, job_runner):
            if process is not None and process.poll() is None:
                process.send_signal(signal.SIGTERM)

    for told in (signal.SIGTERM, signal.SIGINT, signal.SIGQUIT, signal.SIGHUP):
        if told is not signal.SIGHUP or signal.getsignal(told) is not signal.SIG_IGN:  # nohup is left its way
            signal.signal(told, stop)
    while web.poll() is None:
        if with_worker and not stopping and (job_runner is None or job_runner.poll() is not None):
            job_runner = subprocess.Popen([sys.executable, "-m", "feedback", "worker"], env=environ)
        time.sleep(0.2)
    if job_runner is not None and job_runner.poll() is None:
        job_runner.terminate()
        job_runner.wait(timeout=30)
    return 0 if stopping else int(web.returncode or 0)
