"""EVTP-IVS: greedy k-center on features and grid, adaptively joined, from the outermost token.

Source: the paper's Algorithm 1 and the last row of its Table 4: `kcenter-adaptive`, started from
the token farthest from the mean of the joined tokens, hence deterministic. `variance` as there.
"""

from __future__ import annotations

from ..frame import Frame
from ..greedy import Indices, Space, farthest_first, farthest_from_mean

NESTED = True


def prune(frame: Frame, k: int, *, variance: str = "total") -> Indices:
    """The first k greedy picks on [x ; lambda * p]."""
    space = Space.joint(frame, frame.adaptive_scale(variance))
    return farthest_first(space, k, farthest_from_mean(space)).order
