"""gunicorn's configuration: threads in two preloaded workers, no half-sent request that lasts, no token in a log."""

import os
import socket
import struct
from typing import Any

from gunicorn.glogging import Logger

from feedback.observability.logging import configure, redact, redact_path

bind = os.environ.get("FEEDBACK_BIND", "127.0.0.1:8000")
workers = int(os.environ.get("FEEDBACK_WORKERS", "2"))
threads = int(os.environ.get("FEEDBACK_THREADS", "16"))
worker_class = "gthread"
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

#: How long a client may leave a request half sent: gthread itself never gives up on one.
RECEIVE_SECONDS = 10


class RedactingLogger(Logger):  # type: ignore[misc]
    """gunicorn's logger through ours: JSON or console, paths without query, no Referer, no token."""

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


logger_class = RedactingLogger


def when_ready(server: Any) -> None:
    """Let a stalled client's socket time out: accepted sockets inherit this from the listening ones."""
    for listener in server.LISTENERS:
        listener.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, struct.pack("ll", RECEIVE_SECONDS, 0))
