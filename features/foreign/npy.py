"""NumPy arrays: one in a .npy, several by name in a .npz."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from ...core.errors import InputError
from ..arrays import Array
from . import unreadable

SUFFIXES = (".npy", ".npz")


def _read(path: Path) -> Iterator[tuple[str, Array]]:
    try:
        if path.suffix.lower() == ".npy":
            yield "", np.load(path, mmap_mode="r", allow_pickle=False)
            return
        with np.load(path, allow_pickle=False) as archive:
            for name in archive.files:
                yield name, archive[name]
    except (ValueError, EOFError, zipfile.BadZipFile) as error:
        if isinstance(error, InputError):
            raise
        if "Python objects" in str(error) or "Object arrays" in str(error):
            raise InputError(
                "input", path, "holds pickled objects, which can run code", "save plain arrays"
            ) from None
        raise unreadable(path, error) from None


READ = _read
