"""Logging for web, worker and commands: console or JSON lines, with tokens, keys and addresses taken out of both."""

import logging
import sys
from collections.abc import MutableMapping
from typing import Any

import structlog

from feedback.observability.redaction import redact, redact_lines


def _redact_event(_logger: Any, _name: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    for key, value in event.items():
        if isinstance(value, str):
            event[key] = redact_lines(value) if key == "exception" else redact(value)
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
