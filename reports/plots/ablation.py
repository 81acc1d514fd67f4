"""What each step adds to k-center (the paper's Table 4), a panel a data set.

Reads figures of Table 4: ``method, dataset, metric, value``.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from ..accuracy import title_of
from ..settings import DATASETS
from ..style import COLUMN, method_looks
from ..table import Record

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_METRICS = {"giou": "gIoU", "ciou": "cIoU", "jf": "J&F", "j": "J", "f": "F"}


def draw(records: Sequence[Record]) -> Figure:
    """The figure, column-wide: a dot a step, since differences of a point hide in bars."""
    from matplotlib.figure import Figure

    panels = list(dict.fromkeys((str(r["dataset"]), str(r["metric"])) for r in records))
    methods = list(dict.fromkeys((str(r["method"]), str(r["source"])) for r in records))
    figure = Figure(figsize=(COLUMN, 0.62 + 0.22 * len(methods)))
    row = figure.subplots(1, len(panels), sharey=True, squeeze=False)[0]
    values = {(r["dataset"], r["method"], r["source"]): r["value"] for r in records}
    looks = method_looks([method for method, _ in methods])
    for panel, (dataset, metric) in zip(row, panels, strict=True):
        shown = [
            (float(str(value)), height, method)
            for height, (method, source) in enumerate(methods)
            if (value := values.get((dataset, method, source))) is not None
        ]
        panel.plot(
            [value for value, _, _ in shown],
            [height for _, height, _ in shown],
            color="0.75",
            zorder=1,
        )
        for value, height, method in shown:
            panel.plot(value, height, linestyle="", zorder=2, markersize=5, **looks[method])
            panel.annotate(
                f"{value:.1f}",
                (value, height),
                xytext=(5, 0),
                textcoords="offset points",
                va="center",
                fontsize="small",
            )
        panel.set_title(DATASETS.get(dataset, dataset))
        panel.set_xlabel(f"{_METRICS.get(metric, metric)} (%)")
        panel.margins(x=0.25, y=0.12)
        panel.grid(visible=False, axis="y")
    row[0].set_yticks(range(len(methods)), [title_of(*method) for method in methods])
    row[0].invert_yaxis()
    return figure
