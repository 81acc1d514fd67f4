"""Greedy k-center on features and grid joined with a scale that follows the frame's variance.

Source: the paper's Section 4, Equation 4, and the third row of its Table 4. The scale is
1 / (var + 1e-6): the more alike the features, the more space counts. The paper does not say which
variance; `variance` takes `total` (ours, the default) or `coordinate`, see
`evtp.features.geometry.Geometry.adaptive_scale`. The first token is drawn at random from the seed.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from .. import device
from ..device import Batch
from ..frame import Frame
from ..greedy import Indices, Space, farthest_first

if TYPE_CHECKING:
    from torch import Tensor

NESTED = True


def prune(frame: Frame, k: int, *, variance: str = "total", seed: Sequence[int] = (0,)) -> Indices:
    """The first k greedy picks on [x ; lambda * p]."""
    start = int(np.random.default_rng(seed).integers(frame.tokens))
    return farthest_first(Space.joint(frame, frame.adaptive_scale(variance)), k, start).order


def prune_batch(batch: Batch, k: int, *, variance: str = "total") -> Tensor:
    """The same for a batch on its device."""
    z = batch.joint(batch.adaptive_scale(variance))
    return device.farthest_first(device.squared_distances(z), k, batch.starts())
