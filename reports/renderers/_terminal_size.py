"""How a table fits a terminal: which headings stack, which texts wrap, where it is split."""

from __future__ import annotations

import textwrap
from collections import Counter
from collections.abc import Sequence
from itertools import groupby, takewhile
from math import ceil
from typing import NamedTuple

from rich.cells import cell_len

from ..table import Column, Table

_GAPS = (3, 2)
"""Blanks between columns: as many as there is room for."""

_TEXT = 24
"""Columns below which a text is not made narrower to keep a table in one part."""


class Part(NamedTuple):
    """Columns that stand side by side.

    Args:
        columns: in order, led by the columns that name a row.
        widths: of each, in characters.
        gap: blanks between two of them.

    """

    columns: list[Column]
    widths: list[int]
    gap: int

    @property
    def spans(self) -> list[tuple[str, int, int]]:
        """The headings above neighbouring columns: the text, where it begins, how wide it is."""
        found, start = [], 0
        for group, members in groupby(
            zip(self.columns, self.widths, strict=True), key=lambda member: member[0].group
        ):
            widths = [width for _, width in members]
            span = sum(widths) + self.gap * (len(widths) - 1)
            if group:
                found.append((group, start, span))
            start += span + self.gap
        return found


def stacked(heading: str, width: int) -> list[str]:
    """The lines of a heading in a column of that width; a word is never broken."""
    return textwrap.wrap(heading, width, break_long_words=False, break_on_hyphens=False) or [""]


def parts_of(table: Table, width: int) -> list[Part]:
    """The columns in as few parts as fit the width, each led by the columns that name a row.

    Before a table is split, its columns move together, its headings stack and its texts wrap. It
    is split between groups of columns where each of them fits a part.

    """
    sizes = {column: _Size.of(table, column) for column in table.columns}
    whole = _side_by_side(table, table.columns, sizes, width)
    if whole is not None:
        return [whole]
    lead = _keys(table.columns)
    rest = table.columns[len(lead) :]
    if not rest or max(_least([*lead, column], sizes) for column in rest) > width:
        lead = lead[:1]
    chosen: list[list[Column]] = []
    current = list(lead)
    for _, members in groupby(table.columns[len(lead) :], key=lambda c: c.group or c.key):
        group = list(members)
        if _least([*lead, *group], sizes) <= width < _least([*current, *group], sizes):
            chosen.append(current)
            current = list(lead)
        for column in group:
            if _least([*current, column], sizes) > width and len(current) > len(lead):
                chosen.append(current)
                current = list(lead)
            current.append(column)
    chosen.append(current)
    return [
        _side_by_side(table, columns, sizes, width) or _squeezed(columns, sizes, width)
        for columns in chosen
    ]


def _keys(columns: Sequence[Column]) -> list[Column]:
    """The columns that name a row: texts, and the counts that stand between them."""
    named = list(
        takewhile(lambda c: c.kind == "text" or (c.kind == "integer" and not c.unit), columns)
    )
    while named and named[-1].kind != "text":
        named.pop()
    return named


class _Size(NamedTuple):
    """How wide a column may be: with its heading on one line, with it stacked, at the least."""

    natural: int
    stacked: int
    least: int

    @classmethod
    def of(cls, table: Table, column: Column) -> _Size:
        texts = [column.text(row.get(column.key)) for row in table.rows]
        longest = max(map(cell_len, texts), default=0)
        # One at the least, also of a column that shows nothing at all.
        words = max([1, *map(cell_len, column.heading.split())])
        if column.kind == "text":
            word = max((cell_len(word) for text in texts for word in text.split()), default=1)
            least = max(words, min(longest, max(min(word, _TEXT), _TEXT // 2)))
        else:
            least = max(words, longest)
        return cls(max(cell_len(column.heading), longest, 1), max(words, longest), least)


def _least(columns: Sequence[Column], sizes: dict[Column, _Size]) -> int:
    widths = _grouped(columns, [sizes[column].least for column in columns], _GAPS[-1])
    return sum(widths) + _GAPS[-1] * (len(widths) - 1)


def _grouped(columns: Sequence[Column], widths: Sequence[int], gap: int) -> list[int]:
    """The widths, the last of each group widened where the group's heading is longer."""
    found = list(widths)
    for group, start, span in Part(list(columns), found, gap).spans:
        end, column_end = start + span, -gap
        for number, width in enumerate(widths):
            column_end += gap + width
            if column_end == end:
                found[number] += max(0, cell_len(group) - span)
    return found


def _side_by_side(
    table: Table, columns: Sequence[Column], sizes: dict[Column, _Size], width: int
) -> Part | None:
    """The columns in one part, or None where they do not fit."""
    for form in ("natural", "stacked"):
        for gap in _GAPS:
            widths = _grouped(columns, [getattr(sizes[column], form) for column in columns], gap)
            if sum(widths) + gap * (len(widths) - 1) <= width:
                return Part(list(columns), widths, gap)
    if _least(columns, sizes) > width:
        return None
    return Part(list(columns), _wrapped(table, columns, sizes, width), _GAPS[-1])


def _wrapped(
    table: Table, columns: Sequence[Column], sizes: dict[Column, _Size], width: int
) -> list[int]:
    """Widths at which texts wrap; the next to give way is the one that costs fewest lines."""
    gap = _GAPS[-1]
    widths = [sizes[column].stacked for column in columns]
    texts = [number for number, column in enumerate(columns) if column.kind == "text"]
    places = [table.columns.index(columns[number]) for number in texts]
    rows = Counter(
        tuple(cell_len(row[place].text) for place in places)
        for block in table.body()
        for row in block
    )

    def lines(given: Sequence[int]) -> int:
        return sum(
            count
            * max(ceil(length / given[n]) or 1 for length, n in zip(lengths, texts, strict=True))
            for lengths, count in rows.items()
        )

    while sum(_grouped(columns, widths, gap)) + gap * (len(widths) - 1) > width:
        narrower = [
            [*widths[:n], widths[n] - 1, *widths[n + 1 :]]
            for n in texts
            if widths[n] > sizes[columns[n]].least
        ]
        widths = min(narrower, key=lambda given: (lines(given), -max(given[n] for n in texts)))
    return _grouped(columns, widths, gap)


def _squeezed(columns: Sequence[Column], sizes: dict[Column, _Size], width: int) -> Part:
    """Columns for which the terminal is too narrow: nothing is lost, but words are broken."""
    gap = _GAPS[-1]
    widths = [sizes[column].least for column in columns]
    while sum(widths) + gap * (len(widths) - 1) > width and max(widths) > 1:
        widths[widths.index(max(widths))] -= 1
    return Part(list(columns), widths, gap)
