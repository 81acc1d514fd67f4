"""A booktabs table for LaTeX whose numbers siunitx aligns on the decimal point."""

from __future__ import annotations

from ..table import Cell, Table
from . import Surface
from .latex import draw

SUFFIXES: tuple[str, ...] = ()

_SETTINGS = r"\sisetup{group-separator={,},group-minimum-digits=4,text-series-to-math=true}"


def render(table: Table, surface: Surface) -> str:
    r"""A float that needs ``\usepackage{array,booktabs,siunitx}``, siunitx 3, and UTF-8 input."""
    formats = {
        index: _format([row[index] for block in table.body() for row in block])
        for index, column in enumerate(table.columns)
        if column.kind != "text"
    }
    alignments = {index: f"S[table-format={form}]" for index, form in formats.items()}
    keys = {column.key: formats.get(index, "") for index, column in enumerate(table.columns)}

    def number(cell: Cell) -> str:
        text = cell.text.replace(",", "")
        if cell.mark == "none":
            return text
        # A marked number is boxed as wide as the column's numbers, so it stays on the point.
        boxed = rf"\tablenum[table-format={keys[cell.column.key]}]{{{text}}}"
        return rf"{{\bfseries {boxed}}}" if cell.mark == "best" else rf"{{\underline{{{boxed}}}}}"

    return draw(table, alignments, number, _SETTINGS)


def _format(cells: list[Cell]) -> str:
    """How many digits the numbers of a column have before and after the point."""
    numbers = [
        cell.text.replace(",", "")
        for cell in cells
        if cell.text and not isinstance(cell.value, str | bool)
    ]
    sign = "+" if any(number[0] in "+-" for number in numbers) else ""
    whole = max((len(number.lstrip("+-").partition(".")[0]) for number in numbers), default=1)
    decimals = max((len(number.partition(".")[2]) for number in numbers), default=0)
    return f"{sign}{whole}.{decimals}"
