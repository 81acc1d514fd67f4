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
    near = np.zeros((rows + 2, columns + 2), bool)
    row, column = np.divmod(cover.indices, columns)
    around = np.arange(3)
    near[row[:, None, None] + around[:, None], column[:, None, None] + around] = True
    return {"cells_covered": float(near[1:-1, 1:-1].mean())}
