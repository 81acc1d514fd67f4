"""Greedy farthest-first selection, which the k-center family and DivPrune share."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from ..core.compiled import kernels
from ..features.geometry import F64, Geometry

Indices = npt.NDArray[np.int64]

_KERNELS = f"{__package__}.farthest_kernel"


class Space:
    """The space [x ; q] in which tokens are compared.

    Args:
        geometry: of the frame: x are its normalised features [N, d].
        q: further coordinates, float64 [N, 2]; zeros where left out.

    """

    def __init__(self, geometry: Geometry, q: F64 | None = None) -> None:
        self.geometry = geometry
        self.q: F64 = np.zeros((geometry.tokens, 2)) if q is None else q

    @classmethod
    def joint(cls, geometry: Geometry, scale: float) -> Space:
        """[x ; scale * p], with the grid coordinates p."""
        return cls(geometry, scale * geometry.p.astype(np.float64))

    def z(self) -> F64:
        """The points themselves, float64 [N, d + 2], for the NumPy path."""
        geometry = self.geometry
        x = geometry.raw * geometry.inverse_norms[:, None]
        return np.concatenate([x, self.q], axis=1)


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

    Chosen tokens are never chosen again, not even where all the rest are their duplicates. Ties go
    to the lowest index. The first j picks are the answer for j.

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
        compiled.farthest_first(geometry.raw, inverse, space.q, start, order, gaps)
        # Some are of float32 and some of float64; they may not cross.
        return Greedy(order, np.sqrt(np.minimum.accumulate(gaps)))
    z = space.z()
    nearest = np.full(len(z), np.inf)
    pick, gap = start, np.inf
    for step in range(k):
        order[step], gaps[step] = pick, gap
        np.minimum(nearest, _squares_to(z, z[pick]), out=nearest)
        nearest[order[: step + 1]] = -1.0
        pick = int(nearest.argmax())
        gap = float(nearest[pick])
    return Greedy(order, np.sqrt(gaps))


def farthest_from_mean(space: Space) -> int:
    """The token farthest from the mean of all; ties to the lowest index."""
    geometry, mean = space.geometry, space.q.mean(axis=0)
    compiled = kernels(_KERNELS)
    if compiled is not None:
        return int(
            compiled.farthest_from(
                geometry.raw, geometry.inverse_norms, space.q, geometry.mean, mean
            )
        )
    return int(_squares_to(space.z(), np.concatenate([geometry.mean, mean])).argmax())


def most_isolated(space: Space) -> int:
    """The token whose nearest other token is farthest; ties to the lowest index."""
    geometry = space.geometry
    compiled = kernels(_KERNELS)
    if compiled is not None:
        columns = geometry.grid[1]
        return int(compiled.most_isolated(geometry.raw, geometry.inverse_norms, space.q, columns))
    z = space.z()
    nearest = np.zeros(len(z))
    for i, point in enumerate(z):
        others = _squares_to(z, point)
        others[i] = np.inf
        nearest[i] = others.min()
    return int(nearest.argmax())


def _squares_to(z: F64, point: F64) -> F64:
    difference = z - point
    return np.asarray(np.einsum("nd,nd->n", difference, difference))
