"""Data sets of an HDF5 file, by their path in it."""

from __future__ import annotations

import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ...core.errors import InputError
from ..arrays import Array
from . import says_more

SUFFIXES = (".h5", ".hdf5")


def _read(path: Path) -> Iterator[tuple[str, Array]]:
    try:
        import h5py
    except ImportError:
        raise InputError(
            "input", path, "needs h5py", "install the extra: pip install 'evtp[hdf5]'"
        ) from None
    with h5py.File(path, "r") as file:
        names: list[str] = []
        file.visititems(
            lambda name, node: names.append(name) if isinstance(node, h5py.Dataset) else None
        )
        for name in names:
            if not _is_whole(file[name]):
                raise says_more(path, name, "write it to its end: what is missing reads as zeros")
            yield name, file[name][()]


def _is_whole(array: Any) -> bool:
    """Whether all of it was written; the file has no room for what was not."""
    if array.chunks is None:
        return bool(array.id.get_storage_size() >= array.nbytes)
    chunks = math.prod(
        -(-size // chunk) for size, chunk in zip(array.shape, array.chunks, strict=True)
    )
    return bool(array.id.get_num_chunks() >= chunks)


READ = _read
