"""Coverage radius against keep ratio, a panel a space, a line a method (the paper's Figure 3).

Reads coverage records: ``method``, ``share_kept``, and for each space ``<space>_radius_median``,
``_q1`` and ``_q3``. The line is the median over frames; the band, drawn for few methods only, holds
the middle half of them.
"""

from __future__ import annotations

from collections.abc import Sequence
from operator import itemgetter
from typing import TYPE_CHECKING

from ..names import method_name
from ..style import PAGE, method_looks
from ..table import Record

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_BANDED = 4
"""Methods above which bands would hide the lines."""

_SPACES = {
    "feature": "Feature",
    "spatial": "Spatial",
    "joint": "Joint",
}


def draw(records: Sequence[Record]) -> Figure:
    """The figure, page-wide."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(PAGE, 2.35))
    panels = figure.subplots(1, 3)
    methods = list(dict.fromkeys(str(record["method"]) for record in records))
    looks = method_looks(methods)
    for panel, (space, title) in zip(panels, _SPACES.items(), strict=True):
        for method in methods:
            points = [
                (_share(record), *(record[f"{space}_radius_{s}"] for s in ("median", "q1", "q3")))
                for record in records
                if record["method"] == method
            ]
            points.sort(key=itemgetter(0))
            keep, middle, low, high = (list(values) for values in zip(*points, strict=True))
            panel.plot(keep, middle, label=method_name(method), **looks[method])
            if len(methods) <= _BANDED and None not in low:
                colour = looks[method]["color"]
                panel.fill_between(keep, low, high, color=colour, alpha=0.12, linewidth=0)
        panel.set(title=title, xlabel="Tokens kept (%)")
        # Margins below 0 would be room for radii that there are not.
        panel.set_ylim(bottom=max(0.0, panel.get_ylim()[0]))
        panel.xaxis.set_major_formatter(lambda value, _: f"{value:g}")
    panels[0].set_ylabel("Coverage radius, median")
    handles, labels = panels[0].get_legend_handles_labels()
    legend = figure.legend(handles, labels, loc="outside lower center", ncols=min(len(labels), 5))
    if any(panel.collections for panel in panels):
        legend.set_title("Median over frames; band: from the first to the third quartile")
    return figure


def _share(record: Record) -> float:
    return 100 * float(record["share_kept"])  # type: ignore[arg-type]
