"""Greedy farthest-first selection, which the k-center family and DivPrune share."""

from __future__ import annotations

from functools import cached_property
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from ..core.compiled import kernels
from ..features.geometry import F64, Geometry

Indices = npt.NDArray[np.int64]

_KERNELS = f"{__package__}.farthest_kernel"

_RESOLVED = 1.0 - 1e-12
"""Squared distances of float64 that differ by less tie: their sums are rounded."""


class Space:
    """The space [x ; q] in which tokens are compared.

    Args:
        geometry: of the frame: x are its normalised features [N, d].
        q: further coordinates, float64 [N, 2]; zeros where left out.
        weight: what squared distances of q count, beside those of x. Not multiplied into q, whose
            whole numbers keep tokens equally far that are so.

    """

    def __init__(self, geometry: Geometry, q: F64 | None = None, weight: float = 1.0) -> None:
        self.geometry = geometry
        self.q: F64 = np.zeros((geometry.tokens, 2)) if q is None else q
        self.weight = weight

    @classmethod
    def joint(cls, geometry: Geometry, scale: float) -> Space:
        """[x ; scale * p], with the grid coordinates p."""
        cells = geometry.grid[0] * geometry.grid[1]
        return cls(geometry, geometry.places, (scale / cells) ** 2)

    @cached_property
    def x(self) -> F64:
        """The normalised features in float64 [N, d], for the NumPy path."""
        return np.asarray(self.geometry.raw * self.geometry.inverse_norms[:, None])

    def squares_to(self, point: F64, place: F64) -> F64:
        """The squared distance of every token to ``[point ; place]``, float64 [N]."""
        parts = (self.x - point, 1.0), (self.q - place, self.weight)
        feature, grid = (weight * np.einsum("nd,nd->n", part, part) for part, weight in parts)
        return np.asarray(feature + grid)


class Greedy(NamedTuple):
    """The outcome of a greedy farthest-first selection.

    Args:
        order: int64 [K], the tokens in the order they were picked.
        gaps: float64 [K], the distance of each to the nearest one before it; the first is
            infinite. They never grow, and ``gaps[k]`` is the covering radius of the first k.

    """

    order: Indices
    gaps: F64


def farthest_first(space: Space, k: int, start: int) -> Greedy:
    """Gonzalez' greedy k-center: always the token farthest from those already chosen.

    Chosen tokens are never chosen again, not even where all the rest are their duplicates. Ties, up
    to what float64 resolves, go to the lowest index: all others are equally far of a token of
    zeros.
    The first j picks are the answer for j.

    Args:
        space: in which distance is measured.
        k: how many to pick, from 1 to N.
        start: the first pick.

    """
    geometry = space.geometry
    inverse = geometry.inverse_norms
    order, gaps = np.empty(k, np.int64), np.empty(k)
    compiled = kernels(_KERNELS)
    if compiled is not None:
        compiled.farthest_first(geometry.raw, inverse, space.q, space.weight, start, order, gaps)
        # Some are of float32 and some of float64; they may not cross.
        return Greedy(order, np.sqrt(np.minimum.accumulate(gaps)))
    nearest = np.full(geometry.tokens, np.inf)
    pick, gap = start, np.inf
    for step in range(k):
        order[step], gaps[step] = pick, gap
        np.minimum(nearest, space.squares_to(space.x[pick], space.q[pick]), out=nearest)
        nearest[order[: step + 1]] = -1.0
        pick = _farthest(nearest)
        gap = float(nearest[pick])
    return Greedy(order, np.sqrt(gaps))


def farthest_from_mean(space: Space) -> int:
    """The token farthest from the mean of all; ties to the lowest index."""
    geometry, mean = space.geometry, space.q.mean(axis=0)
    compiled = kernels(_KERNELS)
    if compiled is not None:
        inverse, squares = geometry.inverse_norms, np.empty(geometry.tokens)
        given = geometry.raw, inverse, space.q, space.weight, geometry.mean, mean
        compiled.squares_to(*given, squares)
    else:
        squares = space.squares_to(geometry.mean, mean)
    return _farthest(squares)


def most_isolated(space: Space) -> int:
    """The token whose nearest other token is farthest; ties to the lowest index."""
    geometry = space.geometry
    compiled = kernels(_KERNELS)
    if compiled is not None:
        columns = geometry.grid[1]
        inverse = geometry.inverse_norms
        given = geometry.raw, inverse, space.q, space.weight, columns
        return int(compiled.most_isolated(*given))
    nearest = np.zeros(geometry.tokens)
    for i in range(geometry.tokens):
        others = space.squares_to(space.x[i], space.q[i])
        others[i] = np.inf
        nearest[i] = others.min()
    return _farthest(nearest)


def _farthest(squares: F64) -> int:
    """The first of those that tie for the largest, of which at least one is no less than 0."""
    return int((squares >= squares.max() * _RESOLVED).argmax())
