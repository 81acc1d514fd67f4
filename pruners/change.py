"""How far tokens have changed since the frame before."""

from __future__ import annotations

import numpy as np

from ..core.compiled import kernels
from ..features.geometry import F32, F64

_KERNELS = f"{__package__}.change_kernel"


def changes(now: F32, inverse: F64, before: F32, inverse_before: F64) -> F64:
    """1 - cos of each token to the one before, float64 [N]; exactly 0 where nothing moved.

    As half the squared distance of unit vectors, in steps of 1e-12, so that equal changes tie.

    Args:
        now: raw features [N, d].
        inverse: 1 / their norms [N].
        before: raw features of the same places [N, d].
        inverse_before: 1 / their norms [N].

    """
    compiled = kernels(_KERNELS)
    if compiled is not None:
        squares: F64 = compiled.squared_changes(now, inverse, before, inverse_before)
    else:
        moved = now * inverse[:, None] - before * inverse_before[:, None]
        squares = np.einsum("nd,nd->n", moved, moved)
    return np.round(0.5 * squares, 12)
