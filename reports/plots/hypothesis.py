"""Published accuracy against measured feature radius, a panel a data set, a marker a method.

Reads the records of `evtp.reports.hypothesis.joined`; a larger marker keeps more tokens.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from ...core.budget import Keep, keep_text
from ..accuracy import title_of
from ..hypothesis import LEAST, correlations
from ..style import PAGE, method_looks
from ..table import Record

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_ACROSS = 4
_SIZES = (10.0, 24.0, 48.0, 70.0)


def draw(records: Sequence[Record]) -> Figure:
    """The figure, page-wide."""
    from matplotlib.figure import Figure

    panels = list(dict.fromkeys(str(record["panel"]) for record in records))
    given = {record["keep"] for record in records}
    keeps: list[Keep] = sorted(keep for keep in given if isinstance(keep, int | float))
    sizes = dict(zip(keeps, _SIZES, strict=False))
    rhos = {row["panel"]: row for row in correlations(records, ["feature"], draws=0)}
    down = -(-(len(panels) + 1) // _ACROSS)
    figure = Figure(figsize=(PAGE, 1.85 * down))
    grid = figure.subplots(down, _ACROSS, squeeze=False)
    places = list(grid.flat)
    handles: dict[str, Any] = {}
    looks = method_looks({str(record["method"]) for record in records})
    for place, title in zip(places, panels, strict=False):
        points = [record for record in records if record["panel"] == title]
        for method, source in dict.fromkeys((str(p["method"]), str(p["source"])) for p in points):
            chosen = [p for p in points if (p["method"], p["source"]) == (method, source)]
            handles[title_of(method, source)] = place.scatter(
                [point["feature_radius"] for point in chosen],
                [point["accuracy"] for point in chosen],
                s=[sizes.get(point["keep"], _SIZES[-1]) for point in chosen],  # type: ignore[call-overload]
                linewidths=0,
                alpha=0.9,
                **looks[method],
            )
        place.margins(0.1)
        low, high = place.get_ylim()
        place.set_ylim(low - 0.2 * (high - low), high)  # room for the text below
        place.set_title(title)
        text = _rho(rhos[title]) if int(str(rhos[title]["methods"])) >= LEAST else "too few for a ρ"
        place.text(0.04, 0.04, text, transform=place.transAxes, fontsize="small")
    for place in places[len(panels) :]:
        place.axis("off")
    for row in grid:
        row[0].set_ylabel("Published accuracy (%)")
    figure.supxlabel("Measured feature radius", fontsize="medium")
    if panels:
        shown = ", ".join(keep_text(keep) for keep in keeps)
        legend = places[len(panels)].legend(
            handles.values(), handles.keys(), loc="center", title=f"Size: {shown}"
        )
        for handle in legend.legend_handles:
            handle.set_sizes([24.0])
    return figure


def _rho(row: Record) -> str:
    def text(value: object) -> str:
        return f"{value:+.2f}" if isinstance(value, float) else "?"

    return f"ρ {text(row['pooled'])}\n{text(row['fixed'])} at the same ratio"
