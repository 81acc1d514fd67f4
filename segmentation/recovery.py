"""Mask recovery: what the kept tokens of a frame still say of where an object is.

Ours, and a proxy: no language model reads the tokens and no decoder draws the mask. Every kept
token knows which share of its patch the object fills, every dropped token takes the value of the
kept tokens nearest to it, and the mask is the upsampled map above a threshold. With all tokens
kept this gives the ceiling that the patches allow.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, NamedTuple, get_args

import numpy as np
import numpy.typing as npt

from ..core.errors import InputError, unknown
from ..features.geometry import F32, Geometry
from ..features.nearest import nearest_kept
from .boundary import boundary_f
from .overlap import Mask, overlap
from .patches import mask_above, patch_shares

Space = Literal["joint", "feature", "spatial"]
SPACES: tuple[str, ...] = get_args(Space)

I64 = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Reading:
    """How dropped tokens get their value.

    Args:
        space: where the nearest kept tokens are looked for: features, grid, or both joined with
            the frame's adaptive scale.
        neighbours: how many, weighted by inverse distance.
        threshold: of the object's share, above which a pixel is in the recovered mask.

    Raises:
        InputError: where one is out of range.

    """

    space: Space = "joint"
    neighbours: int = 1
    threshold: float = 0.5

    def __post_init__(self) -> None:
        if self.space not in SPACES:
            raise unknown("space", self.space, SPACES)
        if self.neighbours < 1:
            raise InputError("neighbours", self.neighbours, "is no neighbour", "give 1 or more")
        if not 0 < self.threshold < 1:
            raise InputError("threshold", self.threshold, "is not between 0 and 1", "try 0.5")


class Sources(NamedTuple):
    """The kept tokens that every token takes its value from.

    Args:
        tokens: int64 [N, k], their numbers among the N tokens.
        weights: float32 [N, k], each row adding up to 1.

    """

    tokens: I64
    weights: F32

    def spread(self, values: F32) -> F32:
        """What becomes of the N values when only the kept ones are known, [N]."""
        return np.asarray((values[self.tokens] * self.weights).sum(axis=1), np.float32)


def sources_of(geometry: Geometry, indices: I64, reading: Reading) -> Sources:
    """The kept tokens nearest to every token.

    Args:
        geometry: of the frame, N tokens.
        indices: int64 [K], the kept tokens, distinct.
        reading: the space and the number of neighbours, at most K of which are used.

    """
    scale = geometry.adaptive_scale()
    if reading.neighbours == 1:
        owner = getattr(nearest_kept(geometry, indices, scale), reading.space).owner
        return Sources(indices[owner][:, None], np.ones((geometry.tokens, 1), np.float32))
    spaces = {
        "joint": (geometry.centred, np.float32(scale) * geometry.p),
        "feature": (geometry.centred,),
        "spatial": (geometry.p,),
    }
    points = np.concatenate(spaces[reading.space], axis=1)
    return _nearest(points, indices, min(reading.neighbours, len(indices)))


def _nearest(points: F32, indices: I64, neighbours: int) -> Sources:
    kept = points[indices]
    squares = -2.0 * (points @ kept.T)
    squares += np.einsum("kd,kd->k", kept, kept)
    squares += np.einsum("nd,nd->n", points, points)[:, None]
    distance = np.sqrt(np.maximum(squares, 0.0))
    distance[indices, np.arange(len(indices))] = 0.0
    nearest = np.argsort(distance, axis=1, kind="stable")[:, :neighbours]
    # A kept token is at distance 0 from itself, and so far outweighs the others.
    weights = 1.0 / np.maximum(np.take_along_axis(distance, nearest, axis=1), 1e-6)
    weights /= weights.sum(axis=1, keepdims=True)
    return Sources(indices[nearest], weights.astype(np.float32))


SMALL, MEDIUM = 0.01, 0.05
"""Shares of the frame that divide small from medium and medium from large objects: 7 and 36 of
729 tokens. COCO's bounds, in pixels, say nothing of a grid of tokens."""


class Recovered(NamedTuple):
    """A recovered mask against the true one."""

    iou: float
    f: float


class Target:
    """The true mask of an object in a frame, ready to be recovered from many selections.

    Args:
        mask: bool [h, w], not empty.
        grid: (rows, columns) of the tokens, which divide the frame evenly.
        threshold: of the object's share of a pixel.

    Raises:
        InputError: where the mask is empty.

    """

    def __init__(self, mask: Mask, grid: tuple[int, int], threshold: float = 0.5) -> None:
        if not mask.any():
            raise InputError("mask", "", "is empty", "leave out frames without the object")
        self.mask = mask
        self.grid = grid
        self.threshold = threshold
        self.area = float(mask.mean())
        """Share of the frame that the object fills."""
        self.shares = patch_shares(mask, grid)
        """Share of each patch that the object fills, float32 [N]."""
        own = np.flatnonzero(self.shares >= 0.5)
        self.tokens = own if len(own) else np.array([int(self.shares.argmax())])
        """The object's own tokens: patches it fills to half or more, else its fullest one."""
        self.ceiling = self._score(self.shares)
        """What all tokens together recover."""

    @property
    def size(self) -> str:
        """Small, medium or large."""
        if self.area < SMALL:
            return "small"
        return "medium" if self.area < MEDIUM else "large"

    def recover(self, sources: Sources) -> Recovered:
        """What a selection recovers."""
        return self._score(sources.spread(self.shares))

    def _score(self, values: F32) -> Recovered:
        found = mask_above(self.threshold, values, self.grid, self.mask.shape)
        return Recovered(overlap(found, self.mask).iou, boundary_f(found, self.mask))
