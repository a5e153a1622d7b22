"""Imports every models, reactions and jobs module, lowest feature first, so that tables and reactions are known."""

from importlib import import_module
from importlib.util import find_spec

from feedback import audit, events, jobs

FEATURES = (
    "links",
    "sites",
    "staff",
    "surveys",
    "customers",
    "tone",
    "responses",
    "preferences",
    "delivery",
    "invitations",
    "cases",
    "analytics",
    "widget",
    "api",
)
_KINDS = ("models", "reactions", "jobs")


def wire() -> None:
    """Import all of them; call it once per process before the first ``emit``. Calling it again does nothing."""
    for kind in _KINDS:
        for feature in FEATURES:
            name = f"feedback.{feature}.{kind}"
            if find_spec(name) is not None:
                import_module(name)
    events.wired(jobs.retry_reaction)


__all__ = ["FEATURES", "audit", "wire"]
