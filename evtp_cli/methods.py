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

    A method may be one of the files, by its name with options: ``mine:power=1``.

    Args:
        methods: of ``--method``.
        files: of ``--pruner``.
        default: the methods where neither names any.

    Raises:
        InputError: for an unknown method or option, or a file that holds no pruner.
    """
    from ..pruners.method import from_file, load, names

    own: dict[str, Pruner] = {}
    for file in files or ():
        found = from_file(file)
        if found.name in own or found.name in names():
            raise InputError("pruner", file, "has the name of another method", "rename the file")
        own[found.name] = found
    pruners: dict[str, Pruner] = {}
    for item in split(methods or (() if files else default)):
        name, *settings = item.split(":")
        if name in own:
            pruners[item] = own[name].with_options(settings) if settings else own[name]
        elif name.endswith(".py"):
            raise InputError("method", item, "is a file", f"give it as --pruner {name}")
        elif name not in [*names(), "all"]:
            raise unknown("method", item, [*names(), "all", *own])
        else:
            pruners |= {each: load(each) for each in (names() if item == "all" else [item])}
    pruners |= own
    if not pruners:
        raise InputError("method", "", "is empty", f"choose from {', '.join([*names(), 'all'])}")
    return list(pruners.values())
