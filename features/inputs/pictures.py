"""Reading pictures as people see them: upright, RGB, eight bits."""

from __future__ import annotations

import hashlib
import io
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps, UnidentifiedImageError

from ...core.errors import InputError

SUFFIXES = frozenset(
    (".avif", ".bmp", ".gif", ".jp2", ".jpeg", ".jpg", ".pgm", ".png", ".ppm", ".tif", ".tiff")
) | {".webp"}


def read_picture(path: Path) -> tuple[Image.Image, str]:
    """The picture and the SHA-256 of its file.

    Rotated as its EXIF data says. Grey, palette and CMYK pictures become RGB, 16 bits become 8,
    and what is transparent becomes white.

    Raises:
        InputError: where the file is missing, empty, truncated or no picture.

    """
    try:
        data = path.read_bytes()
    except OSError as error:
        raise _unreadable(path, f"cannot be read ({(error.strerror or '').lower()})") from None
    if not data:
        raise _unreadable(path, "is an empty file")
    try:
        with Image.open(io.BytesIO(data)) as image:
            return as_rgb(image), hashlib.sha256(data).hexdigest()
    except UnidentifiedImageError:
        raise _unreadable(path, "is no picture that Pillow reads") from None
    except Exception as error:  # what Pillow raises for a damaged file is a matter of the plugin
        raise _unreadable(path, f"is damaged ({error})") from None


def _unreadable(path: Path, problem: str) -> InputError:
    return InputError("input", path, problem, "replace it, or leave it out")


def as_rgb(image: Image.Image) -> Image.Image:
    """The picture upright, in RGB of eight bits, on white."""
    upright = ImageOps.exif_transpose(image)
    if upright.mode.startswith("I"):
        deep = np.asarray(upright).astype(np.int64)
        upright = Image.fromarray((np.clip(deep, 0, 65535) // 257).astype(np.uint8))
    if upright.has_transparency_data:
        clear = upright.convert("RGBA")
        white = Image.new("RGBA", clear.size, "white")
        return Image.alpha_composite(white, clear).convert("RGB")
    return upright.convert("RGB")
