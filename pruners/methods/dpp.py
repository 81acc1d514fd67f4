"""DPP: the set whose cosine kernel has the largest determinant, chosen greedily.

Source: greedy MAP inference of a determinantal point process by an incremental Cholesky factor
(Chen, Zhang and Zhou, "Fast Greedy MAP Inference for Determinantal Point Process", NeurIPS 2018);
what "Beyond Attention or Similarity: Maximizing Conditional Diversity for Token Pruning in MLLMs"
(CDPruner, NeurIPS 2025) does, without its relevance to the text. A token's gain is its squared
distance to the span of the chosen ones. Gains below 1e-9 count as none (ours): they are rounding,
and go to the lowest index, as all ties do.
"""

from __future__ import annotations

from ..determinant import largest_determinant
from ..frame import Frame
from ..greedy import Indices

NESTED = True


def prune(frame: Frame, k: int) -> Indices:
    """The first k greedy picks."""
    return largest_determinant(frame, k)
