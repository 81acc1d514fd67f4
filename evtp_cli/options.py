"""The options that several commands share: one name, one meaning, one help text."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Annotated

import typer

from ..core.budget import Keep, parse_keep
from ..core.errors import InputError, unknown

KeepOption = Annotated[
    list[str] | None,
    typer.Option(
        "--keep",
        metavar="RATIO|COUNT",
        help="Tokens kept of a frame: a ratio (0.1 or 10%) or a whole count (73). "
        "Repeat or separate by commas.",
    ),
]
MethodOption = Annotated[
    list[str] | None,
    typer.Option(
        "--method",
        "-m",
        metavar="METHOD",
        help="A pruner of `evtp list pruners`, `all` of them, or with options "
        "NAME:OPTION=VALUE. Repeat or separate by commas.",
    ),
]
PrunerOption = Annotated[
    list[Path] | None,
    typer.Option("--pruner", metavar="FILE", help="A pruner of your own: a Python file. Repeat."),
]
SeedsOption = Annotated[
    int,
    typer.Option(
        "--seeds", metavar="N", min=1, help="Seeds that a method drawing at random is run with."
    ),
]
SeedOption = Annotated[
    int,
    typer.Option("--seed", metavar="N", min=0, help="The seed of a method that draws at random."),
]
CacheOption = Annotated[
    str | None,
    typer.Option(
        "--cache",
        metavar="FOLDER",
        help="Features to read: a folder that `evtp features` wrote, or an fsspec URL. "
        "\\[default: the built-in sample of photographs]",
    ),
]
FormatOption = Annotated[
    str | None,
    typer.Option(
        "--format",
        metavar="FORMAT",
        help="table, latex, siunitx, markdown, csv, json or html. By default table on a terminal, "
        "csv in a pipe.",
    ),
]
OutputOption = Annotated[
    Path | None,
    typer.Option(
        "--output",
        "-o",
        metavar="FILE",
        help="Write to this file instead of stdout; its ending picks the format.",
    ),
]


def split(values: Iterable[str] | None) -> list[str]:
    """The items of an option that is repeated, comma-separated, or both; without repetitions."""
    items = [item.strip() for value in values or () for item in value.split(",")]
    return list(dict.fromkeys(item for item in items if item))


def choose(name: str, values: Iterable[str] | None, choices: Sequence[str]) -> list[str]:
    """The named choices, ``all`` standing for every one.

    Raises:
        InputError: for a name that is not among the choices, with suggestions.

    """
    chosen: list[str] = []
    for item in split(values):
        if item != "all" and item not in choices:
            raise unknown(name, item, [*choices, "all"])
        chosen += choices if item == "all" else [item]
    if not chosen:
        raise InputError(name, "", "is empty", f"choose from {', '.join(choices)}")
    return list(dict.fromkeys(chosen))


def keeps(values: Iterable[str] | None, default: Sequence[str]) -> list[Keep]:
    """The keep ratios and counts of ``--keep``, or the default ones.

    Raises:
        InputError: where one is out of range or no number.

    """
    items = split(values if values is not None else default)
    if not items:
        raise InputError("keep", "", "is empty", "give a ratio such as 0.1, or a count")
    # 0.1 and 10% are one ratio, 1 (a count) and 1.0 (all) are two, though 1 == 1.0.
    return list({(type(keep), keep): keep for keep in map(parse_keep, items)}.values())
