"""COCO's run-length codes of masks: lengths of background and object in turn, down the columns."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from ..core.errors import InputError

_MOST = 1 << 28
"""Pixels of the largest mask: a code of a few bytes may ask for any amount of memory."""


def decode(code: Mapping[str, Any], where: str = "") -> npt.NDArray[np.bool_]:
    """The mask that a code stands for: bool [height, width].

    Args:
        code: ``size`` and ``counts``, the latter a list of lengths or COCO's compressed text, for
            which pycocotools is needed.
        where: what the code is called in messages.

    Raises:
        InputError: where it is damaged, or pycocotools is not installed.

    """
    size, counts = code.get("size"), code.get("counts")
    if not isinstance(size, list) or len(size) != 2 or not all(map(_is_whole, size)):
        problem = f"has a run-length code of size {size}"
        raise InputError("mask", where, problem, 'give "size": [height, width]')
    height, width = size
    if height * width > _MOST:
        raise InputError(
            "mask", where, f"has a run-length code of {height} x {width} pixels", "mend its size"
        )
    if not isinstance(counts, list):
        return _decompressed(counts, height, width, where)
    if not all(map(_is_whole, counts)):
        raise InputError("mask", where, "has runs that are no whole numbers", "mend the code")
    # Checked first: the lengths alone say how many bytes they would be spread to.
    if sum(counts) != height * width:
        problem = f"has runs of {sum(counts)} for {height * width} pixels"
        raise InputError("mask", where, problem, "mend the code")
    return np.repeat(np.arange(len(counts)) % 2 == 1, counts).reshape(width, height).T


def _is_whole(value: object) -> bool:
    return isinstance(value, int) and value >= 0


def _decompressed(counts: object, height: int, width: int, where: str) -> npt.NDArray[np.bool_]:
    try:
        from pycocotools import mask as coco
    except ImportError:
        raise InputError(
            "mask",
            where,
            "is a compressed run-length code",
            "install the extra: pip install 'evtp[coco]'",
        ) from None
    try:
        decoded = coco.decode({"size": [height, width], "counts": counts})
    except (TypeError, ValueError, OverflowError) as error:
        raise InputError(
            "mask", where, f"is a damaged run-length code ({error})", "mend the code"
        ) from None
    return np.asarray(decoded, bool)
