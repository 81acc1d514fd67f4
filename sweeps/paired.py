"""Methods against one of them, frame by frame: by how much, how often, and how sure that is."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from statistics import fmean
from typing import Any

import numpy as np
import numpy.typing as npt

from ..core.budget import keep_key

F64 = npt.NDArray[np.float64]

DRAWS = 2000
"""Bootstrap replicates of an interval."""

_BLOCK = 100
"""Replicates at a time: all of a large cache would fill the memory."""


def paired(
    records: Iterable[Mapping[str, Any]], against: str, outcome: str, by: Sequence[str] = ()
) -> dict[tuple[object, ...], dict[str, object]]:
    """Every method's differences to one of them, frame by frame.

    A frame's value is the mean over its objects and a method's seeds. Samples are drawn with
    replacement, each with all its frames, which are not independent of each other; the draws are
    the same for every method and keep.

    Args:
        records: of `evtp.sweeps.objects.recover`.
        against: the method that the others are compared with.
        outcome: the key of what is compared.
        by: further keys of theirs that divide them.

    Returns:
        For every other method, by the values of `by`, method and `keep_key`: ``against, frames``,
        on how many of them it is ``better`` (above), and ``<outcome>_gain`` (the median
        difference over frames) with ``<outcome>_gain_low`` and ``<outcome>_gain_high``, the
        middle 95 % of `DRAWS` draws; None for one sample, of which none can be drawn.

    """
    values: dict[tuple[object, ...], dict[tuple[Any, Any], list[float]]]
    values = defaultdict(lambda: defaultdict(list))
    for record in records:
        group = (*(record[key] for key in by), record["method"], *keep_key(record["keep"]))
        values[group][record["sample"], record["frame"]].append(float(record[outcome]))
    means = {
        group: {frame: fmean(found) for frame, found in frames.items()}
        for group, frames in values.items()
    }
    compared: dict[tuple[object, ...], dict[str, object]] = {}
    for group, frames in means.items():
        if group[len(by)] == against:
            continue
        other = means[*group[: len(by)], against, *group[len(by) + 1 :]]
        gains = np.array([value - other[frame] for frame, value in frames.items()])
        low, high = _interval(gains, [sample for sample, _ in frames])
        compared[group] = {
            "against": against,
            "frames": len(gains),
            "better": int((gains > 0).sum()),
            f"{outcome}_gain": float(np.median(gains)),
            f"{outcome}_gain_low": low,
            f"{outcome}_gain_high": high,
        }
    return compared


def _interval(values: F64, samples: Sequence[object]) -> tuple[float | None, float | None]:
    """The middle 95 % of the median of values [n], their samples drawn anew."""
    numbers: dict[object, int] = {}
    sample = np.array([numbers.setdefault(name, len(numbers)) for name in samples])
    if len(numbers) < 2:
        return None, None
    share = np.full(len(numbers), 1 / len(numbers))
    drawn = np.random.default_rng(0).multinomial(len(numbers), share, size=DRAWS)
    order = np.argsort(values)
    medians = []
    for block in np.array_split(drawn, DRAWS // _BLOCK):
        # How many values up to each, in ascending order, a replicate holds: [block, n].
        held = block[:, sample[order]].cumsum(axis=1)
        total = held[:, -1:]
        middles = ((total - 1) // 2, total // 2)
        lower, upper = ((held > middle).argmax(axis=1) for middle in middles)
        medians.append((values[order][lower] + values[order][upper]) / 2)
    low, high = np.percentile(np.concatenate(medians), [2.5, 97.5])
    return float(low), float(high)
