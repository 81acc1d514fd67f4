"""A table element for HTML, without a style of its own."""

from __future__ import annotations

from html import escape
from itertools import groupby

from ..table import Table
from . import Surface

SUFFIXES = (".html", ".htm")

_MARKS = {"none": "{}", "best": "<strong>{}</strong>", "second": "<u>{}</u>"}


def render(table: Table, surface: Surface) -> str:
    """A ``figure`` of the table, its caption and its notes; raw values in ``data-value``."""
    columns = table.columns
    head = ""
    if any(column.group for column in columns):
        spans = [(g, len(list(members))) for g, members in groupby(columns, key=lambda c: c.group)]
        head = "".join(f'<th colspan="{n}" scope="colgroup">{escape(g)}</th>' for g, n in spans)
        head = f"<tr>{head}</tr>\n"
    head += "<tr>" + "".join(f'<th scope="col">{escape(c.heading)}</th>' for c in columns) + "</tr>"
    marks = table.emphasis()
    bodies = []
    for block in table.blocks():
        lines = []
        for index in block:
            cells = []
            for column in columns:
                value = table.rows[index].get(column.key)
                text = escape(column.text(value))
                kind = "text" if column.kind == "text" else "number"
                raw = "" if value is None else escape(str(value))
                mark = _MARKS[marks.get((index, column.key), "none")].format(text) if text else ""
                cells.append(f'<td class="{kind}" data-value="{raw}">{mark}</td>')
            lines.append(f"<tr>{''.join(cells)}</tr>")
        bodies.append("<tbody>\n" + "\n".join(lines) + "\n</tbody>")
    notes = "".join(f"<p>{escape(line)}</p>" for line in table.footer())
    return (
        f"<figure>\n<table>\n<caption>{escape(table.title)}</caption>\n<thead>\n{head}\n</thead>\n"
        + "\n".join(bodies)
        + f"\n</table>\n<figcaption>{notes}</figcaption>\n</figure>\n"
    )
