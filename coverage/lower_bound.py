"""A lower bound of the joint radius that any K tokens of a frame can reach."""

from __future__ import annotations

from weakref import WeakKeyDictionary

from ..features.geometry import Geometry
from ..pruners.greedy import Space, farthest_first, farthest_from_mean

_runs: WeakKeyDictionary[Geometry, tuple[float, list[float]]] = WeakKeyDictionary()


def radius_lower_bound(geometry: Geometry, kept: int, scale: float) -> float:
    """Half the smallest distance between any two of the first K + 1 greedy picks.

    Two of K + 1 points that lie at least g apart must share one of K centres, which is g / 2 or
    farther from one of them (Gonzalez 1985). 0 where K is all tokens, or where only duplicates
    are left.

    Args:
        geometry: of the frame, N tokens.
        kept: K, from 1 to N.
        scale: lambda of the joint space.
    """
    if kept >= geometry.tokens:
        return 0.0
    known_scale, gaps = _runs.get(geometry, (scale, []))
    if known_scale != scale or len(gaps) <= kept:
        space = Space.joint(geometry, scale)
        run = farthest_first(space, kept + 1, farthest_from_mean(space))
        gaps = run.gaps.tolist()
        # Greedy picks are nested: this run answers every smaller K of the frame as well.
        _runs[geometry] = (scale, gaps)
    return gaps[kept] / 2
