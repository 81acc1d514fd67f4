"""Pruning on an accelerator: all frames of a batch at once, in torch, where their features are.

A method that can do so has ``prune_batch(batch, k, *, options...)`` beside its ``prune``; it
returns int64 [F, k] in the order of picking. The others copy a frame to the processor and its
indices back.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any

from ..core.errors import InputError
from ..features.geometry import EPSILON, VARIANCES
from ..features.types import Clip, Features
from .frame import stream_of
from .method import Pruner
from .selection import Selection

if TYPE_CHECKING:
    from torch import Tensor

_ENTRIES = 1 << 28
"""Distances held at a time (1 GiB of float32): so many frames are one batch."""

_NORM = 1e-36


class Batch:
    """Frames on one grid, in float32 on their device.

    Args:
        features: [F, N, d], of any floating type.
        grid: (rows, columns) with rows * columns = N.
        seeds: of each frame, for methods that draw at random.

    Raises:
        InputError: where a feature is NaN or infinite.

    """

    def __init__(
        self, features: Tensor, grid: tuple[int, int], seeds: Sequence[Sequence[int]]
    ) -> None:
        import torch

        self.grid = grid
        self.seeds = seeds
        self.frames, self.tokens, self.width = features.shape
        self.device = features.device
        raw = features.float()
        norms = torch.linalg.vector_norm(raw, dim=2, keepdim=True, dtype=torch.float64)
        if not torch.isfinite(norms).all():
            frame, token = (~torch.isfinite(norms[..., 0])).nonzero()[0].tolist()
            raise InputError(
                "features",
                "",
                f"frame {frame} holds NaN or infinite values, the first in token {token}",
                "encode the frame anew; float16 overflows above 65504",
            )
        self.zero = norms[..., 0] <= _NORM
        inverse = torch.where(norms > _NORM, 1.0 / norms, 0.0)
        self.x = raw * inverse.float()

    @cached_property
    def mean(self) -> Tensor:
        """Means of the normalised features, float32 [F, 1, d]."""
        return self.x.mean(dim=1, keepdim=True)

    @cached_property
    def p(self) -> Tensor:
        """Grid coordinates [N, 2]."""
        import torch

        rows, columns = self.grid
        cells = torch.arange(self.tokens, device=self.device)
        row = torch.div(cells, columns, rounding_mode="floor")
        return torch.stack([row / rows, (cells % columns) / columns], dim=1)

    def adaptive_scale(self, variance: str = "total") -> Tensor:
        """Lambda of each frame [F]; see `Geometry.adaptive_scale`.

        Raises:
            InputError: where `variance` is neither of `VARIANCES`.

        """
        if variance not in VARIANCES:
            raise InputError("variance", variance, "no such reading", "choose total or coordinate")
        total = (self.x - self.mean).square().sum(dim=2).mean(dim=1)
        return 1.0 / (total / (1 if variance == "total" else self.width) + EPSILON)

    def starts(self) -> Tensor:
        """A random token of each frame [F], the one that the seed draws on the processor."""
        import numpy as np
        import torch

        drawn = [int(np.random.default_rng(seed).integers(self.tokens)) for seed in self.seeds]
        return torch.tensor(drawn, device=self.device)

    def joint(self, scale: Tensor | float) -> Tensor:
        """[x - mean ; scale * p], [F, N, d + 2]: centred, so that products lose no digits."""
        import torch

        scale = torch.as_tensor(scale, device=self.device).reshape(-1, 1, 1)
        p = scale * (self.p - self.p.mean(dim=0))
        return torch.cat([self.x - self.mean, p.expand(self.frames, -1, -1)], dim=2)


def squared_distances(z: Tensor) -> Tensor:
    """Squared distances of all points of each frame [F, N, N], exactly 0 to themselves.

    Args:
        z: points [F, N, D], centred.

    """
    squares = z.square().sum(dim=2)
    distances = z @ z.transpose(1, 2)
    distances.mul_(-2.0).add_(squares[:, :, None]).add_(squares[:, None, :]).clamp_(min=0.0)
    distances.diagonal(dim1=1, dim2=2).zero_()
    return distances


def farthest_first(distances: Tensor, k: int, start: Tensor) -> Tensor:
    """Greedy farthest-first picks of every frame, int64 [F, k].

    Args:
        distances: [F, N, N], symmetric.
        k: picks a frame.
        start: the first pick of each frame [F].

    """
    import torch

    frames = torch.arange(len(distances), device=distances.device)
    nearest = torch.full(distances.shape[:2], torch.inf, device=distances.device)
    order = torch.empty(len(distances), k, dtype=torch.int64, device=distances.device)
    taken = torch.zeros_like(nearest, dtype=torch.bool)
    pick = start
    for step in range(k):
        order[:, step] = pick
        taken[frames, pick] = True
        nearest = torch.minimum(nearest, distances[frames, pick]).masked_fill_(taken, -1.0)
        pick = nearest.argmax(dim=1)
    return order


def batched(pruner: Pruner) -> Callable[..., Tensor] | None:
    """The method's way of pruning whole batches to indices [F, k], or None."""
    function = pruner.function
    module = sys.modules[function.__module__]
    return getattr(module, "prune_batch", None)


def prune_on_device(
    pruner: Pruner, features: Features | Clip, budgets: Sequence[int], seed: int, options: Any
) -> Iterator[list[Selection]]:
    """For every budget the selections of all frames; the method has to have a `prune_batch`."""
    import torch

    prune_batch = batched(pruner)
    assert prune_batch is not None  # the caller has asked
    raw = features.features if isinstance(features, Clip) else features.features[None]
    settings = {**getattr(pruner.prune, "keywords", {}), **options}
    tokens = features.tokens
    chunk = max(1, _ENTRIES // tokens**2)
    orders = []
    with torch.no_grad():
        for start in range(0, len(raw), chunk):
            part = raw[start : start + chunk]
            seeds = [stream_of(seed, start + i, features.sample) for i in range(len(part))]
            batch = Batch(part, features.shape, seeds)
            orders.append(prune_batch(batch, max(budgets), **settings))
    order = torch.cat(orders)
    for k in budgets:
        indices = order[:, :k].sort(dim=1).values
        yield [Selection(pruner.name, tokens, row) for row in indices]
