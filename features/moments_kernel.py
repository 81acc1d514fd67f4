"""Compiled: the norms of a frame's tokens and the mean of the normalised ones, in one pass."""

from __future__ import annotations

import numpy as np
from numba import njit

from .kernel_types import RAW, REALS, float64


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
    for i in range(tokens):
        row = raw[i]
        squares = 0.0
        for j in range(width):
            value = np.float64(row[j])
            squares += value * value
        norms[i] = np.sqrt(squares)
        if norms[i] > tiny:
            inverse = 1.0 / (norms[i] * tokens)
            for j in range(width):
                mean[j] += inverse * row[j]
    return mean
