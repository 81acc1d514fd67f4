"""Text for the terminal, drawn by Rich."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import takewhile

from rich import box
from rich.console import Console, Group
from rich.measure import Measurement
from rich.table import Table as RichTable
from rich.text import Text

from ..table import Column, Table
from . import Surface

SUFFIXES = (".txt",)

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
    parts = [_part(table, columns) for columns in _fitting(table, console)]
    footer = [Text(line, style="dim") for line in table.footer()]
    with console.capture() as capture:
        console.print(Text(table.title, style="bold"))
        console.print(Group(*parts, *footer))
    return "\n".join(line.rstrip() for line in capture.get().splitlines()) + "\n"


def _fitting(table: Table, console: Console) -> list[list[Column]]:
    """The columns in as few parts as fit the width, each led by the leading text columns."""

    def fits(columns: Sequence[Column]) -> bool:
        part = _part(table, columns)
        return Measurement.get(console, console.options, part).maximum <= console.width

    columns = list(table.columns)
    if fits(columns):
        return [columns]
    lead = list(takewhile(lambda column: column.kind == "text", columns))
    parts: list[list[Column]] = []
    for column in columns[len(lead) :]:
        if parts and fits([*parts[-1], column]):
            parts[-1].append(column)
        else:
            parts.append([*lead, column])
    return parts or [columns]


def _part(table: Table, columns: Sequence[Column]) -> RichTable:
    drawn = RichTable(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False, padding=(0, 1))
    for column in columns:
        heading = f"{column.group}\n{column.heading}" if column.group else column.heading
        text = column.kind == "text"
        drawn.add_column(heading, justify="left" if text else "right", no_wrap=not text)
    marks = table.emphasis()
    for block in table.blocks():
        for index in block:
            row = table.rows[index]
            drawn.add_row(
                *(
                    Text(
                        column.text(row.get(column.key)),
                        style=_STYLES[marks.get((index, column.key), "none")],
                    )
                    for column in columns
                ),
                end_section=index == block[-1],
            )
    return drawn
