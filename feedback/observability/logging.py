"""Logging for web, worker and commands: console or JSON lines, with tokens, keys and addresses taken out of both."""

import logging
import re
import sys
from collections.abc import MutableMapping
from typing import Any

import structlog

_TOKEN = re.compile(r"[A-Za-z0-9_-]{20,}\.[A-Za-z0-9_-]{22}(?![A-Za-z0-9_-])")
_API_KEY = re.compile(r"fbk_[a-z]+_[A-Za-z0-9_]{8,}")
_HALF_TOKEN = re.compile(r"(?<=/)[A-Za-z0-9_=%-]{24,}")
_ADDRESS = re.compile(r"[^\s@<>\"'(),:;/?=&]+(?:@|%40)[^\s@<>\"'(),:;/?=&]+")
_CONTROL = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")


def redact(text: str) -> str:
    """The text without signed tokens, API keys, e-mail addresses and control characters."""
    text = _API_KEY.sub("[key]", text)
    text = _TOKEN.sub("[token]", text)
    text = _HALF_TOKEN.sub("[token]", text)
    text = _ADDRESS.sub("[address]", text)
    return _CONTROL.sub(" ", text)


def redact_path(path: str) -> str:
    """A request's path without its query: what an access log may show."""
    return redact(path.split("?", 1)[0])


def _redact_event(_logger: Any, _name: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    for key, value in event.items():
        if isinstance(value, str):
            event[key] = "\n".join(redact(line) for line in value.splitlines()) if key == "exception" else redact(value)
    return event


def configure(log_format: str, *, level: int = logging.INFO) -> None:
    """Send every logger of this process to standard error in the given format, ``console`` or ``json``."""
    shared: list[structlog.types.Processor] = [
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.PositionalArgumentsFormatter(),
        structlog.stdlib.ExtraAdder(),
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
        _redact_event,
    ]
    renderer: structlog.types.Processor = (
        structlog.processors.JSONRenderer(ensure_ascii=False)
        if log_format == "json"
        else structlog.dev.ConsoleRenderer(colors=False)
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    for noisy in ("alembic", "huey", "sqlalchemy", "MARKDOWN"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
