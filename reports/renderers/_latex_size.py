"""How a LaTeX table fits its page: which float, which type size, which columns wrap."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from math import ceil
from typing import NamedTuple

from ..table import Cell, Table

COLUMN = 241.0
"""Width of a two-column paper's column in points, the narrowest place a table has to fit."""

PAGE = 498.0
"""Width of its page in points."""

_SEPARATION = 6.0
_TIGHT = 3.0
_HEIGHT = 520.0
"""Points that the rows of one float may take; the rest of a page is caption, head and notes."""

_WRAPPED = 20
"""A text column is wrapped only where its longest cell has more characters than this."""

# Size command, mean width of a character, distance of lines, in points. Widths are those of running
# text in Computer Modern and a little more, since figures and capitals are wider.
_SIZES = ((r"\small", 5.0, 11.0), (r"\footnotesize", 4.5, 9.5), (r"\scriptsize", 4.0, 8.0))


class Size(NamedTuple):
    r"""How to set a table.

    Args:
        wide: whether it spans both columns of the page.
        command: the size command.
        separation: ``\tabcolsep`` in points.
        stacked: whether the words of a heading stand one below the other.
        wrapped: by column number the width in points of a column whose text wraps.
        character: mean width of a character in points.
        line: distance of lines in points.

    """

    wide: bool
    command: str
    separation: float
    stacked: bool
    wrapped: dict[int, float]
    character: float
    line: float

    def parts(self, table: Table) -> list[list[list[list[Cell]]]]:
        """The rows in as many parts as fit a page each, blocks kept where they can be."""
        parts: list[list[list[list[Cell]]]] = [[]]
        room = _HEIGHT
        for block in table.body():
            continued = False
            for row in block:
                height = self._height(row)
                if height > room and parts[-1]:
                    parts.append([])
                    room, continued = _HEIGHT, False
                if not continued:
                    parts[-1].append([])
                    continued = True
                parts[-1][-1].append(row)
                room -= height
        return parts

    def _height(self, row: Sequence[Cell]) -> float:
        lines = [1.0]
        for number, width in self.wrapped.items():
            lines.append(ceil(len(row[number].text) * self.character / width))
        return max(lines) * self.line


def size_of(table: Table) -> Size:
    """The largest setting that fits: a column, else the page, else with text that wraps."""
    gaps = 2 * len(table.columns)
    for stacked in (False, True):
        lengths = _lengths(table, stacked)
        for wide, limit in ((False, COLUMN), (True, PAGE)):
            for command, character, line in _SIZES if wide else _SIZES[:2]:
                for separation in (_SEPARATION, _TIGHT):
                    if sum(lengths) * character + gaps * separation <= limit:
                        return Size(wide, command, separation, stacked, {}, character, line)
    command, character, line = _SIZES[1]
    long = {
        number: length
        for number, (length, column) in enumerate(zip(lengths, table.columns, strict=True))
        if column.kind == "text" and length > _WRAPPED
    }
    fixed = sum(length for number, length in enumerate(lengths) if number not in long)
    room = PAGE - gaps * _TIGHT - fixed * character
    if not long or room < len(long) * 40:
        return Size(True, _SIZES[-1][0], _TIGHT, True, {}, *_SIZES[-1][1:])
    # By the square root, so that one very long column leaves the others room to read.
    shares = {number: length**0.5 for number, length in long.items()}
    widths = {n: round(room * share / sum(shares.values()), 1) for n, share in shares.items()}
    return Size(True, command, _TIGHT, True, widths, character, line)


def _lengths(table: Table, stacked: bool) -> Sequence[int]:
    """Characters of the longest cell or heading of each column."""
    longest = [
        max(map(len, column.heading.split()), default=0) if stacked else len(column.heading)
        for column in table.columns
    ]
    for block in table.body():
        for row in block:
            longest = [
                max(length, len(cell.text)) for length, cell in zip(longest, row, strict=True)
            ]
    start = 0
    for group, members in groupby(table.columns, key=lambda column: column.group):
        end = start + len(list(members))
        # A heading wider than the columns below it widens the last of them.
        longest[end - 1] += max(0, len(group) - sum(longest[start:end]))
        start = end
    return longest
