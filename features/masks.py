"""Masks of objects: polygons or image files in, boolean arrays out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from ..core.errors import InputError
from .run_lengths import decode

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
        try:
            points = np.asarray(polygon, np.float64)
        except (TypeError, ValueError, OverflowError):
            points = np.empty(0)
        if points.ndim != 1 or points.size < 6 or points.size % 2 or not np.isfinite(points).all():
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
        mask: a list of polygons, the path of an image (every pixel that is not 0 is in), a COCO
            run-length code, or None for a frame that the object is not in.
        size: (height, width) of the frame.

    Raises:
        InputError: where the image cannot be read or has another size than the frame.

    """
    if mask is None:
        return np.zeros(size, bool)
    if isinstance(mask, list):
        return rasterise(mask, size)
    if not isinstance(mask, Mapping | str):
        raise InputError("mask", mask, "is no mask", "give polygons, a path, run lengths or null")
    if isinstance(mask, Mapping):
        # Before it is decoded, which a code of another size could make take any amount of memory.
        _require_size("", mask.get("size"), size)
        return decode(mask)
    pixels = _pixels(mask)
    _require_size(mask, list(pixels.shape[:2]), size)
    inside = pixels if pixels.ndim == 2 else pixels[..., :3].any(axis=2)
    return np.asarray(inside != 0)


def _require_size(where: str, found: object, size: tuple[int, int]) -> None:
    if found != list(size):
        shown = " x ".join(map(str, found)) if isinstance(found, list) else str(found)
        raise InputError(
            "mask",
            where,
            f"is {shown} pixels, its frame {size[0]} x {size[1]}",
            "give masks of their frames' size",
        )


def _pixels(path: str) -> npt.NDArray[Any]:
    from PIL import Image

    try:
        with Image.open(path) as image:
            return np.asarray(image)
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
        raise InputError(
            "mask", path, f"cannot be read ({error})", "give a PNG image of the frame's size"
        ) from None
