"""The tables of the EVTP-IVS paper, as data.

Figures as printed. ``keep`` is the share of tokens kept; ``method`` takes the names that the
pruners have here, ``original`` being the unpruned model; TFLOPs are the paper's word for what its
Appendix A counts, multiply-accumulates. ``metrics.csv`` says what each column of accuracies is of.
"""

from __future__ import annotations

from functools import cache
from typing import NamedTuple

from ...core.shipped import shipped_rows

TABLES = {
    1: "table1_image",
    2: "table2_revos",
    3: "table3_rvos",
    4: "table4_ablation",
    5: "table5_token_counts",
    6: "table6_instructions",
    7: "table7_dataset_stats",
}
"""The paper's table numbers and the files that hold them."""

ACCURACY = (1, 2, 3)
"""The tables of accuracy by method and keep ratio."""

COSTED = {1: "refcoco", 2: "revos", 3: "refytvos"}
"""The data set whose prompt length fits the TFLOPs column of a table that covers several."""


class Metric(NamedTuple):
    """A column of accuracies, in percent.

    Args:
        table: the paper's table that it stands in.
        key: its name in the data.
        group: the heading it stands under.
        title: its own heading.
        dataset, split, metric: what was measured.

    """

    table: int
    key: str
    group: str
    title: str
    dataset: str
    split: str
    metric: str

    @property
    def name(self) -> str:
        """The column's full name."""
        return f"{self.group} {self.title}"


def published(table: int) -> list[dict[str, str | float]]:
    """The rows of a table of the paper, numbers as floats, everything else as text."""
    return [{key: _number(value) for key, value in row.items()} for row in as_printed(table)]


def as_printed(table: int) -> list[dict[str, str]]:
    """The rows of a table of the paper, every figure with the decimals that it is printed with."""
    return shipped_rows(__name__, f"{TABLES[table]}.csv")


@cache
def metrics(table: int) -> tuple[Metric, ...]:
    """The columns of accuracies of a table of the paper, in its order."""
    rows = (Metric(int(row.pop("table")), **row) for row in shipped_rows(__name__, "metrics.csv"))
    return tuple(metric for metric in rows if metric.table == table)


@cache
def method_titles() -> dict[str, str]:
    """The methods' names as a paper writes them, with the venue."""
    return {
        row["method"]: f"{row['title']} ({row['venue']})" if row["venue"] else row["title"]
        for row in shipped_rows(__name__, "methods.csv")
    }


def _number(text: str) -> str | float:
    try:
        return float(text)
    except ValueError:
        return text
