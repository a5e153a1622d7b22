"""A small load generator: processes with keep-alive sockets, bounded in count and time, to 127.0.0.1 only."""

import multiprocessing
import selectors
import socket
import time
from collections import Counter, deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from typing import Any

HOST = "127.0.0.1"
LONGEST_RUN = 120.0


@dataclass
class Result:
    """What a run came to; ``outcomes`` counts status codes and, of JSON answers, what became of them."""

    seconds: float
    latencies: list[float]
    outcomes: Counter[str] = field(default_factory=Counter)

    @property
    def rate(self) -> float:
        """Requests per second."""
        return len(self.latencies) / self.seconds

    def percentile(self, share: float) -> float:
        """Milliseconds within which this share of the requests was answered."""
        ordered = sorted(self.latencies)
        return ordered[min(len(ordered) - 1, int(share * len(ordered)))] * 1000


@dataclass
class _Client:
    """One keep-alive connection and the request that is under way on it."""

    sock: socket.socket
    started: float = 0.0
    received: bytes = b""
    length: int = -1


def post(path: str, port: int, body: str, *, accept: str = "application/json") -> bytes:
    """A form as a browser's script would send it."""
    data = body.encode()
    head = (
        f"POST {path} HTTP/1.1\r\nHost: {HOST}:{port}\r\nAccept: {accept}\r\n"
        f"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {len(data)}\r\n\r\n"
    )
    return head.encode() + data


def get(path: str, port: int, *, gzip: bool = False) -> bytes:
    """A page as a browser asks for it."""
    encoding = "Accept-Encoding: gzip\r\n" if gzip else ""
    return f"GET {path} HTTP/1.1\r\nHost: {HOST}:{port}\r\nAccept: text/html\r\n{encoding}\r\n".encode()


def run(port: int, requests: Sequence[bytes], *, clients: int = 16, processes: int = 2) -> Result:
    """Send every request once, each client its next one as soon as it is answered."""
    context = multiprocessing.get_context("fork")
    running: list[tuple[Any, Connection]] = []
    for number in range(processes):
        ours, theirs = context.Pipe()
        share = list(requests[number::processes])
        process = context.Process(target=_work, args=(theirs, port, share, max(1, clients // processes)))
        process.start()
        theirs.close()
        running.append((process, ours))
    for _, pipe in running:
        assert pipe.recv() == "ready"
    started = time.perf_counter()
    for _, pipe in running:
        pipe.send("go")
    latencies: list[float] = []
    outcomes: Counter[str] = Counter()
    for process, pipe in running:
        some, counted = pipe.recv()
        latencies += some
        outcomes += counted
        process.join()
    return Result(time.perf_counter() - started, latencies, outcomes)


def _work(pipe: Connection, port: int, requests: list[bytes], clients: int) -> None:
    latencies: list[float] = []
    outcomes: Counter[str] = Counter()
    todo = deque(requests)
    selector = selectors.DefaultSelector()
    connected = [_Client(_connect(port)) for _ in range(min(clients, len(requests)))]
    pipe.send("ready")
    pipe.recv()
    for client in connected:
        selector.register(client.sock, selectors.EVENT_READ, client)
        _send(client, todo.popleft())
    deadline = time.monotonic() + LONGEST_RUN
    while selector.get_map():
        if time.monotonic() > deadline:
            outcomes["out of time"] += 1
            break
        for key, _ in selector.select(timeout=5):
            client = key.data
            status, keeps = _receive(client)
            if status is None:
                continue
            latencies.append(time.perf_counter() - client.started)
            outcomes[status] += 1
            if not keeps:
                selector.unregister(client.sock)
                client.sock.close()
                client.sock = _connect(port)
                selector.register(client.sock, selectors.EVENT_READ, client)
            if todo:
                _send(client, todo.popleft())
            else:
                selector.unregister(client.sock)
                client.sock.close()
    pipe.send((latencies, outcomes))


def _connect(port: int) -> socket.socket:
    sock = socket.create_connection((HOST, port), timeout=30)
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return sock


def _send(client: _Client, request: bytes) -> None:
    client.received, client.length = b"", -1
    client.started = time.perf_counter()
    client.sock.sendall(request)


def _receive(client: _Client) -> tuple[str | None, bool]:
    """Take in what has come; the outcome once it is whole, and whether the connection stays open."""
    part = client.sock.recv(262_144)
    if not part:
        return "closed", False
    client.received += part
    head, found, body = client.received.partition(b"\r\n\r\n")
    if not found:
        return None, True
    if client.length < 0:
        lowered = head.lower()
        at = lowered.find(b"content-length:")
        assert at >= 0, head
        client.length = int(lowered[at + 15 :].split(b"\r\n", 1)[0])
    if len(body) < client.length:
        return None, True
    return _outcome(head, body), b"connection: close" not in head.lower()


def _outcome(head: bytes, body: bytes) -> str:
    status = head[9:12].decode()
    if b"database is locked" in body:
        return "locked"
    for word in ("stored", "updated", "already", "quarantined"):
        if f'"{word}"'.encode() in body[:400]:
            follows = b'"follow_up":null' not in body.replace(b" ", b"") and b"follow_up" in body
            return f"{status} {word}{' with a case' if follows else ''}"
    return status
