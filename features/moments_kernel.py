"""Compiled: the norms of a frame's tokens and the mean of the normalised ones, in one pass."""

from __future__ import annotations

import numpy as np
from numba import njit

from ..core.kernel_types import RAW, REALS, float64

# So many rows share each load and store of the mean, and are still in the first-level cache.
_ROWS = 4


@njit(
    REALS(RAW, REALS, float64),
    cache=True,
    nogil=True,
    fastmath={"reassoc", "contract", "nsz"},
)
def moments(raw, norms, tiny):  # type: ignore[no-untyped-def]
    """Fills `norms` [N] and returns the mean [d] of the rows of `raw` divided by their norms."""
    tokens, width = raw.shape
    mean = np.zeros(width)
    inverse = np.empty(_ROWS)
    last = tokens - 1
    for first in range(0, tokens, _ROWS):
        inverse[:] = 0.0
        for t in range(min(_ROWS, tokens - first)):
            row = raw[first + t]
            squares = 0.0
            for j in range(width):
                value = np.float64(row[j])
                squares += value * value
            norm = norms[first + t] = np.sqrt(squares)
            if norm > tiny:
                inverse[t] = 1.0 / (norm * tokens)
        one, two = raw[first], raw[min(first + 1, last)]
        three, four = raw[min(first + 2, last)], raw[min(first + 3, last)]
        i1, i2, i3, i4 = inverse[0], inverse[1], inverse[2], inverse[3]
        for j in range(width):
            mean[j] += i1 * one[j] + i2 * two[j] + i3 * three[j] + i4 * four[j]
    return mean
