"""The pruners that ``--method`` and ``--pruner`` ask for."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from ..core.errors import InputError, unknown
from .options import split

if TYPE_CHECKING:
    from ..pruners.method import Pruner


def chosen_pruners(
    methods: Iterable[str] | None, files: Iterable[Path] | None, default: Iterable[str] = ()
) -> list[Pruner]:
    """The named methods, ``all`` standing for every one, then the user's own.

    Args:
        methods: of ``--method``.
        files: of ``--pruner``.
        default: the methods where neither names any.

    Raises:
        InputError: for an unknown method or option, or a file that holds no pruner.
    """
    from ..pruners.method import from_file, load, names

    pruners: dict[str, Pruner] = {}
    for item in split(methods or (() if files else default)):
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
