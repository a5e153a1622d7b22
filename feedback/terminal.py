"""What every command is handed, and what several do alike; no command lives here."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from feedback.db import Database
from feedback.errors import Invalid, Misused
from feedback.settings import Settings


@dataclass(frozen=True, slots=True)
class Terminal:
    """The object behind ``click.pass_obj``."""

    settings: Settings
    database: Database


@contextmanager
def options() -> Iterator[None]:
    """Checks of what a command was called with: what is wrong there is a mistake in its usage."""
    try:
        yield
    except Invalid as error:
        raise Misused(error.problems) from error


@contextmanager
def whole_file(path: Path) -> Iterator[BinaryIO]:
    """A file for its owner only, which is there once all of it is; nothing is left of one that was given up.

    What is no file, such as /dev/null or a pipe, is written to as it is, and never replaced.
    """
    if path.exists() and not path.is_file():
        with path.open("wb") as file:
            yield file
        return
    path = path.resolve()
    part = path.with_name(f"{path.name}.part")
    with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        try:
            yield file
        except BaseException:
            part.unlink(missing_ok=True)
            raise
    part.replace(path)
