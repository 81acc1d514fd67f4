"""COCO RLE in JSON: one mask, a list of a clip's (null: empty), a mapping of these, or results.

COCO's result lists ([{image_id, segmentation}, ...]) are read as one mask an image, the union of
its entries. Compressed RLE needs pycocotools (the extra ``coco``).
"""

from __future__ import annotations

import json
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ...core.errors import InputError
from ...features.run_lengths import decode
from ..labels import Labels

if TYPE_CHECKING:
    from . import Frames

SUFFIXES = (".json",)

_REMEDY = 'give {"size": [height, width], "counts": ...}, a list of these, or a mapping of either'


def read(path: Path) -> dict[str, Frames]:
    """The masks and clips of a file by name, not yet decoded.

    Raises:
        InputError: where it is no JSON, or holds no mask.

    """
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise InputError("mask", path, f"cannot be read ({error})", "give a JSON file") from None
    if isinstance(content, list) and content and all(_is_result(entry) for entry in content):
        images: dict[str, list[Any]] = {}
        for entry in content:
            images.setdefault(str(entry["image_id"]), []).append(entry["segmentation"])
        return {name: [partial(_union, rles, f"{path}[{name}]")] for name, rles in images.items()}
    if isinstance(content, list) or _is_rle(content):
        return {"": _frames(content, str(path))}
    if isinstance(content, dict):
        return {name: _frames(entry, f"{path}[{name}]") for name, entry in content.items()}
    raise InputError("mask", path, "holds no mask", _REMEDY)


def _is_rle(entry: object) -> bool:
    return isinstance(entry, dict) and {"size", "counts"} <= set(entry)


def _is_result(entry: object) -> bool:
    return isinstance(entry, dict) and {"image_id", "segmentation"} <= set(entry)


def _frames(entry: Any, name: str) -> Frames:
    return [partial(_decode, rle, name) for rle in (entry if isinstance(entry, list) else [entry])]


def _union(rles: list[Any], name: str) -> Labels | None:
    masks = [mask.values for rle in rles if (mask := _decode(rle, name)) is not None]
    if len({mask.shape for mask in masks}) > 1:
        raise InputError("mask", name, "has entries of several sizes", "use the image's size")
    return Labels(np.logical_or.reduce(masks), name=name) if masks else None


def _decode(rle: Any, name: str) -> Labels | None:
    if rle is None:
        return None
    if not _is_rle(rle):
        raise InputError("mask", name, "is no run-length encoding", _REMEDY)
    return Labels(decode(rle, name), name=name)
