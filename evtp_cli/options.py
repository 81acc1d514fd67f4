"""The options that several commands share: one name, one meaning, one help text."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Annotated

import typer

from ..core.budget import PER_CENT, Keep, count_said, keep_key, parse_keep
from ..core.errors import InputError, unknown
from .remarks import remark

# The first sentence says what an option means and is the same in every command; what follows is
# how this command reads it. A default that is not a value of the option stands in brackets.
REPEAT = "Repeat or separate by commas."
KEEP = "Tokens kept of a frame: a ratio (0.1 or 10%) or a whole count (73)."
METHOD = "A pruner of `evtp list pruners`."
SEED = "Seed of a method that draws at random."
GRID = "Rows and columns of the tokens of a frame."
FRAMES = "Frames of a clip."
DEVICE = "Where torch computes: `auto`, `cpu`, `cuda`, `cuda:1` or `mps`."
DTYPE = "Number format of weights and activations."
ROUNDS = "How often each is timed."
FORMAT = "`table`, `latex`, `siunitx`, `markdown`, `csv`, `json` or `html`."
THREADS = "Threads that prune frames side by side."

KeepOption = Annotated[
    list[str] | None, typer.Option("--keep", metavar="RATIO|COUNT", help=f"{KEEP} {REPEAT}")
]
_TYPED = 5
"""More keeps than this come of a range, which is no slip."""

KEEPS = ["5%", "10%", "20%"]
"""The ratios of the paper, which commands take by default."""

ONE_KEEP = ["10%"]
"""The ratio of commands whose output of several would be long."""

OneKeepOption = Annotated[str, typer.Option("--keep", metavar="RATIO|COUNT", help=KEEP)]
MethodOption = Annotated[
    list[str] | None,
    typer.Option(
        "--method",
        "-m",
        metavar="METHOD",
        help=f"{METHOD} `all` stands for every one, NAME:OPTION=VALUE sets an option. {REPEAT}",
    ),
]
PrunerOption = Annotated[
    list[Path] | None,
    typer.Option("--pruner", metavar="FILE", help="A pruner of your own: a Python file. Repeat."),
]
SeedsOption = Annotated[
    int,
    typer.Option(
        "--seeds", metavar="N", min=1, help="Runs of a method that draws at random: seeds 0, 1, ..."
    ),
]
SeedOption = Annotated[int, typer.Option("--seed", metavar="N", min=0, help=SEED)]
CacheOption = Annotated[
    str | None,
    typer.Option(
        "--cache",
        metavar="FOLDER",
        help="Features to read: a folder that `evtp features` wrote, or an fsspec URL. "
        "\\[default: the built-in sample of photographs]",
    ),
]
PlotOption = Annotated[
    Path | None,
    typer.Option(
        "--plot", metavar="FILE", help="Also draw a figure: PNG, PDF or SVG, 3.35 or 6.9 in wide."
    ),
]
FormatOption = Annotated[
    str | None,
    typer.Option(
        "--format",
        metavar="NAME",
        help=f"{FORMAT} \\[default: by the ending of --output; table on a terminal, csv in a pipe]",
    ),
]
OutputOption = Annotated[
    Path | None,
    typer.Option(
        "--output",
        "-o",
        metavar="FILE",
        help="Where to write. Its ending picks the format. \\[default: stdout]",
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


def one_of(name: str, value: str, choices: Sequence[str]) -> str:
    """The value, which is among the choices.

    Raises:
        InputError: where it is not, with suggestions.

    """
    if value not in choices:
        raise unknown(name, value, choices)
    return value


def grid_of(text: str) -> tuple[int, int]:
    """Rows and columns from a text such as 27x27.

    Raises:
        InputError: where it is none.

    """
    rows, _, columns = text.lower().partition("x")
    if not (rows.isdecimal() and columns.isdecimal()):
        raise InputError("grid", text, "is no grid", "write rows x columns, such as 27x27")
    return int(rows), int(columns)


def one_keep(value: str) -> Keep:
    """The keep of a command that takes one.

    Raises:
        InputError: where it is out of range or no number, or where there are several.

    """
    found = keeps([value])
    if len(found) > 1:
        raise InputError("keep", value, "is several, where one is counted", "give one of them")
    return found[0]


def keeps(values: Iterable[str] | None) -> list[Keep]:
    """The keep ratios and counts of ``--keep``; a count that may be meant in per cent is remarked.

    Raises:
        InputError: where one is out of range or no number.

    """
    items = split(values)
    if not items:
        raise InputError("keep", "", "is empty", "give a ratio such as 0.1, or a count")
    # 0.1 and 10% are one ratio, 1 (a count) and 1.0 (all) are two, though 1 == 1.0.
    found = list({keep_key(keep): keep for keep in map(parse_keep, items)}.values())
    few = min((keep for keep in found if isinstance(keep, int)), default=PER_CENT + 1)
    if few <= PER_CENT and len(found) <= _TYPED:
        remark(f"--keep {few} {count_said(few)}")
    return found
