"""Taking over the stops of another system, or of a backup: only ever more is stopped."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy.orm import Session

from feedback import audit, clock
from feedback.actors import Actor
from feedback.customers.addresses import address_key
from feedback.preferences.actions.stopping import Wanted, stop
from feedback.preferences.models import Channel, Reason
from feedback.preferences.rows import SuppressionRow
from feedback.sites.queries import site_by_id

MAX_BATCH: Final = 500


@dataclass(frozen=True, slots=True)
class Taken:
    """How many rows stopped something, and how many found it stopped."""

    added: int = 0
    there: int = 0


def import_suppressions(session: Session, actor: Actor, site_id: int, rows: Sequence[SuppressionRow]) -> Taken:
    """Stop what each row says, with evidence of the time it says; nothing is lifted, and again changes nothing.

    An address counts as it is written: the hash beside it may have been made with the salt of the site that it comes
    from.
    """
    salt = site_by_id(session, site_id).salt
    added = there = 0
    for row in rows:
        key = address_key(salt, row.email) if row.email else row.hash
        wanted = Wanted(
            [key], row.scope, row.topic, Channel.IMPORT, email=row.email, reason=Reason(row.reason), source=row.source
        )
        with _then(row.created_at):
            if stop(session, site_id, wanted).opt_out_id is None:
                there += 1
            else:
                added += 1
    if added:
        after = {"added": added, "there": there}
        audit.record(
            session, actor, "suppression.import", site_id=site_id, subject="suppression", subject_id="", after=after
        )
    return Taken(added, there)


@contextmanager
def _then(moment: datetime | None) -> Iterator[None]:
    if moment is None:
        yield
        return
    with clock.at(moment):
        yield
