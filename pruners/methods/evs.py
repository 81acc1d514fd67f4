"""EVS: tokens that differ most from the same place in the previous frame (for video).

Source: "Efficient Video Sampling: Pruning Temporally Redundant Tokens for Faster VLM Inference"
(arXiv 2510.14624) and its public code: tokens are ranked by 1 - cos to the token of the same cell
one frame earlier, and the first frame is kept whole. That is a budget for a whole clip (scope
`clip`). Where it is less than a frame, the published code raises it to one; K is exact here, so
that the first frame then keeps the near-uniform grid of `stride`, and nothing of the others
(ours). Frame by frame (scope `frame`, ours) every frame keeps its own K most changed tokens, and
the first, like a single image, that grid.
"""

from __future__ import annotations

import numpy as np

from ...features.geometry import F32, F64
from ...features.types import Features
from ..frame import Frame
from ..greedy import Indices
from ..scores import ranked
from . import stride


def prune(frame: Frame, k: int) -> Indices:
    """The first frame, then the k most changed tokens."""
    cells = frame.tokens // frame.frames
    if frame.frames == 1:
        if frame.previous is None:
            return stride.prune(frame, k)
        return ranked(_change(frame.x, frame.previous.x))[:k]
    if k <= cells:
        return stride.prune(Frame(Features(frame.raw[:cells], frame.grid)), k)
    change = _change(frame.x[cells:], frame.x[:-cells])
    return np.concatenate([np.arange(cells), cells + ranked(change)[: k - cells]])


def _change(now: F32, before: F32) -> F64:
    # 1 - cos as half the squared distance of unit vectors: what stands still is exactly 0.
    moved = now - before
    change: F64 = 0.5 * np.einsum("nd,nd->n", moved, moved, dtype=np.float64)
    return change
