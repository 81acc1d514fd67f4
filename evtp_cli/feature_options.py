"""The options that the commands share which write a cache of features."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any

import typer

from ..core.errors import InputError

PathsArgument = Annotated[list[str] | None, typer.Argument(metavar="PATH", help="More inputs.")]
CacheOutput = Annotated[
    str,
    typer.Option(
        "--output", "-o", metavar="FOLDER", help="Where to write. A folder or an fsspec URL."
    ),
]
CacheDtypeOption = Annotated[
    str,
    typer.Option(
        "--cache-dtype",
        metavar="NAME",
        help="Number format of the features on disk: `float16`, `bfloat16` or `float32`.",
    ),
]
ShardSizeOption = Annotated[
    int,
    typer.Option("--shard-size", metavar="MIB", min=1, help="Bound of a file of the cache."),
]


def input_option(kinds: str) -> Any:
    """The option of the inputs, of these kinds."""
    return typer.Option(
        "--input",
        "-i",
        metavar="PATH",
        help=f"What to read: a file or a folder. {kinds} Repeat, or add more paths behind it.",
    )


def given(input: Sequence[str] | None, paths: Sequence[str] | None) -> list[str]:
    """Every input that the command line names.

    Raises:
        InputError: where it names none.

    """
    found = [*(input or ()), *(paths or ())]
    if not found:
        raise InputError("input", "", "is not given", "name files, folders or lists")
    return found
