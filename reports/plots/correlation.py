"""Rank correlation of each statistic of coverage with mask recovery, a panel a view, intervals.

Reads the records of `evtp correlate`: ``statistic`` and for each view its value, ``<view>_low``
and ``<view>_high``. A view that says the same as another has no panel.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from ..style import PAGE
from ..table import Record

if TYPE_CHECKING:
    from matplotlib.figure import Figure

VIEWS = {
    "across": "Across",
    "partial": "Partial",
    "within_ratio": "Within ratio",
    "within_frame": "Within frame",
}
"""What points are compared with each other, as people see it."""

_KINDS = {True: ("#D55E00", "a radius: of the farthest token"), False: ("#0072B2", "others")}


def statistic_name(record: Record) -> str:
    """The statistic of a record in words."""
    return str(record["statistic"]).replace("_", " ")


def differing(records: Sequence[Record]) -> tuple[list[str], list[tuple[str, str]]]:
    """The views that say something of their own, and pairs of another and the one it equals.

    At one ratio all points are within it, and on one frame within that.

    Args:
        records: of `evtp correlate`.

    """
    shown: list[str] = []
    alike: list[tuple[str, str]] = []
    for view in ("within_frame", "across", "partial", "within_ratio"):
        same = next((other for other in shown if _same(records, view, other)), None)
        if same is None:
            shown.append(view)
        else:
            alike.append((view, same))
    return [view for view in VIEWS if view in shown], alike


def _same(records: Sequence[Record], view: str, other: str) -> bool:
    pairs = [
        (record[f"{view}{end}"], record[f"{other}{end}"])
        for record in records
        for end in ("", "_low", "_high")
    ]
    return all(
        one == two if one is None or two is None else abs(float(one) - float(two)) < 1e-9  # type: ignore[arg-type]
        for one, two in pairs
    )


def draw(records: Sequence[Record]) -> Figure:
    """The figure, page-wide."""
    from matplotlib.figure import Figure
    from matplotlib.lines import Line2D

    views, _ = differing(records)
    figure = Figure(figsize=(PAGE, 0.9 + 0.22 * len(records)))
    panels = figure.subplots(1, len(views), sharey=True, squeeze=False)[0]
    names = [statistic_name(record) for record in records]
    for panel, view in zip(panels, views, strict=True):
        panel.axvline(0, color="#999999", linewidth=0.8)
        for place, record in enumerate(records):
            _interval(panel, place, record, view)
        panel.set(
            title=VIEWS[view], xlim=(-1, 1), xlabel="Spearman's rho", yticks=range(len(names))
        )
    panels[0].set_yticklabels(names)
    panels[0].invert_yaxis()
    dots = [
        Line2D([], [], color=colour, marker="o", markersize=4, linewidth=1.2, label=label)
        for colour, label in _KINDS.values()
    ]
    figure.legend(handles=dots, loc="outside lower center", ncols=len(dots))
    return figure


def _interval(panel: Any, place: int, record: Record, view: str) -> None:
    value, low, high = (record[f"{view}{end}"] for end in ("", "_low", "_high"))
    if value is None:
        return
    colour, _ = _KINDS[str(record["statistic"]).endswith("_radius")]
    if low is not None:
        panel.plot([low, high], [place, place], "-", color=colour, linewidth=1.2)
    panel.plot([value], [place], "o", color=colour, markersize=4)
