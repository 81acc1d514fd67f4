"""DivPrune: the set whose two most alike tokens differ most, chosen greedily.

Source: "DivPrune: Diversity-based Visual Token Pruning for Large Multimodal Models" (CVPR 2025).
Max-min diversity under the cosine distance 1 - cos: first the token whose nearest other token is
farthest, then always the token farthest from those chosen. The published code works on the
projected tokens and may return a token twice among near-identical ones; here it is the encoder's
output, as in the paper that compares with it, and chosen tokens are left out. A token of zeros is
at distance 1 from every other.
"""

from __future__ import annotations

import numpy as np

from ..frame import Frame
from ..greedy import Indices, Space, farthest_first, most_isolated

NESTED = True


def prune(frame: Frame, k: int) -> Indices:
    """The first k greedy picks."""
    # For unit vectors |x - y|^2 = 2 (1 - cos): the order of one is the order of the other. A
    # coordinate of their own keeps tokens of zeros at the distance that 1 - 0 stands for.
    q = np.zeros((frame.tokens, 2))
    q[:, 0] = frame.inverse_norms == 0.0
    space = Space(frame, q)
    return farthest_first(space, k, most_isolated(space)).order
