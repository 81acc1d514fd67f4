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
            "name the image file",
        )
    path = source[frame]
    return open_photograph(open_picture(path) if path.startswith(SCHEME) else Path(path))


def open_photograph(path: Path) -> Image:
    """The picture of a file, as it is encoded.

    Raises:
        InputError: where it is none, or cannot be read.

    """
    from ..features.inputs.pictures import read_picture

    try:
        return read_picture(path)[0]
    except InputError as error:
        raise InputError(
            "IMAGE", path, error.problem, "give a picture that Pillow can read"
        ) from None
