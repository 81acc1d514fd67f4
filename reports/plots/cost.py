"""Cost by module against the tokens kept, stacked; a panel for whatever else is swept.

Reads FLOPs records, as `Count.records` makes them. Where a panel lacks the cost without pruning, it
is taken from what the records say beside; a line stands at what no pruning can go below.
"""

from __future__ import annotations

import textwrap
from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from ...core.budget import keep_key, keep_text
from ...core.errors import InputError
from ..cost import module_title
from ..settings import DATASETS
from ..style import COLUMN, PAGE, module_colours
from ..table import Record

if TYPE_CHECKING:
    from matplotlib.figure import Figure

MOST = 12
"""Panels of a figure; bars in more could not be read."""

_TOKENS = ("frames", "text_tokens", "visual_tokens")
_NAMED = ("model", "dataset", *_TOKENS)
_AXES = ("accounting", *_NAMED, "prune_at", "convention")
_ABREAST = 4
_LABELS = 10
"""Bars of a panel that are all labelled."""

_LABELS_ABREAST = 17
"""Labels that stand beside one another over the width of a page."""


class _Bar(NamedTuple):
    """A stack of modules: how many tokens of a frame are kept, as asked for, and the costs."""

    tokens: int
    label: str
    costs: dict[str, float]


def check_panels(path: object, records: Sequence[Record]) -> None:
    """Raises `InputError` where one scale or page cannot hold a figure of these records."""
    if len(units := list(dict.fromkeys(str(r["unit"]) for r in records))) > 1:
        raise InputError(
            "plot",
            path,
            f"would have {' and '.join(units)} on one scale",
            "name conventions of one unit",
        )
    if (found := len(_panels(records))) > MOST:
        raise InputError(
            "plot", path, f"would have {found} panels", f"sweep at most {MOST} beside --keep"
        )


