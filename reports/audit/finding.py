"""What an audit finds, and the published figures it looks at."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Literal

from ...core.budget import keep_text
from ..accuracy import title_of
from ..published import ACCURACY, Metric, metrics, published

Verdict = Literal["holds", "holds in part", "does not hold", "cannot be checked"]

VERDICTS: tuple[Verdict, ...] = ("holds", "holds in part", "does not hold", "cannot be checked")


@dataclass(frozen=True)
class Finding:
    """One statement of the paper against the numbers.

    Args:
        check: the kind of statement.
        where: the cell or the section.
        states: what the paper says there.
        found: what the numbers say.
        verdict: whether the statement holds.

    """

    check: str
    where: str
    states: str
    found: str
    verdict: Verdict


@dataclass(frozen=True)
class Cell:
    """A figure of Tables 1 to 3."""

    metric: Metric
    keep: float
    method: str
    value: float

    @property
    def where(self) -> str:
        """The table, row and column."""
        return f"Table {self.metric.table}, {row_name(self.keep, self.method)}, {self.metric.name}"


@cache
def cells() -> tuple[Cell, ...]:
    """Every accuracy of Tables 1 to 3."""
    return tuple(
        Cell(metric, float(row["keep"]), str(row["method"]), float(row[metric.key]))
        for number in ACCURACY
        for row in published(number)
        for metric in metrics(number)
    )


def row_name(keep: float, method: str) -> str:
    """A row as a finding names it."""
    return f"{title_of(method).partition(' (')[0]} at {keep_text(keep)}"


@cache
def _values() -> dict[tuple[str, float, str], float]:
    return {(cell.metric.key, cell.keep, cell.method): cell.value for cell in cells()}


def value(key: str, keep: float, method: str = "evtp") -> float:
    """The figure of a column, keep ratio and method."""
    return _values()[key, keep, method]
