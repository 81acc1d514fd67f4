"""Coverage radius against keep ratio, a panel a space, a line a method (the paper's Figure 3).

Reads coverage records: ``method``, ``keep``, and for each space ``<space>_radius_mean`` and
``<space>_radius_std``; the band, drawn for few methods only, is one standard deviation over frames.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from ..style import PAGE, method_look
from ..table import Record

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_BANDED = 4
"""Methods above which bands would hide the lines."""

_SPACES = {
    "feature": "Feature space",
    "spatial": "Grid",
    "joint": "Joint space",
}


def draw(records: Sequence[Record]) -> Figure:
    """The figure, page-wide."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(PAGE, 2.35))
    panels = figure.subplots(1, 3)
    methods = list(dict.fromkeys(str(record["method"]) for record in records))
    for panel, (space, title) in zip(panels, _SPACES.items(), strict=True):
        for method in methods:
            points = sorted(
                (_share(record), record[f"{space}_radius_mean"], record[f"{space}_radius_std"])
                for record in records
                if record["method"] == method
            )
            keep, mean, std = (list(values) for values in zip(*points, strict=True))
            panel.plot(keep, mean, label=method, **method_look(method))
            if len(methods) <= _BANDED and None not in std:
                _band(panel, keep, mean, std, method)
        panel.set(title=title, xlabel="Tokens kept (%)")
        panel.xaxis.set_major_formatter(lambda value, _: f"{value:g}")
    panels[0].set_ylabel("Coverage radius")
    handles, labels = panels[0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower center", ncols=min(len(labels), 5))
    return figure


def _share(record: Record) -> float:
    return 100 * float(record["tokens_kept"]) / float(record["tokens"])  # type: ignore[arg-type]


def _band(panel: Any, keep: Any, mean: Any, std: Any, method: str) -> None:
    low = [m - s for m, s in zip(mean, std, strict=True)]
    high = [m + s for m, s in zip(mean, std, strict=True)]
    colour = method_look(method)["color"]
    panel.fill_between(keep, low, high, color=colour, alpha=0.12, linewidth=0)
