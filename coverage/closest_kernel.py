"""Compiled: the two tokens of a set that are closest, without a matrix of distances."""

from __future__ import annotations

import numpy as np
from numba import njit

from ..core.kernel_types import INDICES, RAW, REALS, SINGLE_TABLE, float64

_CHUNK = 128
_FAST = {"reassoc", "contract", "nsz"}


@njit(cache=True, nogil=True, fastmath=_FAST)
def _squares(row, other, start, end):  # type: ignore[no-untyped-def]
    total = np.float32(0.0)
    for j in range(start, end):
        difference = row[j] - other[j]
        total += difference * difference
    return total


@njit(
    float64(RAW, REALS, SINGLE_TABLE, INDICES, float64),
    cache=True,
    nogil=True,
    fastmath={"reassoc", "nsz"},
)
def smallest_distance(raw, inverse, p, kept, scale):  # type: ignore[no-untyped-def]
    """Between two of the tokens `kept` [K], K > 1, in the joint space of that `scale`.

    A pair is left as soon as the part of its squared distance that is known, its grid's at first,
    is that of the closest one so far.
    """
    count, width = kept.shape[0], raw.shape[1]
    x = np.empty((count, width), np.float32)
    best, first, second = np.float32(np.inf), 0, 1
    for i in range(count):
        s = kept[i]
        factor = np.float32(inverse[s])
        for j in range(width):
            x[i, j] = raw[s, j] * factor
        for o in range(i - 1, -1, -1):
            down = scale * (p[s, 0] - p[kept[o], 0])
            right = scale * (p[s, 1] - p[kept[o], 1])
            squared = np.float32(down * down + right * right)
            start = 0
            while squared < best and start < width:
                end = min(start + _CHUNK, width)
                squared += _squares(x[i], x[o], start, end)
                start = end
            if squared < best:
                best, first, second = squared, i, o
    total = 0.0
    a, b = kept[first], kept[second]
    for j in range(width):
        difference = raw[a, j] * inverse[a] - raw[b, j] * inverse[b]
        total += difference * difference
    down, right = p[a, 0] - p[b, 0], p[a, 1] - p[b, 1]
    return np.sqrt(total + scale * scale * (down * down + right * right))
