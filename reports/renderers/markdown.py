"""A pipe table for Markdown, drawn by tabulate."""

from __future__ import annotations

import re

from tabulate import tabulate

from ..names import named
from ..table import Table
from . import Surface

SUFFIXES = (".md", ".markdown")

_MARKS = {"none": "{}", "best": "**{}**", "second": "<u>{}</u>"}


def escape(text: str) -> str:
    """`text` with the characters that Markdown would act on made harmless."""
    return re.sub(r"([\\`*_{}\[\]<>&#|~])", r"\\\1", " ".join(text.split()))


def render(table: Table, surface: Surface) -> str:
    """The table with its title in bold above and its footer below."""
    table = named(table)
    body = [
        [_MARKS[cell.mark].format(escape(cell.text)) if cell.text else "" for cell in row]
        for block in table.body()
        for row in block
    ]
    drawn = tabulate(
        body,
        headers=[escape(f"{c.group} {c.heading}" if c.group else c.heading) for c in table.columns],
        tablefmt="pipe",
        colalign=["left" if c.kind == "text" else "right" for c in table.columns],
        disable_numparse=True,
    )
    footer = "".join(f"\n{escape(line)}\n" for line in table.footer(marks=True))
    return f"**{escape(table.title)}**\n\n{drawn}\n{footer}"
