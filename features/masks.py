"""Masks of objects: polygons or image files in, boolean arrays out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from ..core.errors import InputError

Mask = npt.NDArray[np.bool_]


def rasterise(polygons: Sequence[Sequence[float]], size: tuple[int, int]) -> Mask:
    """The union of polygons: bool [height, width].

    Args:
        polygons: each x0, y0, x1, y1, ... in pixels from the upper left corner, as COCO has them.
        size: (height, width).

    Raises:
        InputError: for a polygon of fewer than three points.

    """
    from skimage.draw import polygon2mask

    mask: Mask = np.zeros(size, bool)
    for polygon in polygons:
        points = np.asarray(polygon, np.float64)
        if points.ndim != 1 or points.size < 6 or points.size % 2:
            raise InputError(
                "mask", polygon, "is no polygon", "give x0, y0, x1, y1, ... of three points or more"
            )
        # Pixel centres lie half a pixel inside the coordinates of polygons.
        inside = polygon2mask(size, points.reshape(-1, 2)[:, ::-1] - 0.5)  # type: ignore[no-untyped-call]
        mask |= inside
    return mask


def read_mask(mask: Any, size: tuple[int, int]) -> Mask:
    """A mask as a cache or a manifest names it: bool [height, width].

    Args:
        mask: a list of polygons, the path of an image (every pixel that is not 0 is in), or None
            for a frame that the object is not in.
        size: (height, width) of the frame.

    Raises:
        InputError: where the image cannot be read or has another size than the frame.

    """
    if mask is None:
        return np.zeros(size, bool)
    if not isinstance(mask, str):
        return rasterise(mask, size)
    from PIL import Image

    try:
        with Image.open(mask) as image:
            pixels = np.asarray(image)
    except OSError as error:
        raise InputError(
            "mask", mask, f"cannot be read ({error})", "give a PNG image of the frame's size"
        ) from None
    if pixels.shape[:2] != tuple(size):
        raise InputError(
            "mask",
            mask,
            f"is {pixels.shape[0]} x {pixels.shape[1]} pixels, its frame {size[0]} x {size[1]}",
            "give masks of their frames' size",
        )
    inside = pixels if pixels.ndim == 2 else pixels[..., :3].any(axis=2)
    return np.asarray(inside != 0)
