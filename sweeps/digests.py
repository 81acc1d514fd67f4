"""Digests of what decides the numbers: evtp's own code, a method's code, a cache's content."""

from __future__ import annotations

import ast
import hashlib
import json
import sys
from functools import cache, partial
from importlib.machinery import ModuleSpec
from importlib.metadata import version
from importlib.util import decode_source, find_spec, resolve_name
from pathlib import Path
from typing import Any

from ..coverage.measures import MEASURES
from ..pruners.method import Pruner, load, names

_LENGTH = 16
_ROOT = __package__.rpartition(".")[0]
# Where the numbers of a record come from; what these import is followed. The methods have digests
# of their own, so that one more method leaves the finished ones as they are.
_EVALUATION = (
    "coverage.cover",
    "features.masks",
    "pruners.selecting",
    "segmentation.recovery",
    "sweeps.cost",
    "sweeps.evaluate",
    "sweeps.recovery",
)
# Features reach a worker with a digest of their own; how they are stored decides no number.
_NOT_FOLLOWED = ("features.cache", "sweeps.digests")


def digest(value: Any) -> str:
    """A short SHA-256 of a JSON value."""
    text = json.dumps(value, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()[:_LENGTH]


@cache
def code_digest() -> str:
    """Of the source that evaluates a frame, methods apart."""
    measures = [f"coverage.measures.{name.replace('-', '_')}" for name in MEASURES.names()]
    return _digest_of([f"{_ROOT}.{name}" for name in (*_EVALUATION, *measures)])


def method_digest(pruner: Pruner) -> str:
    """Of a pruner's source and what it imports of its package; of a user's own file, of it too."""
    behind = _digest_of([module_of(pruner).__name__])
    return behind if pruner.file is None else digest([behind, source_of(pruner)])


def _digest_of(modules: list[str]) -> str:
    found = hashlib.sha256()
    for name, path in sorted(files_behind(modules).items()):
        found.update(name.encode())
        found.update(path.read_bytes())
    return found.hexdigest()[:_LENGTH]


def files_behind(modules: list[str]) -> dict[str, Path]:
    """By module the files of these modules and of all that they import relatively."""
    todo = list(modules)
    stop = {f"{_ROOT}.{name}" for name in _NOT_FOLLOWED}
    found: dict[str, Path] = {}
    while todo:
        name = todo.pop()
        spec = None if name in found or name in stop else _spec(name)
        if spec is None or spec.origin is None:
            continue
        found[name] = path = Path(spec.origin)
        package = name if path.name == "__init__.py" else name.rpartition(".")[0]
        if package and path.name != "__init__.py":
            # Kernels are imported by name, and only where they can be compiled.
            todo += [f"{package}.{kernel.stem}" for kernel in path.parent.glob("*_kernel.py")]
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom) and node.level:
                base = resolve_name("." * node.level + (node.module or ""), package)
                todo += [base, *(f"{base}.{alias.name}" for alias in node.names)]
    return found


def _spec(name: str) -> ModuleSpec | None:
    try:
        return find_spec(name)
    except ModuleNotFoundError:  # a function of a module, not a module of a package
        return None
    except ValueError:  # a user's own file, which is no module of a package
        return None


def module_of(pruner: Pruner) -> Any:
    """The module that a pruner's function is written in."""
    function = pruner.prune
    while isinstance(function, partial):
        function = function.func
    return sys.modules[function.__module__]


def has_a_name(pruner: Pruner) -> bool:
    """Whether another process finds the pruner by its name, as it does not a user's own file."""
    if pruner.file is not None or pruner.name.partition(":")[0] not in names():
        return False
    return module_of(load(pruner.name)) is module_of(pruner)


def source_of(pruner: Pruner) -> str:
    """The text of the file that a pruner is written in."""
    file = pruner.file or Path(module_of(pruner).__file__)
    return decode_source(file.read_bytes())


def installed() -> dict[str, str]:
    """The versions of what computes and writes the records."""
    return {name: version(name) for name in ("evtp", "numpy", "scipy", "numba", "pyarrow", "torch")}