def draw(records: Sequence[Record]) -> Figure:
    """The figure: page-wide, or as wide as a column where it is a single panel of few bars."""
    from matplotlib.figure import Figure

    panels = _panels(records)
    bars = [list(_bars(members)) for members in panels.values()]
    highest = {
        module: max(bar.costs.get(module, 0) for stacks in bars for bar in stacks)
        for module in dict.fromkeys(str(r["module"]) for r in records if r["module"] != "total")
    }
    # The largest module at the bottom, where its length can be read off.
    modules = sorted(highest, key=lambda module: -highest[module])
    colours = module_colours(modules)
    top = max(sum(bar.costs.values()) for stacks in bars for bar in stacks)
    prefix, scale = ("T", 1e12) if top >= 5e11 else ("G", 1e9)
    columns = _columns([key[0] for key in panels])
    rows = -(-len(panels) // columns)
    titles = _titles(list(panels), 100 // columns)
    lines = max(title.count("\n") for title in titles)
    narrow = len(panels) == 1 and len(bars[0]) <= _LABELS
    size = (COLUMN if narrow else PAGE, 0.7 + (1.75 + 0.14 * lines) * rows)
    figure = Figure(figsize=size)
    most = min(_LABELS, _LABELS_ABREAST // columns)
    # One scale, so that heights compare from panel to panel.
    grid = figure.subplots(rows, columns, squeeze=False, sharey=True)
    for panel in grid.flat[len(panels) :]:
        panel.remove()
    for number, (panel, members) in enumerate(zip(grid.flat, panels.values(), strict=False)):
        _stack(panel, bars[number], modules, colours, scale, most)
        _floor(panel, members, scale)
        panel.set_title(titles[number])
        panel.set_xlabel("Tokens kept")
    grid[0][0].set_ylim(0, 1.05 * top / scale)  # shared by all; none touches the frame
    for row in grid:
        row[0].set_ylabel(_unit(records, prefix))
    found: dict[str, Any] = {}
    for panel in figure.axes:
        handles, labels = panel.get_legend_handles_labels()
        found |= dict(zip(labels, handles, strict=True))
    beside = 2 if narrow else 4
    figure.legend(list(found.values()), list(found), loc="outside lower center", ncols=beside)
    return figure


def _panels(records: Sequence[Record]) -> dict[tuple[object, ...], list[Record]]:
    """The records of each panel, those of an accounting together."""
    panels: dict[tuple[object, ...], list[Record]] = {}
    for record in records:
        panels.setdefault(tuple(record.get(axis) for axis in _AXES), []).append(record)
    accountings = list(dict.fromkeys(key[0] for key in panels))
    return {key: panels[key] for key in sorted(panels, key=lambda key: accountings.index(key[0]))}


def _columns(accountings: Sequence[object]) -> int:
    """Panels abreast: those of an accounting in a row where all have equally many."""
    counts = {accountings.count(accounting) for accounting in accountings}
    each = counts.pop()
    return each if not counts and 1 < each <= _ABREAST else min(_ABREAST, len(accountings))


def _bars(records: Sequence[Record]) -> Iterator[_Bar]:
    """A bar a ratio, and one of all tokens where there is none, by the number of tokens."""
    found: dict[object, _Bar] = {}
    full: dict[str, float] = {}
    for record in records:
        keep, tokens, module = record["keep"], record["tokens_kept_per_frame"], record["module"]
        assert isinstance(tokens, int)
        bar = found.setdefault(keep_key(keep), _Bar(tokens, keep_text(keep), {}))
        if module != "total":
            bar.costs[str(module)] = _number(record["cost"])
            if record["cost_full"] is not None:
                full[str(module)] = _number(record["cost_full"])
    every = _number(records[0]["visual_tokens"])
    if full and all(bar.tokens < every for bar in found.values()):
        found[None] = _Bar(int(every), "100%", full)
    yield from sorted(found.values(), key=lambda bar: bar.tokens)


def _stack(
    panel: Any,
    bars: Sequence[_Bar],
    modules: Sequence[str],
    colours: Mapping[str, str],
    scale: float,
    most: int,
) -> None:
    bottom = [0.0] * len(bars)
    for module in modules:
        heights = [bar.costs.get(module, 0) / scale for bar in bars]
        panel.bar(
            range(len(bars)),
            heights,
            bottom=bottom,
            color=colours[module],
            label=module_title(module),
            width=0.72,
        )
        bottom = [low + height for low, height in zip(bottom, heights, strict=True)]
    step = -(-len(bars) // most)
    last = len(bars) - 1
    labels = ["" if (last - number) % step else bar.label for number, bar in enumerate(bars)]
    panel.set_xticks(range(len(bars)), labels)
    panel.grid(visible=False, axis="x")
    panel.tick_params(axis="x", length=0)


def _floor(panel: Any, records: Sequence[Record], scale: float) -> None:
    """A line at the cost with no visual token."""
    for total in records:
        macs, limit = total.get("macs"), total.get("macs_limit")
        if total["module"] == "total" and macs and limit is not None:
            height = _number(total["cost"]) / _number(macs) * _number(limit) / scale
            panel.axhline(
                height, color="black", linewidth=0.8, linestyle="--", label="With no visual token"
            )
            return


def _titles(panels: Sequence[tuple[object, ...]], width: int) -> list[str]:
    """What tells each panel from the others, or what it is of where there is one."""
    said = [dict(zip(_AXES, panel, strict=True)) for panel in panels]
    # Where the accounting knows of no layers, none is named.
    varying = {axis for axis in _AXES if len({panel[axis] for panel in said} - {None}) > 1}
    named = {(panel["model"], panel["dataset"]) for panel in said}
    if len({tuple(panel[axis] for axis in _NAMED) for panel in said}) == len(named):
        varying -= set(_TOKENS)  # the model and the data set say them
    alone = {"model", "dataset", "accounting"}
    return [textwrap.fill(_title(panel, varying or alone), width) for panel in said]


def _title(panel: Mapping[str, object], shown: Collection[str]) -> str:
    model, dataset, at = str(panel["model"]), panel["dataset"], panel["prune_at"]
    words = {
        "model": Path(model).stem if model.endswith(".toml") else model,
        "dataset": DATASETS.get(str(dataset), str(dataset)) if dataset else "",
        **{axis: f"{axis.replace('_', ' ')}: {panel[axis]}" for axis in _TOKENS},
        "prune_at": f"pruned at layer {at}" if at else "",
        "accounting": f"accounting “{panel['accounting']}”",
        "convention": f"convention “{panel['convention']}”",
    }
    title = ", ".join(text for axis, text in words.items() if axis in shown and text)
    return title if {"model", "dataset"} & {*shown} else title[:1].upper() + title[1:]


def _unit(records: Sequence[Record], prefix: str) -> str:
    found = {str(record["convention"]) for record in records} - {"mac", "flop"}
    how = f", convention {found.pop()}" if len(found) == 1 else ""
    return f"Cost ({prefix}{records[0]['unit']}){how}"


def _number(value: object) -> float:
    assert isinstance(value, int | float)
    return value
