"""Compiled: the product of a matrix with its own transpose, on one thread."""

from __future__ import annotations

from numba import njit

from .tile_kernel import COLUMNS, ROWS, tile

_BLOCK = 48  # columns that stay in the second-level cache while all rows pass by

_FAST = {"reassoc", "contract", "nsz"}


@njit(
    [
        "void(float32[:, ::1], float32[:, ::1])",
        "void(float64[:, ::1], float64[:, ::1])",
    ],
    cache=True,
    nogil=True,
    fastmath=_FAST,
)
def gram(x, out):  # type: ignore[no-untyped-def]
    """Fills `out` [N, N] with x x^T for `x` [N, d], of which half is computed."""
    count, width = x.shape
    whole = count - count % COLUMNS
    for block in range(0, whole, _BLOCK):
        end = min(block + _BLOCK, whole)
        for i in range(0, min(end, count - count % ROWS), ROWS):
            for j in range(max(block, i - i % COLUMNS), end, COLUMNS):
                tile(x[i], x[i + 1], x[i + 2], x[j], x[j + 1], x[j + 2], x[j + 3], out, i, j)
    # What the tiles left over: the last rows and columns.
    for i in range(count):
        for j in range(max(i, whole if i < count - count % ROWS else 0), count):
            total = x[i, 0] - x[i, 0]
            for t in range(width):
                total += x[i, t] * x[j, t]
            out[i, j] = total
    for i in range(count):
        for j in range(i):
            out[i, j] = out[j, i]
