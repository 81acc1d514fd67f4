"""Between patches and pixels: the share of each patch that a mask fills, and maps of patches drawn.

Patches divide the frame evenly, whatever its size: a pixel on a border belongs to both sides by
its parts.
"""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from ..features.geometry import F32
from .overlap import Mask

I64 = npt.NDArray[np.int64]


def patch_shares(mask: Mask, grid: tuple[int, int]) -> F32:
    """The share of each patch that a mask fills, float32 [rows * columns], in raster order.

    Patches divide the frame evenly; a pixel on a border counts for both by its parts.

    Args:
        mask: bool [h, w].
        grid: (rows, columns).

    """
    down, across = (_averaging(n, cells) for n, cells in zip(mask.shape, grid, strict=True))
    return np.asarray((down @ mask.astype(np.float32) @ across.T).ravel())


def upsampled(
    values: F32,
    grid: tuple[int, int],
    size: tuple[int, ...],
    box: tuple[slice, slice] = (slice(None), slice(None)),
) -> F32:
    """Values of patches [rows * columns], bilinear between patch centres, [h, w].

    Args:
        values: float32 [rows * columns].
        grid: (rows, columns).
        size: (h, w).
        box: the rows and columns of pixels that are wanted, all by default.

    """
    # Differences and not matrix products: those would wake BLAS's threads for every object, which
    # costs far more than it saves where other work runs beside them.
    down, across = (_between(n, cells).part(s) for n, cells, s in zip(size, grid, box, strict=True))
    table = values.reshape(grid)
    wide = table[:, across.first]
    wide += (table[:, across.second] - wide) * across.weight
    image = wide[down.first]
    image += (wide[down.second] - image) * down.weight[:, None]
    return np.asarray(image)


def mask_above(threshold: float, values: F32, grid: tuple[int, int], size: tuple[int, ...]) -> Mask:
    """Where the upsampled values lie above a threshold, bool [h, w].

    Args:
        threshold: of a pixel.
        values: float32 [rows * columns].
        grid: (rows, columns).
        size: (h, w).

    """
    found = np.zeros(size, bool)
    high = values.reshape(grid) > threshold
    if high.any():
        # A pixel between patches that are not above is not above itself.
        down, across = (
            _between(n, cells).around(np.flatnonzero(high.any(axis=1 - axis)))
            for axis, (n, cells) in enumerate(zip(size, grid, strict=True))
        )
        found[down, across] = upsampled(values, grid, size, (down, across)) > threshold
    return found


@lru_cache(maxsize=32)
def _averaging(pixels: int, cells: int) -> F32:
    """[cells, pixels]: each row averages the pixels of a cell."""
    edges = np.linspace(0, pixels, cells + 1)
    left, right = edges[:-1, None], edges[1:, None]
    pixel = np.arange(pixels)
    covered = np.clip(np.minimum(pixel + 1, right) - np.maximum(pixel, left), 0, None)
    return np.asarray(covered / covered.sum(axis=1, keepdims=True), np.float32)


class _Between(NamedTuple):
    """The two cells whose centres lie around each pixel's, and the weight of the second."""

    first: I64
    second: I64
    weight: F32

    def part(self, pixels: slice) -> _Between:
        return _Between(self.first[pixels], self.second[pixels], self.weight[pixels])

    def around(self, cells: I64) -> slice:
        """The pixels from the first to the last that any of the cells, ascending, has part in."""
        return slice(
            int(np.searchsorted(self.second, cells[0], "left")),
            int(np.searchsorted(self.first, cells[-1], "right")),
        )


@lru_cache(maxsize=32)
def _between(pixels: int, cells: int) -> _Between:
    place = np.clip((np.arange(pixels) + 0.5) * cells / pixels - 0.5, 0, cells - 1)
    first = np.minimum(place.astype(np.int64), max(cells - 2, 0))
    second = np.minimum(first + 1, cells - 1)
    return _Between(first, second, (place - first).astype(np.float32))
