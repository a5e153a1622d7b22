"""What every command is handed: settings and database; no command lives here."""

from dataclasses import dataclass

from feedback.db import Database
from feedback.settings import Settings


@dataclass(frozen=True, slots=True)
class Terminal:
    """The object behind ``click.pass_obj``."""

    settings: Settings
    database: Database
