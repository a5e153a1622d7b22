"""A real service: gunicorn and worker as processes of their own, on a free port, with an own database."""

import io
import os
import random
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, redirect_stderr, redirect_stdout, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from unittest import mock

import requests

from feedback import cli

ROOT = Path(__file__).resolve().parents[2]


def free_port() -> int:
    """A port that nobody listens on just now, and that no client of a server elsewhere is given meanwhile."""
    while True:
        port = random.randrange(20_000, 32_000)  # below those that systems give to whoever connects
        with socket.socket() as probe, suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port


@dataclass
class Service:
    """A running service; ``command`` runs the real command line against the same settings."""

    environ: dict[str, str]
    url: str
    logs: Path
    processes: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    def command(self, *arguments: str, stdin: str | None = None) -> str:
        """Run ``feedback …`` and give its standard output; in this process, where everything is imported already."""
        told, complained = io.StringIO(), io.StringIO()
        with (
            mock.patch.dict(os.environ, self.environ, clear=True),
            mock.patch.object(sys, "stdin", io.StringIO(stdin or "")),
            redirect_stdout(told),
            redirect_stderr(complained),
        ):
            code = cli.run(list(arguments))
        assert code == 0, (arguments, told.getvalue(), complained.getvalue())
        return told.getvalue()

    def initialise(self) -> None:
        """``feedback init`` as a process of its own, as everybody begins."""
        run = subprocess.run(
            [sys.executable, "-m", "feedback", "init"], env=self.environ, capture_output=True, text=True, cwd=ROOT
        )
        assert run.returncode == 0, (run.stdout, run.stderr)

    def last_line(self, *arguments: str, stdin: str | None = None) -> str:
        """What a script wants of a command: the last line."""
        return self.command(*arguments, stdin=stdin).strip().splitlines()[-1]

    def start(self, name: str) -> None:
        """Start ``web`` or ``worker``."""
        arguments = {
            "web": ["-m", "gunicorn", "-c", "python:feedback.gunicorn_conf", "feedback.app:make_app()"],
            "worker": ["-m", "feedback", "worker"],
        }[name]
        log = (self.logs / f"{name}.log").open("ab")
        self.processes[name] = subprocess.Popen(
            [sys.executable, *arguments], env=self.environ, stdout=log, stderr=log, cwd=ROOT, start_new_session=True
        )

    def wait_ready(self, seconds: float = 60) -> None:
        """Until /readyz says so."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            try:
                if requests.get(self.url + "/readyz", timeout=10).status_code == 200:
                    return
            except requests.RequestException:
                pass
            time.sleep(0.05)
        raise AssertionError((self.logs / "web.log").read_text()[-4000:])

    def kill(self, name: str) -> None:
        """SIGKILL the whole process group at once, as a power cut would."""
        process = self.processes.pop(name, None)
        if process is not None and process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()

    def stop(self) -> None:
        """Stop everything, kindly at first."""
        for process in self.processes.values():
            if process.poll() is None:
                process.terminate()
        for name in list(self.processes):
            try:
                self.processes[name].wait(timeout=10)
            except subprocess.TimeoutExpired:
                self.kill(name)
        self.processes.clear()

    def log_text(self) -> str:
        """Everything that was logged."""
        return "".join(path.read_text(errors="replace") for path in self.logs.glob("*.log"))


@contextmanager
def running_service(
    folder: Path, database_url: str | None = None, *, worker: bool = True, extra: Mapping[str, Any] | None = None
) -> Iterator[Service]:
    """A service on an own database, initialised, serving, and stopped at the end."""
    port = free_port()
    folder.mkdir(parents=True, exist_ok=True)
    environ = {name: value for name, value in os.environ.items() if not name.startswith("FEEDBACK_")}
    environ |= {
        "FEEDBACK_DATA_DIR": str(folder / "var"),
        "FEEDBACK_PUBLIC_URL": f"http://127.0.0.1:{port}",
        "FEEDBACK_BIND": f"127.0.0.1:{port}",
        "FEEDBACK_LOG_FORMAT": "json",
        "LC_ALL": "C.UTF-8",
        **({"FEEDBACK_DATABASE_URL": database_url} if database_url else {}),
        **{name: str(value) for name, value in (extra or {}).items()},
    }
    service = Service(environ, f"http://127.0.0.1:{port}", folder)
    service.initialise()
    service.start("web")
    if worker:
        service.start("worker")
    try:
        service.wait_ready()
        yield service
    finally:
        service.stop()
