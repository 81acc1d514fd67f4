"""Greedy maximisation of covered similarity, which SCOPE and facility location share."""

from __future__ import annotations

import numpy as np

from ..core.compiled import kernels
from ..features.geometry import F64, Geometry
from ..features.gram import gram
from .greedy import Indices

_KERNELS = f"{__package__}.submodular_kernel"


def cover_similarity(geometry: Geometry, weights: F64, k: int, least: float) -> Indices:
    """K greedy picks by gain(j) = weights[j] * sum_i max(0, cos(i, j) - best[i]).

    best[i] is the cosine of token i to the chosen token most like it, `least` at first. The
    first pick to reach a gain keeps it: ties go to the lowest index.

    Args:
        geometry: of the frame, N tokens.
        weights: float64 [N], not negative.
        k: how many to pick.
        least: where `best` starts.

    Returns:
        int64 [k] in the order of picking; the first j are the answer for j.

    """
    # In float64: the gains of near-duplicates differ by less than a float32 sum resolves.
    x = geometry.raw * geometry.inverse_norms[:, None]
    likeness = gram(x)
    # Rounded, so that equal tokens have equal gains whatever the order of the products' sums.
    np.round(likeness, 12, out=likeness)
    compiled = kernels(_KERNELS)
    if compiled is not None:
        picks: Indices = compiled.cover_similarity(likeness, weights, k, least)
        return picks
    best = np.full(len(likeness), least)
    picks = np.empty(k, np.int64)
    free = np.ones(len(likeness), bool)
    for step in range(k):
        gains = np.maximum(likeness - best[None, :], 0.0).sum(axis=1, dtype=np.float64) * weights
        gains[~free] = -1.0
        pick = picks[step] = gains.argmax()
        free[pick] = False
        np.maximum(best, likeness[pick], out=best)
    return picks
