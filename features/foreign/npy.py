"""NumPy arrays: one in a .npy, several by name in a .npz."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from ..arrays import Array
from . import runs_code

SUFFIXES = (".npy", ".npz")


def _read(path: Path) -> Iterator[tuple[str, Array]]:
    try:
        if path.suffix.lower() == ".npy":
            yield "", np.load(path, mmap_mode="r", allow_pickle=False)
            return
        with np.load(path, allow_pickle=False) as archive:
            for name in archive.files:
                yield name, archive[name]
    except ValueError as error:
        if "Python objects" in str(error) or "Object arrays" in str(error):
            raise runs_code(path, "save plain arrays") from None
        raise


READ = _read
