"""Latency of the language model against its tokens, with the counted curve through it.

Reads timing records of `evtp bench model`: ``stage``, ``dataset``, ``layout``, ``sequence_length``,
``macs``, and ``seconds`` with its quartiles ``seconds_low`` and ``seconds_high``. The curve is the
count at one rate of MAC/s, the median of all points: where it misses them, time does not follow
the count.
"""

from __future__ import annotations

from collections.abc import Sequence
from statistics import median
from typing import TYPE_CHECKING, Any

from ..settings import DATASETS
from ..style import COLUMN
from ..table import Record

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_LOOKS = (("#0072B2", "o"), ("#D55E00", "s"), ("#009E73", "^"), ("#CC79A7", "D"), ("#767676", "v"))


def draw(records: Sequence[Record]) -> Figure:
    """The figure, a column wide."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(COLUMN, 2.5))
    panel = figure.subplots()
    # One timing serves all methods that keep as many tokens.
    points: dict[tuple[str, str, int], Any] = {
        (str(r["dataset"]), str(r["layout"]), int(str(r["sequence_length"]))): r
        for r in records
        if r["stage"] == "language_model"
    }
    settings = list(dict.fromkeys(key[:2] for key in points))
    for number, setting in enumerate(settings):
        own = sorted((key[2], r) for key, r in points.items() if key[:2] == setting)
        _measured(panel, own, f"{DATASETS.get(setting[0], setting[0])}, {setting[1]}", number)
    _counted(panel, list(points.values()))
    panel.set(xlabel="Tokens in the language model", ylabel="Latency (s)")
    panel.set_xlim(0, None)
    panel.set_ylim(0, None)
    panel.legend()
    return figure


def _measured(panel: Any, points: Sequence[tuple[int, Any]], label: str, number: int) -> None:
    colour, marker = _LOOKS[number % len(_LOOKS)]
    seconds = [r["seconds"] for _, r in points]
    below = [r["seconds"] - r["seconds_low"] for _, r in points]
    above = [r["seconds_high"] - r["seconds"] for _, r in points]
    panel.errorbar(
        [tokens for tokens, _ in points],
        seconds,
        [below, above],
        color=colour,
        marker=marker,
        linestyle="none",
        elinewidth=0.8,
        capsize=2,
        label=label,
    )


def _counted(panel: Any, records: Sequence[Any]) -> None:
    """MACs are quadratic in the tokens, so three points give all others."""
    import numpy as np

    tokens = np.array([r["sequence_length"] for r in records], float)
    macs = np.array([r["macs"] for r in records], float)
    rate = median(r["macs_per_second"] for r in records)
    degree = min(2, len(set(tokens)) - 1)
    curve = np.polynomial.Polynomial.fit(tokens, macs, degree)
    x = np.linspace(tokens.min(), tokens.max(), 100)
    panel.plot(
        x, curve(x) / rate, color="0.45", zorder=1, label=f"count at {rate / 1e9:,.0f} GMAC/s"
    )
