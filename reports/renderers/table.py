"""Text for the terminal, drawn by Rich."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import takewhile

from rich import box
from rich.console import Console, Group
from rich.table import Table as RichTable
from rich.text import Text

from ..table import Cell, Column, Table
from . import Surface

SUFFIXES = (".txt",)

_TEXT = 30
"""Columns below which a text column is not made narrower to save a table from being split."""

_STYLES = {"none": "", "best": "bold", "second": "underline"}


def render(table: Table, surface: Surface) -> str:
    """The table as text; columns that do not fit go below, under the leading text columns."""
    console = Console(
        width=surface.width or 10_000,
        force_terminal=surface.styled,
        color_system="standard" if surface.styled else None,
        highlight=False,
        legacy_windows=False,
    )
    body = table.body()
    parts = [_part(body, columns) for columns in _fitting(table, console.width)]
    footer = [Text(line, style="dim") for line in table.footer()]
    with console.capture() as capture:
        console.print(Text(table.title, style="bold"))
        console.print(Group(*parts, *footer))
    return "\n".join(line.rstrip() for line in capture.get().splitlines()) + "\n"


def _fitting(table: Table, width: int) -> list[list[Column]]:
    """The columns in as few parts as fit the width, each led by the leading text columns."""

    def needed(column: Column) -> int:
        cells = [column.text(row.get(column.key)) for row in table.rows]
        longest = max(map(len, [column.heading, column.group, *cells]))
        # Text may wrap, down to a width that still reads; a number never does.
        return 3 + (min(longest, _TEXT) if column.kind == "text" else longest)

    lead = list(takewhile(lambda column: column.kind == "text", table.columns))
    parts = [list(lead)]
    for column in table.columns[len(lead) :]:
        if sum(map(needed, [*parts[-1], column])) > width and len(parts[-1]) > len(lead):
            parts.append(list(lead))
        parts[-1].append(column)
    return parts


def _part(body: Sequence[Sequence[Sequence[Cell]]], columns: Sequence[Column]) -> RichTable:
    drawn = RichTable(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False, padding=(0, 1))
    for column in columns:
        heading = f"{column.group}\n{column.heading}" if column.group else column.heading
        text = column.kind == "text"
        drawn.add_column(
            heading, justify="left" if text else "right", no_wrap=not text, overflow="fold"
        )
    shown = {column.key for column in columns}
    for block in body:
        for number, row in enumerate(block, start=1):
            drawn.add_row(
                *(
                    Text(cell.text, style=_STYLES[cell.mark])
                    for cell in row
                    if cell.column.key in shown
                ),
                end_section=number == len(block),
            )
    return drawn
