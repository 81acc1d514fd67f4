"""Greedy k-center on the normalised features: always the token farthest from those chosen.

Source: Gonzalez, "Clustering to minimize the maximum intercluster distance" (1985); the first row
of the paper's Table 4. Its covering radius is within twice the smallest possible. The first token
is drawn at random from the seed; ties go to the lowest index.
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


def prune(frame: Frame, k: int, *, seed: Sequence[int] = (0,)) -> Indices:
    """The first k greedy picks."""
    start = int(np.random.default_rng(seed).integers(frame.tokens))
    return farthest_first(Space(frame), k, start).order


def prune_batch(batch: Batch, k: int) -> Tensor:
    """The same for a batch on its device."""
    return device.farthest_first(device.squared_distances(batch.x - batch.mean), k, batch.starts())
