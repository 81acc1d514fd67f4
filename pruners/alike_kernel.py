"""Compiled: for every row of one matrix the most similar row of another, without their product."""

from __future__ import annotations

import numpy as np
from numba import njit

from ..core.kernel_types import INDICES, REALS, TABLE, void

# So many rows share each load of the other matrix; more would not stay in the registers.
_ROWS = 4


@njit(cache=True, nogil=True, fastmath={"reassoc", "contract", "nsz"})
def _unit(x):  # type: ignore[no-untyped-def]
    """The rows of `x` divided by their norms; rows of zeros stay zeros."""
    unit = np.zeros_like(x)
    for i in range(x.shape[0]):
        square = 0.0
        for c in range(x.shape[1]):
            square += x[i, c] * x[i, c]
        if square > 0.0:
            norm = np.sqrt(square)
            for c in range(x.shape[1]):
                unit[i, c] = x[i, c] / norm
    return unit


@njit(
    void(TABLE, TABLE, INDICES, REALS),
    cache=True,
    nogil=True,
    fastmath={"reassoc", "contract", "nsz"},
)
def most_alike(rows, others, partner, likeness):  # type: ignore[no-untyped-def]
    """Fills `partner` and `likeness` [A] for `rows` [A, h] and `others` [B, h].

    Cosines are in units of 1e-12, so that equal ones tie whatever the order of their sums.
    """
    rows, columns = _unit(rows), np.ascontiguousarray(_unit(others).T)
    width, count = columns.shape
    products = np.empty((_ROWS, count))
    last = rows.shape[0] - 1
    for first in range(0, rows.shape[0], _ROWS):
        one, two = rows[first], rows[min(first + 1, last)]
        three, four = rows[min(first + 2, last)], rows[min(first + 3, last)]
        products[:] = 0.0
        p1, p2, p3, p4 = products[0], products[1], products[2], products[3]
        for c in range(0, width - 1, 2):
            here, there = columns[c], columns[c + 1]
            a1, a2, a3, a4 = one[c], two[c], three[c], four[c]
            b1, b2, b3, b4 = one[c + 1], two[c + 1], three[c + 1], four[c + 1]
            for j in range(count):
                x, y = here[j], there[j]
                p1[j] += a1 * x + b1 * y
                p2[j] += a2 * x + b2 * y
                p3[j] += a3 * x + b3 * y
                p4[j] += a4 * x + b4 * y
        if width % 2:
            here = columns[width - 1]
            for t in range(_ROWS):
                factor = rows[min(first + t, last), width - 1]
                for j in range(count):
                    products[t, j] += factor * here[j]
        for t in range(min(_ROWS, last + 1 - first)):
            row = products[t]
            for j in range(count):
                row[j] = np.rint(row[j] * 1e12)
            best = 0
            for j in range(1, count):
                if row[j] > row[best]:
                    best = j
            partner[first + t], likeness[first + t] = best, row[best]
