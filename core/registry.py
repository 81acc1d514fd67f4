"""Members of one kind, one file each, found by listing the folder they lie in."""

from __future__ import annotations

import ast
import importlib
import pkgutil
from collections.abc import Iterator
from pathlib import Path
from typing import Generic, TypeVar

from .errors import unknown

T = TypeVar("T")


class Registry(Generic[T]):
    """The modules of a package, each holding one member under an agreed attribute.

    A member's name is its file's name with hyphens (``kcenter_spatial.py`` is
    ``kcenter-spatial``), so that the names and their one-line summaries are known without
    importing anything, and a look-up imports one file only. A new file is a new member.

    Args:
        kind: what a member is called in messages, and the parameter that names it (``method``).
        package: the dotted name of the package whose modules are the members.
        attribute: the name under which each module holds its member.

    """

    def __init__(self, kind: str, package: str, attribute: str) -> None:
        self.kind = kind
        self.package = package
        self.attribute = attribute

    def _files(self) -> dict[str, Path]:
        paths = importlib.import_module(self.package).__path__
        return {
            module.name.replace("_", "-"): Path(path) / f"{module.name}.py"
            for path in paths
            for module in sorted(pkgutil.iter_modules([path]), key=lambda m: m.name)
            if not module.name.startswith("_")
        }

    def names(self) -> list[str]:
        """The names of all members, sorted."""
        return sorted(self._files())

    def summary(self, name: str) -> str:
        """The first line of a member's docstring, read without importing it."""
        source = self._files()[name].read_text(encoding="utf-8")
        doc = ast.get_docstring(ast.parse(source)) or ""
        return doc.splitlines()[0] if doc else ""

    def load(self, name: str) -> T:
        """The member called `name`; an unknown name is an `InputError` with suggestions."""
        if name not in self._files():
            raise unknown(self.kind, name, self.names())
        module = importlib.import_module(f"{self.package}.{name.replace('-', '_')}")
        member: T = getattr(module, self.attribute)
        return member

    def __iter__(self) -> Iterator[tuple[str, T]]:
        for name in self.names():
            yield name, self.load(name)
