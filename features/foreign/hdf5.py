"""Data sets of an HDF5 file, by their path in it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from ...core.errors import InputError
from ..arrays import Array

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
            yield name, file[name][()]


READ = _read
