"""The two sides of a measurement behind the same gunicorn: product and reference, each with its own database."""

import os
import signal
import socket
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import requests

from feedback.db import Database
from feedback.settings import Settings
from tests.bench import reference
from tests.bench.load import HOST, get
from tests.conftest import on_server, postgres_url
from tests.helpers.crowd import links_of_new_customers
from tests.helpers.server import ROOT, free_port, running_service

TICKS = os.sysconf("SC_CLK_TCK")
WORKERS, THREADS = 2, 16


@dataclass
class Server:
    """A running gunicorn; ``pid`` is its master."""

    pid: int
    port: int

    def workers(self) -> list[int]:
        """Its web workers."""
        return [int(pid) for pid in Path(f"/proc/{self.pid}/task/{self.pid}/children").read_text().split()]

    def cpu(self) -> float:
        """Seconds of processor time used so far by master and workers."""
        ticks = 0
        for pid in (self.pid, *self.workers()):
            fields = Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2].split()
            ticks += int(fields[11]) + int(fields[12])
        return ticks / TICKS

    def memory(self) -> float:
        """Proportional set size of a web worker in MB, the largest of them."""
        return max(_pss(pid) for pid in self.workers()) / 1024


@dataclass
class Sides:
    """Product and reference on one kind of database."""

    kind: str
    product: Server
    reference: Server
    settings: Settings


@contextmanager
def sides(folder: Path, kind: str) -> Iterator[Sides]:
    """Both, each with an own fresh database, gone at the end."""
    with ExitStack() as stack:
        ours = stack.enter_context(fresh_postgres()) if kind == "postgres" else None
        theirs = stack.enter_context(fresh_postgres()) if kind == "postgres" else None
        size = {"FEEDBACK_WORKERS": WORKERS, "FEEDBACK_THREADS": THREADS}
        service = stack.enter_context(running_service(folder / "product", ours, worker=False, extra=size))
        port = int(service.url.rpartition(":")[2])
        environ = dict(service.environ)
        environ |= {"FEEDBACK_DATA_DIR": str(folder / "reference"), "FEEDBACK_BIND": f"{HOST}:{free_port()}"}
        environ |= {"FEEDBACK_DATABASE_URL": theirs} if theirs else {}
        settings = Settings.from_env(service.environ)
        environ["REFERENCE_PAGE_BYTES"] = str(_page_size(settings))
        make_reference_tables(environ)
        process = start_reference(environ, folder)
        stack.callback(stop, process)
        reference_port = int(environ["FEEDBACK_BIND"].rpartition(":")[2])
        wait_until_open(reference_port)
        yield Sides(
            kind,
            Server(service.processes["web"].pid, port),
            Server(process.pid, reference_port),
            settings,
        )


def make_reference_tables(environ: dict[str, str]) -> None:
    """The reference's schema, in its own database."""
    settings = Settings.from_env(environ)
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    database = Database(settings)
    with database.door(), database.writer.begin() as connection:
        reference.metadata.create_all(connection)
    database.dispose()


def start_reference(environ: dict[str, str], folder: Path) -> subprocess.Popen[bytes]:
    """gunicorn with the product's configuration and the reference's application."""
    return _gunicorn("tests.bench.reference:make_app()", environ, folder / "reference.log")


def start_product(environ: dict[str, str], folder: Path) -> subprocess.Popen[bytes]:
    """The product's gunicorn, as ``feedback serve`` starts it."""
    return _gunicorn("feedback.app:make_app()", environ, folder / "product.log")


def stop(process: subprocess.Popen[bytes]) -> None:
    """End a gunicorn that we started."""
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def wait_until_open(port: int, seconds: float = 20) -> None:
    """Until somebody listens there."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        try:
            socket.create_connection((HOST, port), timeout=1).close()
        except OSError:
            time.sleep(0.02)
        else:
            return
    raise AssertionError(f"nobody listens on {port}")


def seconds_to_first_page(process: subprocess.Popen[bytes], port: int, path: str, since: float) -> float:
    """From the start of the process until a page comes back with 200."""
    while time.perf_counter() - since < 30:
        assert process.poll() is None, "it ended"
        try:
            with socket.create_connection((HOST, port), timeout=5) as sock:
                sock.sendall(get(path, port))
                if sock.recv(100).startswith(b"HTTP/1.1 200"):
                    return time.perf_counter() - since
        except OSError:
            pass
        time.sleep(0.005)
    raise AssertionError(f"no page from {path} in 30 s")


def _page_size(settings: Settings) -> int:
    (url,) = links_of_new_customers(settings, 1)
    return len(requests.get(url, timeout=10, headers={"Accept-Encoding": "identity"}).content)


@contextmanager
def fresh_postgres() -> Iterator[str]:
    name = f"feedback_bench_{uuid.uuid4().hex[:12]}"
    on_server(f"CREATE DATABASE {name}")
    try:
        yield postgres_url(name)
    finally:
        on_server(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")


def _gunicorn(app: str, environ: dict[str, str], log: Path) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "gunicorn", "-c", "python:feedback.gunicorn_conf", app]
    with log.open("ab") as file:
        return subprocess.Popen(command, env=environ, cwd=ROOT, stdout=file, stderr=file, start_new_session=True)


def _pss(pid: int) -> int:
    for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
        if line.startswith("Pss:"):
            return int(line.split()[1])
    raise AssertionError(pid)
