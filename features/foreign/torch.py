"""Tensors saved by torch in a .pt or .pth: one, or several by name or in a list."""

from __future__ import annotations

import pickle
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from ...core.errors import InputError
from ..arrays import Array
from . import runs_code, says_more

SUFFIXES = (".pt", ".pth")


def _read(path: Path) -> Iterator[tuple[str, Array]]:
    import torch

    # Files from before torch 1.6 are no archives, and cannot be mapped.
    mapped = zipfile.is_zipfile(path)
    try:
        content = torch.load(path, map_location="cpu", weights_only=True, mmap=mapped)
    except pickle.UnpicklingError as error:
        if "weights" in str(error).lower():
            raise runs_code(path, "save a tensor or a dict of tensors") from None
        raise
    yield from _flat("", content, path)


def _flat(name: str, content: Any, path: Path) -> Iterator[tuple[str, Array]]:
    import torch

    if isinstance(content, torch.Tensor):
        if content.numel() > content.untyped_storage().nbytes() // content.element_size():
            raise says_more(path, name or "the tensor", "save a copy of it: tensor.contiguous()")
        yield name, content
    elif isinstance(content, Mapping | list | tuple):
        pairs = content.items() if isinstance(content, Mapping) else enumerate(content)
        for key, value in pairs:
            yield from _flat(f"{name}/{key}" if name else str(key), value, path)
    elif content is not None:
        raise InputError(
            "input", path, f"holds a {type(content).__name__} under {name!r}", "save tensors only"
        )


READ = _read
