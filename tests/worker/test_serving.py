"""``feedback serve`` as a process: what a terminal's Ctrl-C does to a request that is on its way."""

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import requests

from tests.helpers.server import ROOT, free_port


def connected(port: int) -> socket.socket:
    """A connection to a server that is just starting."""
    for _ in range(1200):
        try:
            return socket.create_connection(("127.0.0.1", port), timeout=20)
        except ConnectionRefusedError:
            time.sleep(0.05)
    raise AssertionError("it does not listen")


def test_what_is_on_its_way_is_answered_before_ctrl_c_ends_it(migrated_sqlite: Path, tmp_path: Path) -> None:
    (tmp_path / "feedback.db").write_bytes(migrated_sqlite.read_bytes())
    port = free_port()
    command = ["nohup", sys.executable, "-m", "feedback", "serve", "--bind", f"127.0.0.1:{port}", "--workers", "1"]
    environ = {**os.environ, "FEEDBACK_DATA_DIR": str(tmp_path)}
    with (tmp_path / "log").open("wb") as log:
        serving = subprocess.Popen(command, env=environ, cwd=ROOT, stderr=log, stdout=log, start_new_session=True)
    try:
        with connected(port) as client:
            head = f"POST /message/shop HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nContent-Length: 3\r\n"
            client.sendall(f"HEAD /healthz HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n\r\n".encode())
            assert client.recv(4096).startswith(b"HTTP/1.1 200")
            client.sendall(f"{head}\r\na".encode())
            os.killpg(serving.pid, signal.SIGHUP)  # nothing to whoever was started by nohup
            os.killpg(serving.pid, signal.SIGINT)
            time.sleep(0.3)  # long enough for whoever would hang up at once
            client.sendall(b"=b")
            assert client.recv(4096).startswith(b"HTTP/1.1 404")
        assert serving.wait(timeout=30) == 0
    finally:
        serving.send_signal(signal.SIGTERM)
        serving.wait(timeout=30)


def test_one_process_tells_what_all_of_them_counted(migrated_sqlite: Path, tmp_path: Path) -> None:
    (tmp_path / "feedback.db").write_bytes(migrated_sqlite.read_bytes())
    port = free_port()
    command = [sys.executable, "-m", "feedback", "serve", "--bind", f"127.0.0.1:{port}", "--workers", "3"]
    environ = {**os.environ, "FEEDBACK_DATA_DIR": str(tmp_path), "TMPDIR": str(tmp_path)}
    with (tmp_path / "log").open("wb") as log:
        serving = subprocess.Popen(command, env=environ, cwd=ROOT, stderr=log, stdout=log)
    try:
        connected(port).close()
        for _ in range(30):
            requests.get(f"http://127.0.0.1:{port}/healthz", headers={"Connection": "close"}, timeout=20)
        for _ in range(3):
            text = requests.get(f"http://127.0.0.1:{port}/metrics", timeout=20).text
            assert 'feedback_requests_total{endpoint="health.healthz",method="GET",status="200"} 30.0' in text
    finally:
        serving.terminate()
        assert serving.wait(timeout=30) == 0
    assert list(tmp_path.glob("feedback-counts-*")) == [], "what was counted goes with the service"
