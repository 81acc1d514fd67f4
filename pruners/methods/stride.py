"""A near-uniform grid of exactly K tokens, blind to what they show.

Ours, as the baseline of pure spatial coverage: about sqrt(K * rows / columns) evenly spaced rows,
over which K is spread as evenly as it goes, each with evenly spaced tokens. The tokens of a whole
clip get the same in every frame.
"""

from __future__ import annotations

import math

import numpy as np

from ..frame import Frame
from ..greedy import Indices


def prune(frame: Frame, k: int) -> Indices:
    """K tokens of a near-uniform grid."""
    cells = math.prod(frame.grid)
    shares = _shares(k, frame.frames)
    return np.concatenate(
        [_grid(share, *frame.grid) + f * cells for f, share in enumerate(shares) if share]
    )


def _grid(k: int, rows: int, columns: int) -> Indices:
    fewest, most = -(-k // columns), min(rows, k)
    used = min(max(round(math.sqrt(k * rows / columns)), fewest), most)
    return np.concatenate(
        [
            columns * row + _centres(share, columns)
            for row, share in zip(_centres(used, rows), _shares(k, used), strict=True)
        ]
    )


def _shares(total: int, parts: int) -> list[int]:
    """`total` in `parts` whole shares that differ by at most one, the larger ones spread out."""
    ends = [(part + 1) * total // parts for part in range(parts)]
    return [end - start for start, end in zip([0, *ends], ends, strict=False)]


def _centres(count: int, cells: int) -> Indices:
    """The middle cells of `count` equal stretches of `cells` cells; distinct."""
    return ((2 * np.arange(count, dtype=np.int64) + 1) * cells) // (2 * count)
