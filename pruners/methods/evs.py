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

from ...features.types import Features
from ..change import changes
from ..frame import Frame
from ..greedy import Indices
from ..scores import ranked
from . import stride


def prune(frame: Frame, k: int) -> Indices:
    """The first frame, then the k most changed tokens."""
    cells, raw, inverse = frame.tokens // frame.frames, frame.raw, frame.inverse_norms
    if frame.frames == 1:
        before = frame.previous
        if before is None:
            return stride.prune(frame, k)
        return ranked(changes(raw, inverse, before.raw, before.inverse_norms))[:k]
    if k <= cells:
        return stride.prune(Frame(Features(raw[:cells], frame.grid)), k)
    change = changes(raw[cells:], inverse[cells:], raw[:-cells], inverse[:-cells])
    return np.concatenate([np.arange(cells), cells + ranked(change)[: k - cells]])
