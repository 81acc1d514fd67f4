"""Published accuracy against cost, a panel a data set, a line a method, and the Pareto front.

Reads figures of the paper's tables: ``dataset, split, metric, method, source, keep, value`` and,
for the cost, ``tflops_published``, else ``macs``. ``panel`` names the panel a figure belongs to;
a figure without one is not drawn.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from ..accuracy import title_of
from ..style import PAGE, method_looks
from ..table import Record

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_ACROSS = 4


class Point(NamedTuple):
    """A method at a keep ratio: what it costs, in T, and how accurate it is, in per cent."""

    cost: float
    accuracy: float
    method: str
    source: str


def pareto_front(points: Sequence[Point]) -> list[Point]:
    """The points that no cheaper or equally cheap one is at least as accurate as, by cost."""
    front: list[Point] = []
    for point in sorted(points, key=lambda p: (p.cost, -p.accuracy)):
        if not front or point.accuracy > front[-1].accuracy:
            front.append(point)
    return front


def draw(records: Sequence[Record]) -> Figure:
    """The figure, page-wide."""
    from matplotlib.figure import Figure

    panels: dict[str, list[Point]] = {}
    published = {
        (r.get("panel"), r["keep"]): cost
        for r in records
        if (cost := r.get("tflops_published")) is not None
    }
    for record in records:
        point = _point(record, published.get((record.get("panel"), record["keep"])))
        if point and record.get("panel"):
            panels.setdefault(str(record["panel"]), []).append(point)
    down = -(-(len(panels) + 1) // _ACROSS)
    figure = Figure(figsize=(PAGE, 1.72 * down))
    grid = figure.subplots(down, _ACROSS, squeeze=False)
    places = list(grid.flat)
    labels: dict[str, Any] = {}
    looks = method_looks({point.method for points in panels.values() for point in points})
    for place, (title, points) in zip(places, panels.items(), strict=False):
        labels |= _panel(place, title, points, looks)
    for place in places[len(panels) :]:
        place.axis("off")
    for row in grid:
        row[0].set_ylabel("Accuracy (%)")
    for column in range(_ACROSS):
        drawn = [row[column] for row in grid if row[column].axison]
        if drawn:
            drawn[-1].set_xlabel("Cost (TMAC)")
    if panels:
        places[len(panels)].legend(labels.values(), labels.keys(), loc="center", frameon=False)
    return figure


def _panel(
    panel: Any, title: str, points: Sequence[Point], looks: Mapping[str, dict[str, Any]]
) -> dict[str, Any]:
    """Draws the points of a data set; its lines by label."""
    from matplotlib.ticker import FixedLocator, NullLocator

    labels: dict[str, Any] = {}
    front = pareto_front(points)
    (labels["Pareto front"],) = panel.plot(
        [point.cost for point in front],
        [point.accuracy for point in front],
        color="0.8",
        linewidth=4,
        solid_capstyle="round",
        zorder=1,
    )
    for method, source in dict.fromkeys((point.method, point.source) for point in points):
        line = sorted(p for p in points if (p.method, p.source) == (method, source))
        (labels[title_of(method, source)],) = panel.plot(
            [point.cost for point in line],
            [point.accuracy for point in line],
            linestyle="-" if source == "published" else "--",
            markerfacecolor=None if source == "published" else "none",
            zorder=3 if method == "evtp" else 2,
            **looks[method],
        )
    panel.set_title(title)
    panel.set_xscale("log")
    low, high = min(p.cost for p in points), max(p.cost for p in points)
    ticks = [tick for tick in (0.2, 0.5, 1, 2, 5, 10, 20, 50) if low * 0.8 <= tick <= high * 1.25]
    panel.xaxis.set_major_locator(FixedLocator(ticks))
    panel.xaxis.set_minor_locator(NullLocator())
    panel.xaxis.set_major_formatter(lambda value, _: f"{value:g}")
    return labels


def _point(record: Record, published: object) -> Point | None:
    """The point of a figure, at the cost published of its ratio, or at ours where none is.

    At one cost for a ratio no method leads by who counted it.
    """
    cost, macs, accuracy = published, record.get("macs"), record.get("value")
    if cost is None and isinstance(macs, int):
        cost = macs / 1e12
    if not isinstance(cost, float) or not isinstance(accuracy, float):
        return None
    return Point(cost, accuracy, str(record["method"]), str(record["source"]))
