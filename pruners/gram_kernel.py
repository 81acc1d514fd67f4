"""Compiled: the product of a matrix with its own transpose, on one thread."""

from __future__ import annotations

from numba import njit

_ROWS, _COLUMNS = 3, 4
_BLOCK = 48  # columns that stay in the second-level cache while all rows pass by

_FAST = {"reassoc", "contract", "nsz"}


@njit(nogil=True, fastmath=_FAST)
def _tile(a0, a1, a2, b0, b1, b2, b3, out, i, j):  # type: ignore[no-untyped-def]
    """A 3 x 4 tile: as many sums as a processor with 16 vector registers holds at a time."""
    zero = a0[0] - a0[0]  # of the type of x
    s00 = s01 = s02 = s03 = zero
    s10 = s11 = s12 = s13 = zero
    s20 = s21 = s22 = s23 = zero
    for t in range(a0.shape[0]):
        x0, x1, x2 = a0[t], a1[t], a2[t]
        y = b0[t]
        s00, s10, s20 = s00 + x0 * y, s10 + x1 * y, s20 + x2 * y
        y = b1[t]
        s01, s11, s21 = s01 + x0 * y, s11 + x1 * y, s21 + x2 * y
        y = b2[t]
        s02, s12, s22 = s02 + x0 * y, s12 + x1 * y, s22 + x2 * y
        y = b3[t]
        s03, s13, s23 = s03 + x0 * y, s13 + x1 * y, s23 + x2 * y
    out[i, j], out[i, j + 1], out[i, j + 2], out[i, j + 3] = s00, s01, s02, s03
    i += 1
    out[i, j], out[i, j + 1], out[i, j + 2], out[i, j + 3] = s10, s11, s12, s13
    i += 1
    out[i, j], out[i, j + 1], out[i, j + 2], out[i, j + 3] = s20, s21, s22, s23


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
    whole = count - count % _COLUMNS
    for block in range(0, whole, _BLOCK):
        end = min(block + _BLOCK, whole)
        for i in range(0, min(end, count - count % _ROWS), _ROWS):
            for j in range(max(block, i - i % _COLUMNS), end, _COLUMNS):
                _tile(x[i], x[i + 1], x[i + 2], x[j], x[j + 1], x[j + 2], x[j + 3], out, i, j)
    # What the tiles left over: the last rows and columns.
    for i in range(count):
        for j in range(max(i, whole if i < count - count % _ROWS else 0), count):
            total = x[i, 0] - x[i, 0]
            for t in range(width):
                total += x[i, t] * x[j, t]
            out[i, j] = total
    for i in range(count):
        for j in range(i):
            out[i, j] = out[j, i]
