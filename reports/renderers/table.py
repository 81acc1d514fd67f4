"""Text for the terminal, drawn by Rich."""

from __future__ import annotations

from collections.abc import Sequence

from rich import box
from rich.console import Console, Group
from rich.table import Table as RichTable
from rich.text import Text

from ..table import Cell, Table
from . import Surface
from ._terminal_size import Part, parts_of, stacked

SUFFIXES = (".txt",)

_STYLES = {"none": "", "best": "bold", "second": "underline"}


def render(table: Table, surface: Surface) -> str:
    """The table as text; one that is too wide comes in parts, each led by the row's names."""
    console = Console(
        width=surface.width or 10_000,
        force_terminal=surface.styled,
        color_system="standard" if surface.styled else None,
        highlight=False,
        legacy_windows=False,
    )
    drawn: list[Text | RichTable] = [Text(table.title, style="bold")]
    parts = parts_of(table, console.width) if table.rows else []
    body = table.body()
    for number, part in enumerate(parts, start=1):
        if len(parts) > 1:
            what = f"Part {number} of {len(parts)}: {_contents(table, parts, part)}"
            drawn += [*([Text()] if number > 1 else []), Text(what, style="italic")]
        drawn += [*_group_headings(part), _grid(body, part)]
    if not table.rows:
        drawn.append(Text("none"))
    if footer := table.footer(marks=surface.styled):
        drawn += [Text(), *(Text(line, style="dim") for line in footer)]
    with console.capture() as capture:
        console.print(Group(*drawn))
    return "\n".join(line.rstrip() for line in capture.get().splitlines()) + "\n"


def _contents(table: Table, parts: Sequence[Part], part: Part) -> str:
    """What this part has that the others have not: its groups and columns by name."""
    return ", ".join(
        dict.fromkeys(
            column.group or column.title
            for column in part.columns
            if not all(column in other.columns for other in parts)
        )
    )


def _group_headings(part: Part) -> list[Text]:
    """A line of headings, each with a rule as wide as the columns that it stands above."""
    line = ""
    for group, start, width in part.spans:
        shown = f" {group} " if len(group) + 4 <= width else group
        line += " " * (start - len(line)) + shown.center(width, "─" if shown != group else " ")
    return [Text(line, style="bold", no_wrap=True, overflow="crop")] if line else []


def _grid(body: Sequence[Sequence[Sequence[Cell]]], part: Part) -> RichTable:
    drawn = RichTable(
        box=box.SIMPLE_HEAD,
        pad_edge=False,
        show_edge=False,
        # Rich adds the blank of its box between two columns.
        padding=(0, part.gap - 2, 0, 1),
    )
    headings = [
        stacked(column.heading, width)
        for column, width in zip(part.columns, part.widths, strict=True)
    ]
    height = max(map(len, headings))
    for column, width, lines in zip(part.columns, part.widths, headings, strict=True):
        drawn.add_column(
            "\n".join([""] * (height - len(lines)) + lines),
            justify="left" if column.kind == "text" else "right",
            overflow="fold",
            width=width,
        )
    shown = {column.key for column in part.columns}
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
