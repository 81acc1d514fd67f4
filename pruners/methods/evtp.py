"""EVTP-IVS: greedy k-center on features and grid, adaptively joined, from the outermost token.

Source: the paper's Algorithm 1 and the last row of its Table 4: `kcenter-adaptive`, started from
the token farthest from the mean of the joined tokens, hence deterministic. `variance` as there.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from .. import device
from ..device import Batch
from ..frame import Frame
from ..greedy import Indices, Space, farthest_first, farthest_from_mean

if TYPE_CHECKING:
    from torch import Tensor

NESTED = True


def prune(frame: Frame, k: int, *, variance: str = "total") -> Indices:
    """The first k greedy picks on [x ; lambda * p]."""
    space = Space.joint(frame, frame.adaptive_scale(variance))
    return farthest_first(space, k, farthest_from_mean(space)).order


def prune_batch(batch: Batch, k: int, *, variance: str = "total") -> Tensor:
    """The same for a batch on its device."""
    z = batch.joint(batch.adaptive_scale(variance))  # centred: the mean is the origin
    outermost = z.square().sum(dim=2).argmax(dim=1)
    return device.farthest_first(device.squared_distances(z), k, outermost)
