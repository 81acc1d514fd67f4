"""Digests of what decides the numbers: evtp's own code, a method's code, a cache's content."""

from __future__ import annotations

import hashlib
import importlib
import json
import sys
from functools import cache, partial
from importlib.metadata import version
from pathlib import Path
from typing import Any

from ..pruners.method import Pruner, load, names

_LENGTH = 16
# What a number in a record depends on; the methods have digests of their own, so that one more
# method leaves the finished ones as they are.
_PARTS = {
    "core": "*.py",
    "features": "*.py",
    "pruners": "*.py",
    "coverage": "**/*.py",
    "segmentation": "*.py",
    "flops": "*.py",
    "sweeps": "*.py",
}


def digest(value: Any) -> str:
    """A short SHA-256 of a JSON value."""
    text = json.dumps(value, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()[:_LENGTH]


@cache
def code_digest() -> str:
    """Of the source that evaluates a frame, methods apart."""
    found = hashlib.sha256()
    root = __package__.rpartition(".")[0]
    for part, pattern in _PARTS.items():
        for folder in importlib.import_module(f"{root}.{part}").__path__:
            for path in sorted(Path(folder).glob(pattern)):
                found.update(f"{part}/{path.relative_to(folder).as_posix()}\n".encode())
                found.update(path.read_bytes())
    return found.hexdigest()[:_LENGTH]


def module_of(pruner: Pruner) -> Any:
    """The module that a pruner's function is written in."""
    function = pruner.prune
    while isinstance(function, partial):
        function = function.func
    return sys.modules[function.__module__]


def has_a_name(pruner: Pruner) -> bool:
    """Whether another process finds the pruner by its name, as it does not a user's own file."""
    if pruner.name.partition(":")[0] not in names():
        return False
    return module_of(load(pruner.name)) is module_of(pruner)


def source_of(pruner: Pruner) -> str:
    """The text of the file that a pruner is written in."""
    return Path(module_of(pruner).__file__).read_text(encoding="utf-8")


def installed() -> dict[str, str]:
    """The versions of what computes and writes the records."""
    return {name: version(name) for name in ("evtp", "numpy", "scipy", "numba", "pyarrow", "torch")}
