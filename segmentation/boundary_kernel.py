"""Compiled: the boundary pixels of a mask, and how many lie near another mask's."""

from __future__ import annotations

import numpy as np
from numba import int32, int64, njit, uint8
from numba.types import Array, Tuple  # type: ignore[attr-defined]  # set at run time

# A mask may be a view of a file, which cannot be written.
_MASK = Array(uint8, 2, "C", readonly=True)


@njit(Tuple((int64[::1], int32[::1]))(_MASK), cache=True, nogil=True)
def boundary_columns(mask):  # type: ignore[no-untyped-def]
    """The boundary's columns, row after row: starts of the rows [H + 1], columns ascending."""
    height, width = mask.shape
    starts = np.zeros(height + 1, np.int64)
    columns = np.empty(max(4096, width + 1), np.int32)
    flags = np.zeros(width, np.uint8)
    found = 0
    for y in range(height):
        row = mask[y]
        below = mask[min(y + 1, height - 1)]
        right, across = row[1:], below[1:]
        # Two passes without branches or offsets, which compile to vector instructions: almost
        # every row of a mask holds no boundary and ends here.
        for x in range(width - 1):
            here = row[x]
            flags[x] = (here ^ right[x]) | (here ^ below[x]) | (here ^ across[x])
        flags[width - 1] = row[width - 1] ^ below[width - 1]
        any_flag = np.uint8(0)
        for x in range(width):
            any_flag |= flags[x]
        if any_flag:
            if found + width >= len(columns):
                grown = np.empty(2 * (found + width), np.int32)
                grown[:found] = columns[:found]
                columns = grown
            for x in range(width):
                # Written always, kept where it is a boundary: no branch to mispredict.
                columns[found] = x
                found += flags[x]
        starts[y + 1] = found
    return starts, columns[:found].copy()


@njit(
    "int64(int64[::1], int32[::1], int64[::1], int32[::1], int64[::1])",
    cache=True,
    nogil=True,
)
def near(starts, columns, other_starts, other_columns, reach):  # type: ignore[no-untyped-def]
    """How many boundary pixels have one of the other boundary's inside the disk around them.

    `reach` [r + 1] holds the half width of the disk at each row distance.
    """
    height = len(starts) - 1
    radius = len(reach) - 1
    count = 0
    for y in range(height):
        for position in range(starts[y], starts[y + 1]):
            x = columns[position]
            found = False
            # The nearest rows first: boundaries that agree are done at once.
            for step in range(2 * radius + 1):
                away = (step + 1) // 2
                line = y + away if step % 2 else y - away
                if line < 0 or line >= height:
                    continue
                low, high = other_starts[line], other_starts[line + 1]
                end = high
                first = x - reach[away]
                while low < high:
                    middle = (low + high) // 2
                    if other_columns[middle] < first:
                        low = middle + 1
                    else:
                        high = middle
                if low < end and other_columns[low] <= x + reach[away]:
                    found = True
                    break
            count += found
    return count
