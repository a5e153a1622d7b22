"""Whose a new case is: chosen when it is asked for, since an answer that joins a case needs nobody."""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy.orm import Session

from feedback import clock
from feedback.cases.queries.intake import candidates
from feedback.cases.routing import choose_owner


def owner_for(session: Session, site_id: int, language: str) -> Callable[[], tuple[int, str] | None]:
    """Chooses the one with the least to do who reads the language; None: the team's queue."""

    def choose() -> tuple[int, str] | None:
        team = candidates(session, site_id, clock.now())
        chosen = choose_owner([one.as_candidate() for one in team], language)
        return next(((one.staff_id, one.name) for one in team if one.staff_id == chosen), None)

    return choose
