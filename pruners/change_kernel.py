"""Compiled: squared distances between the rows of two frames, without a copy of either."""

from __future__ import annotations

import numpy as np
from numba import njit

from ..core.kernel_types import NORMS, RAW, REALS


# Without fused multiply-adds, which round one side of a difference only: equal rows give 0.
@njit(REALS(RAW, NORMS, RAW, NORMS), cache=True, nogil=True, fastmath={"reassoc", "nsz"})
def squared_changes(now, inverse, before, inverse_before):  # type: ignore[no-untyped-def]
    """Of each row of `now` [N, d] times its factor to that of `before` times its own, [N]."""
    squares = np.empty(now.shape[0])
    for i in range(now.shape[0]):
        total = 0.0
        for j in range(now.shape[1]):
            moved = now[i, j] * inverse[i] - before[i, j] * inverse_before[i]
            total += moved * moved
        squares[i] = total
    return squares
