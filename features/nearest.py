"""The nearest kept token of every token, in the feature, spatial and joint space at once."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ..core.compiled import kernels
from .geometry import F32, Geometry

_KERNELS = f"{__package__}.product_kernel"

_CHUNK = 1 << 22
"""Entries of the largest distance matrix held at a time (16 MiB of float32)."""


@dataclass(frozen=True)
class Nearest:
    """For every token its nearest kept token in one space.

    Args:
        distance: float32 [N], exactly 0 for a kept token.
        owner: int64 [N], the position of that kept token in the indices.

    """

    distance: F32
    owner: npt.NDArray[np.int64]


@dataclass(frozen=True)
class Found:
    """How far a search has come, so that one for more kept tokens can go on from there.

    Args:
        kept: int64 [K], the kept tokens seen.
        owners: int64 [3, N], the nearest of them in the feature, spatial and joint space.
        squares: float32 [3, N], what they were compared by.

    """

    kept: npt.NDArray[np.int64]
    owners: npt.NDArray[np.int64]
    squares: F32


@dataclass(frozen=True)
class NearestInSpaces:
    """The nearest kept tokens in the three spaces; they may differ between the spaces."""

    feature: Nearest
    spatial: Nearest
    joint: Nearest
    found: Found | None = None


def nearest_kept(
    geometry: Geometry,
    indices: npt.NDArray[np.int64],
    scale: float,
    within: NearestInSpaces | None = None,
) -> NearestInSpaces:
    """The nearest kept token of every token in each space; of equally near ones the lowest index.

    One product of the features serves the feature and the joint space, whose squared distance is
    the feature's plus ``scale**2`` times the grid's. The kept tokens at least are centred first,
    since |x|^2 + |s|^2 - 2 x.s loses digits to a common offset; it then only decides which token
    is nearest, and that one distance is computed anew from the difference.

    Args:
        geometry: of the frame, N tokens.
        indices: int64 [K], the kept tokens, distinct and ascending.
        scale: lambda, the weight of the grid coordinates in the joint space.
        within: the answer for other tokens, at the same scale. Where those are all among these,
            only the rest is searched; what comes out is the same.

    """
    compiled = kernels(_KERNELS)
    if compiled is None:
        return _by_products(geometry, indices, scale)
    raw, inverse, p = geometry.raw, geometry.inverse_norms, geometry.p
    fresh = np.zeros(geometry.tokens, bool)
    fresh[indices] = True
    if within is not None and within.found is not None and fresh[within.found.kept].all():
        owners, squares = within.found.owners.copy(), within.found.squares.copy()
        fresh[within.found.kept] = False
    else:
        owners = np.empty((3, geometry.tokens), np.int64)
        squares = np.full((3, geometry.tokens), np.inf, np.float32)
    if fresh.any():
        new = np.flatnonzero(fresh)
        cells = geometry.grid[0] * geometry.grid[1]
        given = raw, inverse, geometry.mean, geometry.places
        compiled.search(*given, new, scale / cells, owners, squares)
    distances = np.empty_like(squares)
    compiled.distances(raw, inverse, p, scale, owners, distances)
    place = np.empty(geometry.tokens, np.int64)
    place[indices] = np.arange(len(indices))
    feature, spatial, joint = map(Nearest, distances, place[owners])
    return NearestInSpaces(feature, spatial, joint, Found(indices, owners, squares))


def _by_products(
    geometry: Geometry, indices: npt.NDArray[np.int64], scale: float
) -> NearestInSpaces:
    """`nearest_kept` in NumPy, a chunk of tokens at a time."""
    x = geometry.centred
    squares = np.einsum("nd,nd->n", x, x)
    kept, tokens = x[indices], geometry.tokens
    places = geometry.places.astype(np.float32)
    cells = geometry.grid[0] * geometry.grid[1]
    owners = {space: np.empty(tokens, np.int64) for space in ("feature", "spatial", "joint")}
    rows = max(1, _CHUNK // len(indices))
    for start in range(0, tokens, rows):
        part = slice(start, min(start + rows, tokens))
        feature = x[part] @ kept.T
        feature *= -2.0
        feature += squares[indices]
        feature += squares[part, None]
        spatial = _grid_squares(places[part], places[indices])
        owners["feature"][part] = feature.argmin(axis=1)
        owners["spatial"][part] = spatial.argmin(axis=1)
        spatial *= np.float32((scale / cells) ** 2)
        feature += spatial
        owners["joint"][part] = feature.argmin(axis=1)
    for owner in owners.values():
        owner[indices] = np.arange(len(indices))

    def squared(points: F32, owner: npt.NDArray[np.int64]) -> F32:
        difference = points - points[indices[owner]]
        return np.asarray(np.einsum("nd,nd->n", difference, difference), np.float32)

    grid = np.float32(scale) ** 2 * squared(geometry.p, owners["joint"])
    return NearestInSpaces(
        Nearest(np.sqrt(squared(x, owners["feature"])), owners["feature"]),
        Nearest(np.sqrt(squared(geometry.p, owners["spatial"])), owners["spatial"]),
        Nearest(np.sqrt(squared(x, owners["joint"]) + grid), owners["joint"]),
    )


def _grid_squares(p: F32, q: F32) -> F32:
    row = p[:, 0, None] - q[None, :, 0]
    column = p[:, 1, None] - q[None, :, 1]
    row *= row
    column *= column
    row += column
    return row
