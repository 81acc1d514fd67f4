"""Digests of what decides the numbers: evtp's own code, a method's code, a cache's content."""

from __future__ import annotations

import ast
import hashlib
import json
import sys
from collections.abc import Sequence
from functools import cache, partial
from importlib.machinery import ModuleSpec
from importlib.metadata import version
from importlib.util import decode_source, resolve_name
from pathlib import Path
from sysconfig import get_path
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
    """Of a pruner's source and what it imports; of a user's own file, of it too."""
    module = module_of(pruner).__name__
    if pruner.file is None:
        return _digest_of([module])
    source = source_of(pruner)
    return digest([_digest_of([module], _imports(source, "")), source])


def _digest_of(modules: Sequence[str], imported: Sequence[str] = ()) -> str:
    found = hashlib.sha256()
    for name, path in sorted(files_behind(modules, imported).items()):
        found.update(name.encode())
        found.update(path.read_bytes())
    return found.hexdigest()[:_LENGTH]


def files_behind(modules: Sequence[str], imported: Sequence[str] = ()) -> dict[str, Path]:
    """By module the files of these modules and of all that they import and that is not installed.

    Followed are imports inside the package of one of `modules`, and of what lies neither in the
    standard library nor among installed packages: in a folder of PYTHONPATH, say. Nothing is
    executed for it but what is imported already.

    Args:
        modules: the modules.
        imported: what a text that is no module imports.

    """
    roots = {_ROOT, *map(_top, modules)}
    stop = {f"{_ROOT}.{name}" for name in _NOT_FOLLOWED}
    todo = [*modules, *imported]
    found: dict[str, Path] = {}
    while todo:
        name = todo.pop()
        if name in stop:
            continue
        stop.add(name)
        spec = _spec(name)
        if spec is None or not spec.has_location or not str(spec.origin).endswith(".py"):
            continue
        path = Path(str(spec.origin))
        if not path.is_file() or (_top(name) not in roots and _is_installed(path)):
            continue  # what lies in an archive is taken for installed
        found[name] = path
        package = name if path.name == "__init__.py" else name.rpartition(".")[0]
        if package and path.name != "__init__.py":
            # Kernels are imported by name, and only where they can be compiled.
            todo += [f"{package}.{kernel.stem}" for kernel in path.parent.glob("*_kernel.py")]
        try:
            names = _imports(decode_source(path.read_bytes()), package)
        except (SyntaxError, ValueError):  # its text counts all the same
            continue
        if _top(name) == _ROOT:  # whose own imports are relative: the others are of packages
            todo += [each for each in names if _top(each) == _ROOT]
        else:
            todo += [*names, *_above(name)]
    return found


def _imports(source: str, package: str) -> list[str]:
    """What a module of the package imports, inside functions too, and what that lies in."""
    found: list[str] = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            found += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if node.level:
                try:
                    base = resolve_name("." * node.level + base, package)
                except ImportError:  # beyond the package: it fails where it is run
                    continue
            found += [base, *(f"{base}.{alias.name}" for alias in node.names)]
    return found


def _top(name: str) -> str:
    return name.partition(".")[0]


def _above(name: str) -> list[str]:
    """The packages that a module lies in, which run before it does."""
    parts = name.split(".")
    return [".".join(parts[:count]) for count in range(1, len(parts))]


def _is_installed(path: Path) -> bool:
    if {"site-packages", "dist-packages"} & set(path.parts):
        return True
    return any(path.is_relative_to(get_path(of)) for of in ("stdlib", "platstdlib"))


def _spec(name: str) -> ModuleSpec | None:
    """Where a module is; None for what is none, such as a function of a module."""
    if name in sys.modules:
        return getattr(sys.modules[name], "__spec__", None)
    parent = name.rpartition(".")[0]
    folders: Sequence[str] | None = None
    if parent:
        above = _spec(parent)
        if above is None or above.submodule_search_locations is None:
            return None
        folders = above.submodule_search_locations
    # As `importlib.util.find_spec`, which imports the package first.
    for finder in sys.meta_path:
        spec = finder.find_spec(name, folders)
        if spec is not None:
            return spec
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
