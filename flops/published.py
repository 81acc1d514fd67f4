"""The twelve totals that EVTP-IVS publishes, and how ours stand to them."""

from __future__ import annotations

from functools import cache
from typing import NamedTuple

from ..core.budget import Keep
from ..core.shipped import shipped_rows


class Total(NamedTuple):
    """A published total.

    Args:
        dataset: the data set; a table that covers several is filed under the one it fits.
        keep: the keep ratio.
        macs: the total in MACs, which the paper prints as "TFLOPs" with three decimals.
        consistent: whether it agrees with the other totals of its own table.
        source: the table it stands in.

    """

    dataset: str
    keep: float
    macs: int
    consistent: bool
    source: str

    def error(self, ours: int) -> float:
        """How far our total is from the published one, as a share of the latter."""
        return ours / self.macs - 1

    def sentence(self, ours: int) -> str:
        """Both figures side by side."""
        line = (
            f"{self.source} publishes {self.macs / 1e12:.3f} TMAC, "
            f"the accounting paper gives {ours / 1e12:.3f} TMAC ({self.error(ours):+.2%})"
        )
        if self.consistent:
            return line
        return line + "; the published figure is inconsistent with the others of its table"


@cache
def published_totals() -> dict[tuple[str, float], Total]:
    """The totals by data set and keep ratio."""
    totals = [
        Total(
            row["dataset"],
            float(row["keep"]),
            round(float(row["tmacs"]) * 1e12),
            row["consistent"] == "yes",
            row["source"],
        )
        for row in shipped_rows(__package__, "published.csv")
    ]
    return {(total.dataset, total.keep): total for total in totals}


def published_total(dataset: str | None, keep: Keep) -> Total | None:
    """The total published for a data set at a keep ratio, if there is one."""
    if dataset is None or isinstance(keep, int):  # a count of 1 is no ratio of 1.0
        return None
    return published_totals().get((dataset, keep))
