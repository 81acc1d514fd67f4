"""Tensors by name in a .safetensors."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from ..arrays import Array

SUFFIXES = (".safetensors",)


def _read(path: Path) -> Iterator[tuple[str, Array]]:
    from safetensors import safe_open

    # As torch tensors: NumPy has no bfloat16.
    with safe_open(path, framework="pt") as file:
        for name in file.keys():  # noqa: SIM118 - not a mapping
            yield name, file.get_tensor(name)


READ = _read
