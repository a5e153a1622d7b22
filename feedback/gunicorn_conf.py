"""gunicorn's configuration: threads in two preloaded workers that wait for no half-sent request, no token in a log."""

import ctypes
import fcntl
import gc
import os
import re
import select
import selectors
import shutil
import socket
import struct
import tempfile
import termios
import time
from contextlib import suppress
from functools import partial
from typing import Any

from gunicorn.glogging import Logger
from gunicorn.workers.gthread import ThreadWorker

from feedback.observability.logging import configure
from feedback.observability.redaction import redact, redact_path, redact_unreadable
from feedback.widget.sightings import keep_writing

bind = os.environ.get("FEEDBACK_BIND", "127.0.0.1:8000")
workers = int(os.environ.get("FEEDBACK_WORKERS", "2"))
threads = int(os.environ.get("FEEDBACK_THREADS", "16"))
preload_app = True
control_socket_disable = True
keepalive = 5
timeout = 60
graceful_timeout = 20
limit_request_line = 4094
limit_request_fields = 64
accesslog = None if os.environ.get("FEEDBACK_ACCESS_LOG") == "off" else "-"
worker_tmp_dir = "/dev/shm" if os.path.isdir("/dev/shm") else None  # noqa: S108 - gunicorn's heartbeat only
proc_name = "feedback"
#: Where the processes count together: /metrics is answered by one of them, for all.
_COUNTS = "PROMETHEUS_MULTIPROC_DIR"
if _COUNTS not in os.environ:
    os.environ[_COUNTS] = tempfile.mkdtemp(prefix="feedback-counts-")

#: How long a client may leave a request half sent: gthread itself never gives up on one.
RECEIVE_SECONDS = 10
#: And how long all of it may take without a thread, however little by little it comes.
LONGEST_SECONDS = 30
#: Requests up to this size are waited for without a thread; of anything larger the program sees no more than the head.
WHOLE_UP_TO = 512 * 1024
_PEEK = 64 * 1024
_ARENA_MAX = -8  # M_ARENA_MAX of glibc's malloc.h
_LENGTH = re.compile(rb"\r\ncontent-length:[ \t]*(\d{1,9})[ \t]*\r\n", re.IGNORECASE)
_NO_WAITING = re.compile(rb"\r\n(expect:|transfer-encoding:)", re.IGNORECASE)


class WholeRequests(ThreadWorker):  # type: ignore[misc]
    """Hands a request to a thread when all of it has come, so that whoever stops half-way keeps no thread busy.

    What has come stays in the kernel: it is peeked at, and SO_RCVLOWAT says when to look again.
    """

    def enqueue_req(self, conn: Any) -> None:
        """Everything that wants a thread comes through here, in the worker's main thread."""
        missing = _bytes_to_wait_for(conn)
        awaited, until = getattr(conn, "awaited", (None, time.monotonic() + LONGEST_SECONDS))
        conn.awaited = (missing, until)
        if missing is not None and _has_hung_up(conn.sock):
            # What is cut off is never taken for a whole answer, and its rest would be awaited without a pause.
            self.nr_conns -= 1
            conn.close()
            return
        if missing is not None and missing == awaited:
            # Woken although less is there than was asked for: the kernel's buffer is full, and would wake us for ever.
            missing = None
            conn.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVLOWAT, 1)
        if missing is not None:
            # The first makes the kernel's buffer larger, by what it needs beside the bytes; the second leaves it so.
            conn.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVLOWAT, 2 * missing)
            conn.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVLOWAT, missing)
            conn.sock.setblocking(False)
            conn.timeout = min(time.monotonic() + RECEIVE_SECONDS, until)
            self.pending_conns.append(conn)
            readable = partial(self.on_pending_socket_readable, conn)
            self.poller.register(conn.sock, selectors.EVENT_READ, readable)
            return
        del conn.awaited
        conn.data_ready = True
        super().enqueue_req(conn)


worker_class = WholeRequests


def _has_hung_up(sock: socket.socket) -> bool:
    """Whether the client has closed its end; what it sent before may still be there to be read."""
    asked = select.poll()
    asked.register(sock, getattr(select, "POLLRDHUP", select.POLLHUP))
    return bool(asked.poll(0))


def _bytes_to_wait_for(conn: Any) -> int | None:
    """How many bytes there must be before it is worth looking again; None if a thread can go on now."""
    if conn.parser is not None and conn.parser.unreader.buf.getvalue():
        return None
    try:
        seen = conn.sock.recv(_PEEK, socket.MSG_PEEK | socket.MSG_DONTWAIT)
    except BlockingIOError:
        return 1
    except OSError:
        return None  # the thread finds out what it is
    (there,) = struct.unpack("i", fcntl.ioctl(conn.sock, termios.FIONREAD, b"\0\0\0\0"))
    wanted = _wanted(seen)
    if not seen or there >= wanted or wanted > WHOLE_UP_TO:
        conn.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVLOWAT, 1)
        return None
    return wanted


def _wanted(seen: bytes) -> int:
    """How long the request is, or, where that isn't known yet, one byte more than there is."""
    end = seen.find(b"\r\n\r\n")
    if end < 0:
        return len(seen) + 1 if len(seen) < _PEEK else len(seen)
    head = seen[: end + 4]
    if _NO_WAITING.search(head):
        return len(head)
    length = _LENGTH.search(head)
    return len(head) + (int(length[1]) if length else 0)


class RedactingLogger(Logger):  # type: ignore[misc]
    """gunicorn's logger through ours: JSON or console, paths without query, no Referer, no token, nobody's address."""

    def setup(self, cfg: Any) -> None:
        super().setup(cfg)
        configure(os.environ.get("FEEDBACK_LOG_FORMAT", "json"))
        for log in (self.error_log, self.access_log):
            log.handlers[:] = []
            log.propagate = True

    def access(self, resp: Any, req: Any, environ: dict[str, Any], request_time: Any) -> None:
        """One line per request."""
        if self.cfg.accesslog is None:
            return
        self.access_log.info(
            "%s %s %s",
            redact(str(environ.get("REQUEST_METHOD", ""))[:16]),
            redact_path(str(environ.get("PATH_INFO", ""))[:512]),
            str(resp.status).split(" ", 1)[0],
            extra={"milliseconds": round(request_time.total_seconds() * 1000, 1)},
        )

    def warning(self, msg: str, *args: Any, **named: Any) -> None:
        """A warning, without what identifies anybody."""
        super().warning(redact_unreadable(msg), *args, **named)


logger_class = RedactingLogger


def when_ready(server: Any) -> None:
    """Let a stalled client's socket time out: accepted sockets inherit this from the listening ones.

    What was loaded before the fork is never garbage: no collection looks at it again, and its pages stay shared.
    glibc would give each thread a heap of its own, most of which lies idle: two do.
    """
    gc.collect()
    gc.freeze()
    with suppress(OSError, AttributeError):
        ctypes.CDLL(None).mallopt(_ARENA_MAX, 2)
    for listener in server.LISTENERS:
        listener.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, struct.pack("ll", RECEIVE_SECONDS, 0))


def on_exit(_server: Any) -> None:
    """Nothing is counted any more."""
    shutil.rmtree(os.environ[_COUNTS], ignore_errors=True)


def post_worker_init(worker: Any) -> None:
    """What a worker process does besides answering: writing down where the widget was seen.

    Another application behind the same configuration, such as the one that ours is measured against, has none.
    """
    if "feedback" in worker.wsgi.extensions:
        keep_writing(worker.wsgi)
