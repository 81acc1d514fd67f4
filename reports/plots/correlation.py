"""Rank correlation of each statistic of coverage with mask recovery, a panel a view, intervals.

Reads the records of `evtp correlate`: ``statistic`` and for each view its value, ``<view>_low``
and ``<view>_high``.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from ..style import PAGE
from ..table import Record

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_VIEWS = {
    "across": "Across",
    "partial": "Partial on tokens kept",
    "within_ratio": "Within a ratio",
    "within_frame": "Within a frame",
}


def draw(records: Sequence[Record]) -> Figure:
    """The figure, page-wide."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(PAGE, 0.6 + 0.22 * len(records)))
    panels = figure.subplots(1, len(_VIEWS), sharey=True)
    names = [str(record["statistic"]).replace("_", " ") for record in records]
    for panel, (view, title) in zip(panels, _VIEWS.items(), strict=True):
        panel.axvline(0, color="#999999", linewidth=0.8)
        for place, record in enumerate(records):
            _interval(panel, place, record, view)
        panel.set(title=title, xlim=(-1, 1), xlabel="Spearman's rho", yticks=range(len(names)))
    panels[0].set_yticklabels(names)
    panels[0].invert_yaxis()
    return figure


def _interval(panel: Any, place: int, record: Record, view: str) -> None:
    value, low, high = (record[f"{view}{end}"] for end in ("", "_low", "_high"))
    if value is None:
        return
    colour = "#D55E00" if str(record["statistic"]).endswith("_radius") else "#0072B2"
    if low is not None:
        panel.plot([low, high], [place, place], "-", color=colour, linewidth=1.2)
    panel.plot([value], [place], "o", color=colour, markersize=4)
