"""Requests that don't fit the kernel's usual buffer are waited for, answered, and given up in time like any other."""

import os
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.helpers.server import Service, running_service

LARGE = 150_000


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    with running_service(tmp_path_factory.mktemp("large"), worker=False, extra={"FEEDBACK_WORKERS": 1}) as found:
        yield found


def begun(service: Service, length: int) -> socket.socket:
    """A connection on which the head of a request with such a body has been sent."""
    host = service.url.removeprefix("http://")
    client = socket.create_connection(("127.0.0.1", int(host.rpartition(":")[2])), timeout=20)
    head = f"POST /message/default HTTP/1.1\r\nHost: {host}\r\nContent-Length: {length}\r\n"
    client.sendall(f"{head}Content-Type: application/x-www-form-urlencoded\r\n\r\n".encode())
    return client


def seconds_of(service: Service) -> float:
    """The processor's time that the web processes have taken so far."""
    group = os.getpgid(service.processes["web"].pid)
    ticks = 0
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if int(fields[2]) == group:
            ticks += int(fields[11]) + int(fields[12])
    return ticks / os.sysconf("SC_CLK_TCK")


@pytest.mark.parametrize("length", [60_000, 100_000, 131_072, LARGE, 200_000, 262_000])
def test_a_large_form_that_comes_at_once_is_answered_at_once(service: Service, length: int) -> None:
    with begun(service, length) as client:
        client.sendall(b"text=" + b"a" * (length - 5))
        assert client.recv(20).startswith(b"HTTP/1.1 422")


def test_one_that_is_too_large_is_refused(service: Service) -> None:
    with begun(service, 400_000) as client:
        client.sendall(b"a" * 400_000)
        assert client.recv(20).startswith(b"HTTP/1.1 413")


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="nothing tells the processor's time here")
def test_whoever_stops_within_a_large_form_costs_no_work_and_is_given_up(service: Service) -> None:
    with begun(service, LARGE) as client:
        client.sendall(b"a" * (LARGE - 10_000))
        before = seconds_of(service)
        assert client.recv(20).startswith(b"HTTP/1.1 400") or client.recv(1) == b""
        assert seconds_of(service) - before < 2
