"""Greedy choice of the tokens that span the largest volume."""

from __future__ import annotations

import numpy as np

from ..core.compiled import kernels
from ..features.geometry import Geometry
from .greedy import Indices

_KERNELS = f"{__package__}.determinant_kernel"

_NOTHING = 1e-9


def largest_determinant(geometry: Geometry, k: int) -> Indices:
    """K greedy picks by squared distance to the span of the chosen tokens' unit features.

    Args:
        geometry: of the frame, N tokens.
        k: how many to pick.

    Returns:
        int64 [k] in the order of picking; the first j are the answer for j.

    """
    compiled = kernels(_KERNELS)
    if compiled is not None:
        picks: Indices = compiled.largest_determinant(
            geometry.raw, geometry.inverse_norms, k, _NOTHING
        )
        return picks
    x = geometry.raw * geometry.inverse_norms[:, None]
    left = (geometry.inverse_norms > 0).astype(np.float64)
    factor = np.zeros((len(x), k))
    picks = np.empty(k, np.int64)
    for step in range(k):
        left[left < _NOTHING] = np.minimum(left[left < _NOTHING], 0.0)
        picks[step] = pick = left.argmax()
        if left[pick] > 0.0:
            row = x @ x[pick] - factor[:, :step] @ factor[pick, :step]
            factor[:, step] = row / np.sqrt(left[pick])
            left -= factor[:, step] ** 2
            left = np.where(np.isneginf(left), left, np.maximum(left, 0.0))
        left[pick] = -np.inf
    return picks
