"""Cells near a kept token: the share of the grid within one cell of one.

Ours: counts cells whose eight-neighbourhood or own cell holds a kept token, from 0 to 1. Larger is
better.
"""

from __future__ import annotations

import numpy as np

from ..cover import Cover


def measure(cover: Cover) -> dict[str, float]:
    """``cells_covered``, a share of the N cells."""
    rows, columns = cover.geometry.grid
    kept = np.zeros((rows + 2, columns + 2), bool)
    row, column = np.divmod(cover.indices, columns)
    kept[row + 1, column + 1] = True
    near = kept[:-2] | kept[1:-1] | kept[2:]
    near = near[:, :-2] | near[:, 1:-1] | near[:, 2:]
    return {"cells_covered": np.count_nonzero(near) / (rows * columns)}
