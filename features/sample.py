"""The built-in sample: photographs that scikit-image ships, their features and their masks."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import sys
import tempfile
from collections.abc import Sequence
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any

from PIL import Image

from ..core.errors import InputError
from .cache import Cache, Sample, open_cache
from .cache_writer import CacheWriter
from .digests import file_sha256
from .encoders.descriptors import VERSION, Descriptors

PICTURES: dict[str, tuple[str, ...]] = {
    "astronaut": ("astronaut.png",),
    "chelsea": ("chelsea.png",),
    "coffee": ("coffee.png",),
    "rocket": ("rocket.jpg",),
    "motorcycle": ("motorcycle_left.png", "motorcycle_right.png"),
}
"""Frames of each sample; the motorcycle's are a stereo pair, seen as a clip of two frames."""

SCHEME = "skimage:"
"""What the source of a frame begins with where it is a file of scikit-image."""


def sample_images() -> dict[str, list[Image.Image]]:
    """The frames of every sample, as RGB images."""
    return {name: [_picture(file) for file in files] for name, files in PICTURES.items()}


def sample_cache() -> Cache:
    """The features of the sample by the `descriptors` encoder; built on first use.

    It is kept in the user's cache folder: ``$EVTP_CACHE_HOME``, else ``$XDG_CACHE_HOME/evtp``,
    else the platform's own.

    Raises:
        InputError: where that folder cannot be written.

    """
    folder = cache_home() / f"sample-descriptors-{VERSION}-{_fingerprint()}"
    try:
        return open_cache(folder)
    except InputError:
        _build(folder)
    return open_cache(folder)


def cache_home() -> Path:
    """The folder for what evtp can make again."""
    if own := os.environ.get("EVTP_CACHE_HOME"):
        return Path(own).expanduser()
    if shared := os.environ.get("XDG_CACHE_HOME"):
        return Path(shared).expanduser() / "evtp"
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Caches" / "evtp"
    if sys.platform == "win32" and (local := os.environ.get("LOCALAPPDATA")):
        return Path(local) / "evtp" / "Cache"
    return Path.home() / ".cache" / "evtp"


def open_picture(source: str) -> Path:
    """The file of scikit-image that a source ``skimage:NAME`` stands for."""
    import skimage.data

    return Path(skimage.data.__file__).parent / source.removeprefix(SCHEME)


def _build(folder: Path) -> None:
    """Makes the cache beside its place, and moves it there whole."""
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        beside = Path(tempfile.mkdtemp(dir=folder.parent, prefix=f".{folder.name}-"))
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise InputError(
            "EVTP_CACHE_HOME",
            folder.parent,
            f"cannot be written ({reason})",
            "set EVTP_CACHE_HOME to a folder that can",
        ) from None
    try:
        encoder = Descriptors()
        with CacheWriter(beside, encoder.description) as writer:
            for name, frames in sample_images().items():
                writer.add(_sample(name, frames, encoder))
        _put(beside, folder)
    finally:
        shutil.rmtree(beside, ignore_errors=True)


def _put(built: Path, folder: Path) -> None:
    """Moves a cache to its place, unless a sound one is there: another process was faster."""
    try:
        built.rename(folder)  # fails where something is there
    except OSError:
        try:
            open_cache(folder)
        except InputError:
            shutil.rmtree(folder, ignore_errors=True)  # damaged
            built.rename(folder)


def _sample(name: str, frames: Sequence[Image.Image], encoder: Descriptors) -> Sample:
    files = PICTURES[name]
    return Sample(
        id=name,
        clip=encoder.encode(frames),
        source=tuple(f"{SCHEME}{file}" for file in files),
        source_sha256=tuple(file_sha256(open_picture(file)) for file in files),
        image_size=(frames[0].height, frames[0].width),
        masks=_polygons()[name],
    )


def _picture(file: str) -> Image.Image:
    with Image.open(open_picture(file)) as image:
        return image.convert("RGB")


def _masks_text() -> bytes:
    return resources.files(__package__).joinpath("sample_masks.json").read_bytes()


@cache
def _polygons() -> dict[str, dict[str, list[Any]]]:
    polygons: dict[str, dict[str, list[Any]]] = json.loads(_masks_text())
    return polygons


def _fingerprint() -> str:
    """Of what the sample is made from, beside the encoder."""
    return hashlib.sha256(_masks_text()).hexdigest()[:8]
