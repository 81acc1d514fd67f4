"""Greedy k-center on features and grid joined with a scale that follows the frame's variance.

Source: the paper's Section 4, Equation 4, and the third row of its Table 4. The scale is
1 / (var + 1e-6): the more alike the features, the more space counts. The paper does not say which
variance; `variance` takes `total` (ours, the default) or `coordinate`, see
`evtp.features.geometry.Geometry.adaptive_scale`. The first token is drawn at random from the seed.
"""

from __future__ import annotations

import numpy as np

from ..frame import Frame
from ..greedy import Indices, Space, farthest_first

NESTED = True


def prune(
    frame: Frame, k: int, *, variance: str = "total", seed: tuple[int, int] = (0, 0)
) -> Indices:
    """The first k greedy picks on [x ; lambda * p]."""
    start = int(np.random.default_rng(seed).integers(frame.tokens))
    return farthest_first(Space.joint(frame, frame.adaptive_scale(variance)), k, start).order
