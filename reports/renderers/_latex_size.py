"""How a LaTeX table fits its page: which float, which type size, which columns wrap."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from typing import NamedTuple

from ..table import Table

COLUMN = 241.0
"""Width of a two-column paper's column in points, the narrowest place a table has to fit."""

PAGE = 498.0
"""Width of its page in points."""

_SEPARATION = 6.0
_TIGHT = 3.0
_WRAPPED = 28
"""A text column is wrapped only where its longest cell has more characters than this."""

# Mean width of a character of running text in points, measured on Computer Modern; figures and
# capitals are wider, so that the estimate errs on the safe side with the larger number.
_SIZES = ((r"\small", 5.0), (r"\footnotesize", 4.5), (r"\scriptsize", 4.0))


class Size(NamedTuple):
    r"""How to set a table.

    Args:
        wide: whether it spans both columns of the page.
        command: the size command.
        separation: ``\\tabcolsep`` in points.
        wrapped: by column number the width in points of a column whose text wraps.

    """

    wide: bool
    command: str
    separation: float
    wrapped: dict[int, float]


def size_of(table: Table) -> Size:
    """The largest setting that fits: a column, else the page, else with text that wraps."""
    lengths = _lengths(table)
    gaps = 2 * len(lengths)
    for wide, limit in ((False, COLUMN), (True, PAGE)):
        for command, character in _SIZES[:2] if not wide else _SIZES:
            for separation in (_SEPARATION, _TIGHT):
                if sum(lengths) * character + gaps * separation <= limit:
                    return Size(wide, command, separation, {})
    command, character = _SIZES[1]
    long = {
        number: length
        for number, (length, column) in enumerate(zip(lengths, table.columns, strict=True))
        if column.kind == "text" and length > _WRAPPED
    }
    fixed = sum(length for number, length in enumerate(lengths) if number not in long)
    room = PAGE - gaps * _TIGHT - fixed * character
    if not long or room < len(long) * 40:
        return Size(True, _SIZES[-1][0], _TIGHT, {})
    # By the square root, so that one very long column leaves the others room to read.
    shares = {number: length**0.5 for number, length in long.items()}
    return Size(
        True,
        command,
        _TIGHT,
        {number: round(room * share / sum(shares.values()), 1) for number, share in shares.items()},
    )


def _lengths(table: Table) -> Sequence[int]:
    """Characters of the longest cell or heading of each column."""
    longest = [len(column.heading) for column in table.columns]
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
