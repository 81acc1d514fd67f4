"""A table element for HTML, without a style of its own."""

from __future__ import annotations

from html import escape
from itertools import groupby

from ..names import named
from ..table import Cell, Record, Table, visible
from . import Surface

SUFFIXES = (".html", ".htm")

_LONG = 32
"""Characters above which a page may wrap a cell."""

_MARKS = {"none": "{}", "best": "<strong>{}</strong>", "second": "<u>{}</u>"}


def render(table: Table, surface: Surface) -> str:
    """A ``figure`` of the table, its caption and its notes; raw values in ``data-value``."""
    ids, table = table.rows, named(table)
    columns = table.columns
    head = ""
    if any(column.group for column in columns):
        spans = [(g, len(list(members))) for g, members in groupby(columns, key=lambda c: c.group)]
        head = "".join(f'<th colspan="{n}" scope="colgroup">{escape(g)}</th>' for g, n in spans)
        head = f"<tr>{head}</tr>\n"
    head += "<tr>" + "".join(f'<th scope="col">{escape(c.heading)}</th>' for c in columns) + "</tr>"
    bodies = []
    for block, numbers in zip(table.body(), table.blocks(), strict=True):
        lines = "\n".join(
            f"<tr{_method(ids[number])}>{''.join(map(_cell, row))}</tr>"
            for number, row in zip(numbers, block, strict=True)
        )
        bodies.append(f"<tbody>\n{lines}\n</tbody>")
    notes = "".join(f"<p>{escape(line)}</p>" for line in table.footer(marks=True))
    return (
        f"<figure>\n<table>\n<caption>{escape(table.title)}</caption>\n<thead>\n{head}\n</thead>\n"
        + "\n".join(bodies)
        + f"\n</table>\n<figcaption>{notes}</figcaption>\n</figure>\n"
    )


def _cell(cell: Cell) -> str:
    kind = "text" if cell.column.kind == "text" else "number"
    kind += " long" if len(cell.text) > _LONG else ""
    raw = "" if cell.value is None else escape(visible(str(cell.value)))
    # Every row shows what it belongs to, also once the reader has sorted or filtered the rows.
    text = escape(cell.column.text(cell.value))
    shown = _MARKS[cell.mark].format(text) if text else ""
    return f'<td class="{kind}" data-value="{raw}">{shown}</td>'


def _method(row: Record) -> str:
    """What a page filters rows by, where the row is about a method."""
    return f' data-method="{escape(visible(str(row["method"])))}"' if "method" in row else ""
