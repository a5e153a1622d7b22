"""What is printed: a figure, its budget, how they compare, and whether it holds."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Row:
    """``value`` is what the budget is about: mostly a ratio of two things measured side by side."""

    what: str
    figure: str
    value: float
    at_least: float | None = None
    at_most: float | None = None
    note: str = ""

    @property
    def holds(self) -> bool:
        """Whether it is within its budget."""
        low = self.at_least is None or self.value >= self.at_least
        return low and (self.at_most is None or self.value <= self.at_most)

    @property
    def budget(self) -> str:
        """The budget as people write it."""
        if self.at_least is not None:
            return f"≥ {self.at_least:g}"
        return f"≤ {self.at_most:,.10g}" if self.at_most is not None else ""

    @property
    def verdict(self) -> str:
        """One word at the end of the line."""
        if self.at_least is None and self.at_most is None:
            return "-"
        return "ok" if self.holds else "OVER"


def printed(rows: Sequence[Row]) -> str:
    """The table, aligned."""
    heads = ("what", "figure", "value", "budget", "", "note")
    cells = [heads, *((r.what, r.figure, _short(r.value), r.budget, r.verdict, r.note) for r in rows)]
    widths = [max(len(row[column]) for row in cells) for column in range(len(heads))]
    lines = ["  ".join(text.ljust(width) for text, width in zip(row, widths, strict=True)).rstrip() for row in cells]
    return "\n".join((lines[0], "-" * min(150, sum(widths) + 10), *lines[1:]))


def _short(value: float) -> str:
    return f"{value:,.2f}" if value < 100 else f"{value:,.0f}"
