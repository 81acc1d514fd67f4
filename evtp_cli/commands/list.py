"""`evtp list`: what there is, with one line each."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated

import typer

from ...reports.renderers import FORMATS, SUFFIXES
from ...reports.table import Column, Table
from ..options import FormatOption, OutputOption, choose
from ..output import Output


def _formats() -> Table:
    return Table(
        title="Formats",
        columns=[Column("name", "Format"), Column("endings", "Endings"), Column("summary", "What")],
        rows=[
            {
                "name": name,
                "endings": " ".join(SUFFIXES.load(name)),
                "summary": FORMATS.summary(name),
            }
            for name in FORMATS.names()
        ],
    )


TABLES: dict[str, Callable[[], Table]] = {"formats": _formats}


def run(
    kind: Annotated[str, typer.Argument(metavar="KIND", help="pruners, datasets, models, formats")],
    format: FormatOption = None,
    output: OutputOption = None,
) -> None:
    """List the pruners, data sets, models or formats, one line each."""
    destination = Output.to(format, output)
    (name,) = choose("kind", [kind], list(TABLES))
    destination.write(TABLES[name]())
