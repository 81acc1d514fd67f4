"""Compiled: for every row of one matrix the most similar row of another, without their product."""

from __future__ import annotations

import numpy as np
from numba import njit


@njit(
    "void(float64[:, ::1], float64[:, ::1], int64[::1], float64[::1])",
    cache=True,
    nogil=True,
    fastmath={"reassoc", "contract", "nsz"},
)
def most_alike(rows, columns, partner, likeness):  # type: ignore[no-untyped-def]
    """Fills `partner` and `likeness` [A] for `rows` [A, h] and `columns` [h, B], transposed."""
    width, count = columns.shape
    products = np.empty(count)
    for i in range(rows.shape[0]):
        products[:] = 0.0
        for c in range(width):
            factor = rows[i, c]
            line = columns[c]
            for j in range(count):
                products[j] += factor * line[j]
        best = 0
        for j in range(1, count):
            if products[j] > products[best]:
                best = j
        partner[i], likeness[i] = best, products[best]
