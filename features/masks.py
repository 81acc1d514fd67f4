"""Masks of objects: polygons or image files in, boolean arrays out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
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
    pixels = _run_lengths(mask, size) if isinstance(mask, Mapping) else _pixels(mask)
    if pixels.shape[:2] != tuple(size):
        raise InputError(
            "mask",
            mask if isinstance(mask, str) else "",
            f"is {pixels.shape[0]} x {pixels.shape[1]} pixels, its frame {size[0]} x {size[1]}",
            "give masks of their frames' size",
        )
    inside = pixels if pixels.ndim == 2 else pixels[..., :3].any(axis=2)
    return np.asarray(inside != 0)


def _pixels(path: str) -> npt.NDArray[Any]:
    from PIL import Image

    try:
        with Image.open(path) as image:
            return np.asarray(image)
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
        raise InputError(
            "mask", path, f"cannot be read ({error})", "give a PNG image of the frame's size"
        ) from None


def _run_lengths(code: Mapping[str, Any], size: tuple[int, int]) -> npt.NDArray[Any]:
    """COCO's run lengths: of zeros and ones in turn, down the columns."""
    height, width = size
    counts = code.get("counts")
    # Checked first: the code alone says how many bytes it would be spread to.
    if code.get("size") != [height, width]:
        raise InputError(
            "mask",
            "",
            f"is a code of size {code.get('size')}, its frame {height} x {width}",
            "give masks of their frames' size",
        )
    if not isinstance(counts, list):
        try:
            from pycocotools import mask as coco
        except ImportError:
            raise InputError(
                "mask", "", "is a compressed run-length code", "install pycocotools"
            ) from None
        try:
            decoded: npt.NDArray[Any] = coco.decode({"size": [height, width], "counts": counts})
        except (TypeError, ValueError) as error:
            raise InputError(
                "mask", "", f"is a damaged run-length code ({error})", "mend the code"
            ) from None
        return decoded
    if not all(isinstance(run, int) and run >= 0 for run in counts):
        raise InputError("mask", "", "has runs that are no whole numbers", "mend the code")
    if sum(counts) != height * width:
        raise InputError(
            "mask", "", f"has runs of {sum(counts)} for {height * width} pixels", "mend the code"
        )
    values = np.arange(len(counts)) % 2
    return np.repeat(values, counts).reshape(width, height).T
