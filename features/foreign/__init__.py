"""Files of features that others wrote, one kind a module.

A module has `SUFFIXES`, and `READ`: from a path to the names and arrays in it, one at a time; a
file that holds one nameless array gives it the name "".
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

from ...core.errors import InputError
from ...core.registry import Registry
from ..arrays import Array

Read = Callable[[Path], Iterator[tuple[str, Array]]]

READERS: Registry[Read] = Registry("kind of file", __name__, "READ")
_SUFFIXES: Registry[tuple[str, ...]] = Registry("kind of file", __name__, "SUFFIXES")


def read(path: Path) -> Iterator[tuple[str, Array]]:
    """The arrays of a file, of any shape, by name; read as its ending says.

    Raises:
        InputError: for an ending that none reads, and where the file is not what it says.

    """
    known: list[str] = []
    for name, endings in _SUFFIXES:
        known += endings
        if path.suffix.lower() in endings:
            reader = READERS.load(name)
            break
    else:
        raise InputError(
            "input", path, f"the ending {path.suffix!r} is not known", f"use {', '.join(known)}"
        )
    try:
        yield from reader(path)
    except InputError:
        raise
    except Exception as error:  # what a library raises for a damaged file is a matter of luck
        reason = " ".join(str(error).split()).split(". ")[0] or type(error).__name__
        raise InputError("input", path, f"cannot be read ({reason})", "write it anew") from None


def suffixes() -> frozenset[str]:
    """All endings that are known."""
    return frozenset(suffix for _, known in _SUFFIXES for suffix in known)


def says_more(path: Path, name: str, remedy: str) -> InputError:
    """The error for an array of which the file holds less than the shape says."""
    return InputError("input", path, f"holds less of {name} than its shape says", remedy)


def runs_code(path: Path, remedy: str) -> InputError:
    """The error for a file whose reading would run code that lies in it."""
    return InputError("input", path, "holds pickled objects, which can run code", remedy)
