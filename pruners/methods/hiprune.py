"""HiPrune: attended tokens of a middle block with their neighbours, filled up from a deep block.

Source: "HiPrune: Training-Free Visual Token Pruning via Hierarchical Attention in Vision-Language
Models" (arXiv 2508.00553) and its code. round(alpha * K / 5) *anchors* lead the attention of a
middle block; their four neighbours on the grid are *buffers*; the rest of the budget are the
*registers*, which lead the attention of the deep block. `alpha` is 0.1 as published. There a
neighbour beyond the end of a row is the first token of the next one; here a neighbour is on the
grid. Where anchors and buffers outnumber the budget, buffers go first (ours).
"""

from __future__ import annotations

import numpy as np

from ...core.errors import InputError
from ..frame import Frame
from ..greedy import Indices
from ..scores import attention, ranked

NEEDS = ("attention", "middle_attention")


def prune(frame: Frame, k: int, *, alpha: float = 0.1, statistic: str = "attention") -> Indices:
    """Anchors, buffers and registers, k in all; `statistic` is that of the deep block."""
    if not 0.0 <= alpha <= 1.0:
        raise InputError("alpha", alpha, "is no share of the budget", "give one from 0 to 1")
    deep = ranked(attention(frame, statistic))
    anchors = ranked(frame.middle_attention)[: round(alpha * k / 5)]
    preferred = np.concatenate([anchors, _neighbours(anchors, frame), deep])
    _, first = np.unique(preferred, return_index=True)
    return preferred[np.sort(first)][:k]


def _neighbours(anchors: Indices, frame: Frame) -> Indices:
    rows, columns = frame.grid
    row, column = np.divmod(anchors % (rows * columns), columns)
    beside = [
        anchors[column > 0] - 1,
        anchors[column < columns - 1] + 1,
        anchors[row > 0] - columns,
        anchors[row < rows - 1] + columns,
    ]
    return np.concatenate(beside)
