"""A booktabs table for LaTeX whose numbers siunitx aligns on the decimal point."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from ..table import Cell, Table
from . import Surface
from .latex import draw

SUFFIXES: tuple[str, ...] = ()

_SETTINGS = (
    r"\sisetup{group-digits=integer,group-separator={,},group-minimum-digits=4,"
    r"text-series-to-math=true}"
)


class _Digits(NamedTuple):
    """How many digits numbers have before and after the point, and whether one has a sign."""

    sign: bool
    whole: int
    decimals: int

    @classmethod
    def of(cls, cells: Sequence[Cell]) -> _Digits:
        numbers = [
            cell.text.replace(",", "")
            for cell in cells
            if cell.text and not isinstance(cell.value, str | bool)
        ]
        split = [number.lstrip("+-").partition(".") for number in numbers]
        return cls(
            any(number[0] in "+-" for number in numbers),
            max((len(whole) for whole, _, _ in split), default=1),
            max((len(decimals) for _, _, decimals in split), default=0),
        )

    @property
    def format(self) -> str:
        return f"{'+' if self.sign else ''}{self.whole}.{self.decimals}"


def render(table: Table, surface: Surface) -> str:
    """A float in UTF-8 that needs siunitx 3 beside the packages that its first line names."""
    rows = [row for block in table.body() for row in block]
    digits = {
        column.key: _Digits.of([row[index] for row in rows])
        for index, column in enumerate(table.columns)
        if column.kind != "text"
    }
    alignments = {
        index: f"S[table-format={digits[column.key].format}]"
        for index, column in enumerate(table.columns)
        if column.key in digits
    }

    def number(cell: Cell) -> str:
        text = cell.text.replace(",", "")
        if cell.mark == "none":
            return text
        # Boxed as wide as it is, after room for the digits that it lacks: so it stays on the
        # point, and a line below it is as long as the number.
        own = _Digits.of([cell])
        room = r"\phantom{0}" * (digits[cell.column.key].whole - own.whole)
        boxed = rf"\tablenum[table-format={own.format}]{{{text}}}"
        marked = rf"\bfseries {boxed}" if cell.mark == "best" else rf"\underline{{{boxed}}}"
        return f"{{{room}{marked}}}"

    return draw(table, alignments, number, _SETTINGS, ["siunitx"])
