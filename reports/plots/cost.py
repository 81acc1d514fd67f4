"""Cost by module against keep ratio, stacked; a row an accounting, a column a data set.

Reads FLOPs records: ``accounting, dataset, keep, module, macs``.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from ...core.budget import Keep, keep_text
from ..cost import module_title
from ..settings import DATASETS
from ..style import PAGE, module_colours
from ..table import Record

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def draw(records: Sequence[Record]) -> Figure:
    """The figure, page-wide."""
    from matplotlib.figure import Figure

    parts = [record for record in records if record["module"] != "total"]
    accountings = list(dict.fromkeys(str(record["accounting"]) for record in parts))
    names = list(dict.fromkeys(str(record["dataset"]) for record in parts))
    largest: dict[str, int] = {}
    for record in parts:
        largest[str(record["module"])] = max(
            largest.get(str(record["module"]), 0), int(str(record["macs"]))
        )
    # The largest module at the bottom, where its length can be read off.
    modules = sorted(largest, key=lambda module: -largest[module])
    colours = module_colours(modules)
    figure = Figure(figsize=(PAGE, 0.5 + 1.75 * len(accountings)))
    grid = figure.subplots(len(accountings), len(names), squeeze=False)
    for row, accounting in zip(grid, accountings, strict=True):
        for panel, name in zip(row, names, strict=True):
            chosen = [r for r in parts if r["accounting"] == accounting and r["dataset"] == name]
            _bars(panel, chosen, modules, colours)
            panel.set_title(f"{DATASETS.get(name, name)}, accounting “{accounting}”")
        row[0].set_ylabel("Cost (TMAC)")
    for panel in grid[-1]:
        panel.set_xlabel("Tokens kept")
    handles, labels = grid[0][0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower center", ncols=4)
    return figure


def _bars(
    panel: Any, records: Sequence[Record], modules: Sequence[str], colours: dict[str, str]
) -> None:
    given = {record["keep"] for record in records}
    keeps: list[Keep] = sorted(keep for keep in given if isinstance(keep, int | float))
    costs = {(record["module"], record["keep"]): int(str(record["macs"])) for record in records}
    bottom = [0.0] * len(keeps)
    for module in modules:
        heights = [costs.get((module, keep), 0) / 1e12 for keep in keeps]
        panel.bar(
            range(len(keeps)),
            heights,
            bottom=bottom,
            color=colours[module],
            label=module_title(module),
            width=0.72,
        )
        bottom = [low + height for low, height in zip(bottom, heights, strict=True)]
    panel.set_xticks(range(len(keeps)), [keep_text(keep) for keep in keeps])
    panel.grid(visible=False, axis="x")
    panel.tick_params(axis="x", length=0)
