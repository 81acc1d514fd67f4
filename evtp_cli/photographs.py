"""The photographs that a user names, or that a cache was encoded from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..core.errors import InputError

if TYPE_CHECKING:
    from PIL.Image import Image


def photograph_of(
    source: Sequence[str], frame: int, name: str, times: Sequence[float] = ()
) -> Image:
    """The picture that a frame of a cache was encoded from.

    Args:
        source: the pictures that the cache names, one a frame, or the one video.
        frame: which one.
        name: of the sample, for messages.
        times: seconds of each frame in the video, to read it from there.

    Raises:
        InputError: where the cache names none, or it cannot be read.

    """
    from ..features.sample import SCHEME, open_picture

    if len(source) == 1 and frame < len(times):
        from ..features.inputs.video import frames_shown

        return frames_shown(Path(source[0]), [times[frame]])[0][0]
    if frame >= len(source):
        raise InputError(
            "IMAGE",
            name,
            "its cache does not name the picture of this frame",
            "name the image file",
        )
    path = source[frame]
    return open_photograph(open_picture(path) if path.startswith(SCHEME) else Path(path))


def as_encoded(image: Image, encoder: Mapping[str, Any]) -> Image:
    """The part of a picture that the encoder saw: all of it, or the middle where it crops.

    Args:
        image: the whole picture.
        encoder: what the cache says of the encoder.

    """
    if encoder.get("fit") != "crop" or "resized" not in encoder:
        return image
    rows, columns = encoder["input_size"]
    resized = encoder["resized"]
    if isinstance(resized, int):
        across = down = min(image.size) / resized
    else:
        across, down = image.width / resized[1], image.height / resized[0]
    left, top = (image.width - columns * across) / 2, (image.height - rows * down) / 2
    box = left, top, image.width - left, image.height - top
    return image.crop(tuple(map(round, box)))


def open_photograph(path: Path) -> Image:
    """The picture of a file, as it is encoded.

    Raises:
        InputError: where it is none, or cannot be read.

    """
    from ..features.inputs.pictures import read_picture

    try:
        return read_picture(path)[0]
    except InputError as error:
        remedy = "give a picture that Pillow can read"
        raise error.but(name="IMAGE", value=path, remedy=remedy) from None
