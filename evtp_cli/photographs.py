"""The photographs that a user names, or that a cache was encoded from."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from ..core.errors import InputError

if TYPE_CHECKING:
    from PIL.Image import Image


def photograph_of(source: tuple[str, ...], frame: int, name: str) -> Image:
    """The picture that a frame of a cache was encoded from.

    Args:
        source: the pictures that the cache names, one a frame.
        frame: which one.
        name: of the sample, for messages.

    Raises:
        InputError: where the cache names none, or it cannot be read.

    """
    from ..features.sample import SCHEME, open_picture

    if frame >= len(source):
        raise InputError(
            "IMAGE",
            name,
            "its cache does not name the picture of this frame",
            "show the image file",
        )
    path = source[frame]
    return open_photograph(open_picture(path) if path.startswith(SCHEME) else Path(path))


def open_photograph(path: Path) -> Image:
    """The picture of a file, turned as its camera was.

    Raises:
        InputError: where it is none, or cannot be read.

    """
    from PIL import Image, ImageOps, UnidentifiedImageError

    try:
        with Image.open(path) as opened:
            return ImageOps.exif_transpose(opened).convert("RGB")
    except (UnidentifiedImageError, OSError) as error:
        reason = "is no image" if isinstance(error, UnidentifiedImageError) else str(error)
        raise InputError("IMAGE", path, reason, "give a picture that Pillow can read") from None
