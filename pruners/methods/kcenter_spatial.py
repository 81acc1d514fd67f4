"""Greedy k-center on features and grid coordinates joined with a fixed scale.

Source: the paper's Section 4 and the second row of its Table 4. Distance is measured on
[x ; scale * p], x the normalised features and p = (row / rows, column / columns). The scale of
this row is not given in the paper; 1 is ours. The first token is drawn at random from the seed.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from ...core.errors import InputError
from .. import device
from ..device import Batch
from ..frame import Frame
from ..greedy import Indices, Space, farthest_first

if TYPE_CHECKING:
    from torch import Tensor

NESTED = True


def prune(frame: Frame, k: int, *, scale: float = 1.0, seed: Sequence[int] = (0,)) -> Indices:
    """The first k greedy picks on [x ; scale * p]."""
    if not 0.0 <= scale < 1e6:
        raise InputError("scale", scale, "is no weight of the grid", "give one from 0 to 1e6")
    start = int(np.random.default_rng(seed).integers(frame.tokens))
    return farthest_first(Space.joint(frame, scale), k, start).order


def prune_batch(batch: Batch, k: int, *, scale: float = 1.0) -> Tensor:
    """The same for a batch on its device."""
    return device.farthest_first(device.squared_distances(batch.joint(scale)), k, batch.starts())
