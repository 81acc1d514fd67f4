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


def reader_of(path: Path) -> Read:
    """What reads this file, by its ending.

    Raises:
        InputError: for an ending that none reads.

    """
    known: list[str] = []
    for name, suffixes in _SUFFIXES:
        if path.suffix.lower() in suffixes:
            return READERS.load(name)
        known += suffixes
    raise InputError(
        "input", path, f"the ending {path.suffix!r} is not known", f"use {', '.join(known)}"
    )


def suffixes() -> frozenset[str]:
    """All endings that are known."""
    return frozenset(suffix for _, known in _SUFFIXES for suffix in known)


def unreadable(path: Path, reason: object) -> InputError:
    """The error for a file that is not what its ending says."""
    text = " ".join(str(reason).split())
    return InputError("input", path, f"cannot be read ({text})", "write it anew")
