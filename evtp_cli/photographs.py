"""The photographs that a user names, or that a cache was encoded from."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..core.errors import InputError

if TYPE_CHECKING:
    from PIL.Image import Image

    from ..features.cache import Sample


_GIVE_IT = "give the picture with --image FILE"


def photograph_of(sample: Sample, frame: int, name: str) -> Image:
    """The picture that a frame of a cache was encoded from.

    Args:
        sample: of the cache, with its pictures, one a frame, or its one video.
        frame: which one.
        name: of the frame, for messages.

    Raises:
        InputError: where the cache names none, or it cannot be read, or it is not the picture
            that was encoded.

    """
    from ..features.digests import known_sha256
    from ..features.inputs.pictures import read_picture
    from ..features.sample import SCHEME, open_picture

    source, digests = sample.source, sample.source_sha256
    if len(source) == 1 and frame < len(sample.times):
        from ..features.inputs.video import frames_shown

        film = Path(source[0])
        if film.is_file():
            _check(film, known_sha256(film), digests[:1], name)
        return frames_shown(film, [sample.times[frame]])[0][0]
    if frame >= len(source):
        raise InputError(
            "IMAGE",
            name,
            "its cache does not name the picture of this frame",
            _GIVE_IT,
        )
    path = open_picture(at) if (at := source[frame]).startswith(SCHEME) else Path(at)
    with _naming(path, _GIVE_IT):
        image, digest = read_picture(path)
    _check(path, digest, digests[frame : frame + 1], name)
    return image


def _check(path: Path, digest: str, known: Sequence[str], name: str) -> None:
    """That a file is what was encoded; a cache that knows no digest is believed."""
    if known and digest != known[0]:
        raise InputError(
            "IMAGE",
            name,
            f"its picture {path} has changed since it was encoded",
            "extract it into another cache, or put back what was encoded",
        )


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

    with _naming(path, "give a picture that Pillow can read"):
        return read_picture(path)[0]


@contextmanager
def _naming(path: Path, remedy: str) -> Iterator[None]:
    """Names, where a picture cannot be read, what the user gave, and what to do."""
    try:
        yield
    except InputError as error:
        raise error.but(name="IMAGE", value=path, remedy=remedy) from None
