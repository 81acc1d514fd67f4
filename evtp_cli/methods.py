"""The pruners that ``--method`` and ``--pruner`` ask for."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from ..core.errors import InputError, unknown
from .options import split
from .output import note
from .remarks import remark

if TYPE_CHECKING:
    from ..pruners.method import Pruner


ALL = ("all",)


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
    from ..pruners.method import from_file, load, names, taken

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
        elif "=" in name:
            remedy = "join the options of a method by colons: NAME:OPTION=VALUE:OTHER=VALUE"
            raise InputError("method", item, "is an option without its method", remedy)
        elif name not in [*names(), "all"]:
            raise unknown("method", item, [*names(), "all", *own])
        elif item == "all":
            pruners |= _all()
        else:
            pruners[item] = load(item)
    for name in sorted({pruner.name.partition(":")[0] for pruner in pruners.values()} & {*taken()}):
        remark(f"{name} is evtp's own: {taken_said(name)}")
    pruners |= own
    if not pruners:
        raise InputError("method", "", "is empty", f"choose from {', '.join([*names(), 'all'])}")
    return list(pruners.values())


def _all() -> dict[str, Pruner]:
    """All methods by name; one of an installed package that cannot be had is left out."""
    from ..pruners.method import load, names

    found: dict[str, Pruner] = {}
    for name in names():
        try:
            found[name] = load(name)
        except InputError as error:
            remark(f"left out: {name}, which {error.problem}; {error.remedy}")
    return found


def taken_said(name: str) -> str:
    """What a package has to do whose method has the name of a built-in one."""
    from ..pruners.method import taken

    return f"the pruner {name} of {taken()[name]} cannot be used until it has another name"


def fed(
    pruners: Sequence[Pruner], methods: Iterable[str] | None, inputs: Collection[str]
) -> list[Pruner]:
    """The pruners that get what they need; where `all` was asked for, others are left out.

    Each that is left out is named on stderr. One that was asked for by its name is not: it is told
    what it lacks when it runs.

    Args:
        pruners: of `chosen_pruners`.
        methods: of ``--method``.
        inputs: what the frames have beside features.

    Raises:
        InputError: where none is left.

    """
    if "all" not in split(methods):
        return list(pruners)
    lacking = {p.name: need for p in pruners for need in p.needs if need not in inputs}
    for name, need in lacking.items():
        note(f"left out: {name}, which needs {need}, and the cache has none")
    left = [p for p in pruners if p.name not in lacking]
    if not left:
        raise InputError("method", "all", "leaves none that the cache can feed", "name another")
    return left
