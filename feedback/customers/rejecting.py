"""Rows of a CSV file that can't be used: written with line and reason where a spreadsheet can open them."""

import csv
import io
import os
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Any

from feedback.customers.sheet import Record
from feedback.errors import Problem
from feedback.i18n.catalogue import Translator

_FORMULA = tuple("=+-@\t\r\n\0|%＝＋－＠")


class Rejects:
    """``FILE.rejected.csv``, made with its first row; without any, one of an earlier time is removed."""

    def __init__(self, file: Path, speak: Translator) -> None:
        self.path = file.with_suffix(".rejected.csv")
        self.count = 0
        self._speak = speak
        self._stack = ExitStack()
        self._writer: Any = None

    def __enter__(self) -> "Rejects":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.close()
        if error is None and not self.count:
            self.path.unlink(missing_ok=True)

    def add(self, record: Record, problems: Sequence[Problem]) -> None:
        """Write one row with what is wrong with it."""
        if self._writer is None:
            descriptor = os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
            file = self._stack.enter_context(io.TextIOWrapper(os.fdopen(descriptor, "wb"), "utf-8", newline=""))
            self._writer = csv.writer(file)
            self._writer.writerow(["line", "reason", "row"])
        self._writer.writerow([record.line, self._told(problems), harmless(record.raw)])
        self.count += 1

    def _told(self, problems: Sequence[Problem]) -> str:
        parts = []
        for problem in problems:
            text = self._speak.say(problem.message, problem.params)
            parts.append(f"{problem.field}: {text}" if problem.field else text)
        return " ".join(parts)


def harmless(text: str) -> str:
    """A cell that a spreadsheet will not take for a formula (standards S-14)."""
    return "'" + text if text.lstrip(" ").startswith(_FORMULA) else text
