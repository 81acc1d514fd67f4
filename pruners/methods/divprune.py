"""DivPrune: the set whose two most alike tokens differ most, chosen greedily.

Source: "DivPrune: Diversity-based Visual Token Pruning for Large Multimodal Models" (CVPR 2025).
Max-min diversity under the cosine distance 1 - cos: first the token whose nearest other token is
farthest, then always the token farthest from those chosen. The published code works on the
projected tokens and may return a token twice among near-identical ones; here it is the encoder's
output, as in the paper that compares with it, and chosen tokens are left out. A token of zeros is
at distance 1 from every other.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from .. import device
from ..device import Batch
from ..frame import Frame
from ..greedy import Indices, Space, farthest_first, most_isolated

if TYPE_CHECKING:
    from torch import Tensor

NESTED = True


def prune(frame: Frame, k: int) -> Indices:
    """The first k greedy picks."""
    # For unit vectors |x - y|^2 = 2 (1 - cos): the order of one is the order of the other. A
    # coordinate of their own keeps tokens of zeros at the distance that 1 - 0 stands for.
    q = np.zeros((frame.tokens, 2))
    q[:, 0] = frame.inverse_norms == 0.0
    space = Space(frame, q)
    return farthest_first(space, k, most_isolated(space)).order


def prune_batch(batch: Batch, k: int) -> Tensor:
    """The same for a batch on its device."""
    import torch

    distances = device.squared_distances(batch.x - batch.mean)
    apart = batch.zero[:, :, None] != batch.zero[:, None, :]
    distances = torch.where(apart, 2.0, distances)
    others = distances.clone()
    others.diagonal(dim1=1, dim2=2).fill_(torch.inf)
    isolated = others.amin(dim=2).argmax(dim=1)
    return device.farthest_first(distances, k, isolated)
