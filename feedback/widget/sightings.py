"""Where the widget is seen, counted in this process; a thread of its own writes it down, never a visitor's request."""

import logging
import threading
from collections import Counter
from typing import Final

from flask import Flask, current_app

from feedback.db import Database
from feedback.errors import Invalid, NotFound
from feedback.sites.origins import checked_origin
from feedback.widget.actions import note_sightings

log = logging.getLogger(__name__)

#: How often it is written down, in seconds.
EVERY: Final = 60
#: How many origins are remembered until then: whoever makes names up fills no memory.
MOST: Final = 2000
_NAME: Final = "widget_sightings"


class Sightings:
    """Counts by site and origin. Safe from any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._counts: Counter[tuple[str, str]] = Counter()

    def count(self, site: str, origin: str) -> None:
        """A page of this origin has asked for something of the site's; what is no origin isn't counted."""
        try:
            known = checked_origin(origin, allow_local=True)
        except Invalid:
            return
        with self._lock:
            if "*" not in known and ((site, known) in self._counts or len(self._counts) < MOST):
                self._counts[site, known] += 1

    def write(self, database: Database) -> None:
        """Add what was counted since the last time to what stands in the database, site by site."""
        with self._lock:
            counts, self._counts = self._counts, Counter()
        for site in sorted({site for site, _ in counts}):
            seen = {origin: times for (key, origin), times in counts.items() if key == site}
            try:
                with database.write() as session:
                    note_sightings(session, site, seen)
            except NotFound:
                continue  # the site's name was made up, or the site is gone


def sightings() -> Sightings:
    """Those of the running app."""
    found: Sightings = current_app.extensions.setdefault(_NAME, Sightings())
    return found


def keep_writing(app: Flask) -> threading.Event:
    """From now on, write them down every minute, until the event is set; for servers, after the fork."""
    database: Database = app.extensions["feedback"]["database"]
    counted: Sightings = app.extensions.setdefault(_NAME, Sightings())

    stop = threading.Event()

    def write_on() -> None:
        while not stop.wait(EVERY):
            try:
                counted.write(database)
            except Exception:
                log.exception("sightings could not be written")

    threading.Thread(target=write_on, name="sightings", daemon=True).start()
    return stop
