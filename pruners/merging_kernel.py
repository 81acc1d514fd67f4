"""Compiled: sums over heads and over groups of rows, and dot products with these, in one pass."""

from __future__ import annotations

import numpy as np
from numba import njit

from ..core.kernel_types import INDICES, NORMS, RAW, REALS, TABLE, void

_FAST = {"reassoc", "contract", "nsz"}


@njit(
    void(RAW, TABLE),
    cache=True,
    nogil=True,
    fastmath=_FAST,
)
def add_heads(raw, sums):  # type: ignore[no-untyped-def]
    """Fills `sums` [N, h] with the sums over the heads of `raw` [N, heads * h]."""
    width = sums.shape[1]
    for i in range(raw.shape[0]):
        own = sums[i]
        own[:] = 0.0
        for head in range(0, raw.shape[1], width):
            part = raw[i, head : head + width]
            for c in range(width):
                own[c] += part[c]


@njit(void(TABLE, INDICES, TABLE), cache=True, nogil=True)
def join(rows, places, sums):  # type: ignore[no-untyped-def]
    """Adds each row to the row of `sums` that its place names."""
    for i in range(rows.shape[0]):
        sums[places[i]] += rows[i]


@njit(
    void(RAW, NORMS, INDICES, TABLE),
    cache=True,
    nogil=True,
    fastmath=_FAST,
)
def add_rows(raw, scale, groups, sums):  # type: ignore[no-untyped-def]
    """Adds each row times its scale to the row of `sums` that its group names; -1 is none."""
    for i in range(raw.shape[0]):
        group = groups[i]
        if group >= 0:
            for j in range(raw.shape[1]):
                sums[group, j] += scale[i] * raw[i, j]


@njit(
    REALS(RAW, NORMS, INDICES, TABLE),
    cache=True,
    nogil=True,
    fastmath=_FAST,
)
def dots(raw, scale, groups, sums):  # type: ignore[no-untyped-def]
    """Each row times its scale, multiplied with its group's row of `sums`."""
    products = np.zeros(raw.shape[0])
    for i in range(raw.shape[0]):
        group = groups[i]
        if group >= 0:
            total = 0.0
            for j in range(raw.shape[1]):
                total += raw[i, j] * sums[group, j]
            products[i] = scale[i] * total
    return products
