"""Alembic's way in: the connection is handed over by ``feedback.migrations.runner``."""

from typing import Any, Literal

from alembic import context
from alembic.autogenerate.api import AutogenContext

from feedback.db import Base, UtcDateTime
from feedback.wiring import wire

wire()


def render_item(type_: str, item: Any, autogen: AutogenContext) -> str | Literal[False]:
    """Our own column type by its short name, so that migrations read well."""
    if type_ == "type" and isinstance(item, UtcDateTime):
        autogen.imports.add("from feedback.db import UtcDateTime")
        return "UtcDateTime()"
    return False


def include_name(name: str | None, type_: str, _parents: Any) -> bool:
    """All but the tables that huey makes for itself in PostgreSQL."""
    return type_ != "table" or not (name or "").startswith("huey_")


context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Base.metadata,
    render_as_batch=context.config.attributes["connection"].dialect.name == "sqlite",
    compare_type=False,
    render_item=render_item,
    include_name=include_name,
)
with context.begin_transaction():
    context.run_migrations()
