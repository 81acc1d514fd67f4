"""PNG: palette indices (0 the background), or grey of 0 and 255 or 0 and 1."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from ...core.errors import InputError
from ..labels import Labels

if TYPE_CHECKING:
    from . import Frames

SUFFIXES = (".png",)


def read(path: Path) -> dict[str, Frames]:
    """The one mask of an image."""
    return {"": [lambda: _load(path)]}


def _load(path: Path) -> Labels:
    from PIL import Image

    try:
        with Image.open(path) as image:
            values = np.asarray(image)
            mode = image.mode
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
        raise InputError(
            "mask", path, f"cannot be read ({error})", "give a whole PNG file"
        ) from None
    if mode in ("LA", "RGB", "RGBA"):
        colours = values[..., :1] if mode == "LA" else values[..., :3]
        if (colours != colours[..., :1]).any():
            raise InputError(
                "mask", path, "is in colour", "save it with a palette, or in grey of 0 and 255"
            )
        values = colours[..., 0]
    return Labels(values, indexed=mode == "P", name=str(path))
