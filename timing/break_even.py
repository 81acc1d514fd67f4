"""Up to which keep ratio a pruner saves more time than it takes."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise


def break_even(rest: Mapping[float, float], own: Mapping[float, float]) -> float | None:
    """The keep ratio above which pruning costs more time than it saves.

    Between the ratios that were measured, both times are taken as linear; a pruner's is carried
    on linearly to where it keeps all.

    Args:
        rest: seconds of all stages but the pruner, by ratio of tokens kept; 1.0 among them, which
            is without pruning.
        own: seconds of the pruner, by ratio, for every ratio below 1.

    Returns:
        A ratio below 1, or None where no measured one saves time.

    """
    ratios = sorted(own)
    own = {**own, 1.0: _carried(own)}
    saved = {ratio: rest[1.0] - rest[ratio] - own[ratio] for ratio in (*ratios, 1.0)}
    for low, high in reversed(list(pairwise((*ratios, 1.0)))):
        if saved[low] > 0 >= saved[high]:
            return low + (high - low) * saved[low] / (saved[low] - saved[high])
    return None


def _carried(own: Mapping[float, float]) -> float:
    """The pruner's time where it keeps all but none, at least its time at the largest ratio."""
    *_, last = ratios = sorted(own)
    if len(ratios) == 1:
        return own[last]
    before = ratios[-2]
    slope = (own[last] - own[before]) / (last - before)
    return own[last] + max(0.0, slope) * (1 - last)
