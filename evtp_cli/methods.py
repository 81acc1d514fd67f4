"""The pruners that ``--method`` and ``--pruner`` ask for."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from ..core.errors import InputError, unknown
from ..pruners.method import Pruner, from_file, load, names
from .options import split


def chosen_pruners(methods: Iterable[str] | None, files: Iterable[Path] | None) -> list[Pruner]:
    """The named methods, ``all`` standing for every one, then the user's own.

    Raises:
        InputError: for an unknown method or option, or a file that holds no pruner.
    """
    pruners: dict[str, Pruner] = {}
    for item in split(methods):
        if item.split(":")[0] not in [*names(), "all"]:
            raise unknown("method", item, [*names(), "all"])
        for name in names() if item == "all" else [item]:
            pruners[name] = load(name)
    for file in files or ():
        own = from_file(file)
        if own.name in pruners:
            raise InputError("pruner", file, "has the name of another method", "rename the file")
        pruners[own.name] = own
    if not pruners:
        raise InputError("method", "", "is empty", f"choose from {', '.join([*names(), 'all'])}")
    return list(pruners.values())
