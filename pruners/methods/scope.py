"""SCOPE: tokens that are attended and cover what is not covered yet, chosen greedily.

Source: "SCOPE: Saliency-Coverage Oriented Token Pruning for Efficient Multimodal LLMs" (NeurIPS
2025). The gain of a token is sum_i max(0, cos(i, j) - best(i)) times its attention, best(i) being
the cosine of token i to the most similar chosen one, 0 at first. `statistic` is the attention.
Equal gains, as where all attention is zero, go to the lowest index.
"""

from __future__ import annotations

import numpy as np

from ..frame import Frame
from ..greedy import Indices
from ..scores import attention
from ..submodular import cover_similarity

NEEDS = ("attention",)
NESTED = True


def prune(frame: Frame, k: int, *, statistic: str = "attention") -> Indices:
    """The first k greedy picks."""
    weights = np.maximum(attention(frame, statistic), 0.0).astype(np.float64)
    return cover_similarity(frame, weights, k, least=0.0)
