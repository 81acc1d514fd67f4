"""How a LaTeX table fits its page: its float, its type size, columns that wrap, where it breaks.

The measure is LaTeX's plain ``article`` on letter paper at ten points: one column of 345 pt, or two
of 230 pt. A table that fits there fits the wider pages of conferences and journals.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import groupby
from math import ceil
from typing import NamedTuple, TypeVar

from ..table import Cell, Table
from ._latex_text import word_pieces
from ._latex_width import width_of

COLUMN = 221.0
"""Points across a column of a two-column ``article``, on A4, the narrower paper."""

LINE = 345.0
"""Points across the line of a one-column ``article``."""

PAGE = 452.0
"""Points across both columns of a two-column ``article`` on A4."""

_HEIGHT = 530.0
"""Points that a float may take of the 550 of a page."""

_SEPARATIONS = (6.0, 4.0, 3.0)
_NARROW = 9.0
"""Ems of a wrapped column below which text cannot be read."""

_RULE = 5.0
_CAPTION = 12.0
_NOTE = 9.5


class Type(NamedTuple):
    r"""A type size.

    Args:
        command: its LaTeX command.
        em: width of an em in points, by the width of its figures: small type is broader.
        line: distance of lines in points.

    """

    command: str
    em: float
    line: float


SMALL = Type(r"\small", 9.25, 11.0)
FOOTNOTE = Type(r"\footnotesize", 8.5, 9.5)
SCRIPT = Type(r"\scriptsize", 7.98, 8.0)

Block = Sequence[Sequence[Cell]]
T = TypeVar("T")


class Part(NamedTuple):
    """What one float holds.

    Args:
        blocks: blocks of rows; without any, the float has notes only.
        notes: the notes below them.

    """

    blocks: list[Block]
    notes: Sequence[str]


class Size(NamedTuple):
    r"""How to set a table.

    Args:
        wide: whether it spans both columns of the page.
        type: the type size.
        separation: ``\tabcolsep`` in points.
        stacked: whether the words of a heading stand one below the other.
        wrapped: by column number the share of the wrapped columns' room that a column takes.
        room: points that the wrapped columns share on a line of 345 pt.
        scaled: whether it has to be shrunk where the page is narrower than it.

    """

    wide: bool
    type: Type
    separation: float
    stacked: bool
    wrapped: dict[int, float]
    room: float = 0.0
    scaled: bool = False

    def parts(self, table: Table, notes: Sequence[str]) -> list[Part]:
        """The blocks and the notes in as many parts as fit a page each.

        A block is broken only where it alone is longer than a page, into equal pieces that all
        start with what the block's first row tells. Notes stand below the last block, together
        where they fit a page with one.
        """
        headings = max((len(c.heading.split()) for c in table.columns), default=1)
        head = (headings if self.stacked else 1) + any(c.group for c in table.columns)
        caption = ceil(width_of(table.title + " (continued)") * 10 / self._line) + 1
        page = _HEIGHT - caption * _CAPTION - 2 * _RULE
        room = page - head * self.type.line - 2 * _RULE
        pieces = [piece for block in table.body() for piece in self._pieces(block, room)]
        *parts, above = _paged(pieces, self._height, room, room)
        used, below = sum(map(self._note_height, notes)), list[Block]()
        while above and used + self._height(above[-1]) <= room:
            below.insert(0, above.pop())
            used += self._height(below[0])
        if below or not table.rows:
            return [*(Part(blocks, []) for blocks in [*parts, above] if blocks), Part(below, notes)]
        left = room - sum(map(self._height, above))
        first, *others = _paged(notes, self._note_height, left, page, begun=True)
        return [
            *(Part(blocks, []) for blocks in parts),
            Part(above, first),
            *(Part([], rest) for rest in others),
        ]

    @property
    def _line(self) -> float:
        """Points across the narrowest line that the float may be set in."""
        return LINE if self.wide else COLUMN

    def _note_height(self, note: str) -> float:
        return _NOTE * ceil(width_of(note) * FOOTNOTE.em / self._line)

    def _pieces(self, block: Block, room: float) -> Iterator[Block]:
        heights = [self._lines(row) * self.type.line for row in block]
        whole, tallest = sum(heights), max(heights)
        # Equal pieces, so that none is a last row by itself.
        limit = min(room - _RULE, whole / ceil((whole + _RULE) / room) + tallest / 2)
        pieces: list[list[Sequence[Cell]]] = [[]]
        used = 0.0
        for row, height in zip(block, heights, strict=True):
            if pieces[-1] and used + height > limit:
                pieces.append([])
                used = 0.0
            pieces[-1].append(row)
            used += height
        for first, *others in pieces:
            # A piece tells again what only the block's first row shows.
            yield [[cell._replace(text=cell.column.text(cell.value)) for cell in first], *others]

    def _height(self, block: Block) -> float:
        return _RULE + sum(self._lines(row) for row in block) * self.type.line

    def _lines(self, row: Sequence[Cell]) -> int:
        columns = self.wrapped.items()
        lines = (_lines_of(row[n].text, self.room * share / self.type.em) for n, share in columns)
        return max(lines, default=1)


def _paged(
    items: Iterable[T], height: Callable[[T], float], room: float, page: float, begun: bool = False
) -> list[list[T]]:
    """The items by pages, in order; one taller than a page has a page of its own.

    Args:
        items: what has a height in points.
        height: of an item.
        room: on the first page.
        page: room on each of the others.
        begun: whether the first page holds something already, and so may take none.

    """
    pages: list[list[T]] = [[]]
    left = room
    for item in items:
        if height(item) > left and (pages[-1] or begun):
            pages.append([])
            left, begun = page, False
        pages[-1].append(item)
        left -= height(item)
    return pages


def _lines_of(text: str, width: float) -> int:
    """Lines of ragged text in a column of so many ems."""
    lines, end = 1, 0.0
    for word in text.split():
        for number, piece in enumerate(word_pieces(word)):
            length = width_of(piece)
            blank = width_of(" ") if end and not number else 0.0
            if end + blank + length > width:
                lines, end = lines + 1, length
            else:
                end += blank + length
    return lines


def size_of(table: Table) -> Size:
    """The largest setting that fits: a column, else the page, else with text that wraps.

    What fits in none is set for the width of two columns, and shrunk where there is less.
    """
    gaps = 2 * len(table.columns)
    for types in ((SMALL, FOOTNOTE), (SCRIPT,)):
        for stacked in (False, True):
            ems = sum(_widths(table, stacked))
            for wide, limit in ((False, COLUMN), (True, LINE)):
                for type_ in types:
                    for separation in _SEPARATIONS:
                        if ems * type_.em + gaps * separation <= limit:
                            return Size(wide, type_, separation, stacked, {})
    tight = _SEPARATIONS[-1]
    widths = _widths(table, True)
    needs = _needs(table, widths)
    # The widest wrap first; the names that lead a row, only where all others do not suffice.
    texts = [number for number, column in enumerate(table.columns) if column.kind == "text"]
    texts.sort(key=lambda number: (number == 0, -widths[number]))
    for count in range(1, len(texts) + 1):
        for type_ in (FOOTNOTE, SCRIPT):
            wrapped = {number: needs[number] for number in sorted(texts[:count])}
            fixed = sum(width for number, width in enumerate(widths) if number not in wrapped)
            room = LINE - gaps * tight - fixed * type_.em
            least = (min(widths[n], max(need, _NARROW)) for n, need in wrapped.items())
            if room >= sum(least) * type_.em:
                return Size(
                    True, type_, tight, True, _shares(wrapped, widths, room / type_.em), room
                )
    for type_ in (SMALL, FOOTNOTE, SCRIPT):
        if sum(widths) * type_.em + gaps * tight <= PAGE:
            break
    return Size(True, type_, tight, True, {}, scaled=True)


def _needs(table: Table, widths: Sequence[float]) -> list[float]:
    """Ems of the longest word of each column: no word may stick out of it."""
    needs = [max(map(width_of, c.heading.split()), default=0.0) for c in table.columns]
    for row in (row for block in table.body() for row in block):
        for number, cell in enumerate(row):
            pieces = [piece for word in cell.text.split() for piece in word_pieces(word)]
            needs[number] = max(needs[number], *map(width_of, pieces), 0.0)
    return [min(need, width) for need, width in zip(needs, widths, strict=True)]


def _shares(needs: dict[int, float], widths: Sequence[float], room: float) -> dict[int, float]:
    """What each needs, and of the rest by the square root of what it lacks.

    By the square root, so that one very long column leaves the others room to read.
    """
    spare = room - sum(needs.values())
    roots = {number: (widths[number] - need) ** 0.5 for number, need in needs.items()}
    total = sum(roots.values()) or 1.0
    return {n: (need + spare * roots[n] / total) / room for n, need in needs.items()}


def _widths(table: Table, stacked: bool) -> list[float]:
    """Ems of the widest cell or heading of each column."""
    widest = []
    for column in table.columns:
        parts = column.heading.split() if stacked and column.kind != "text" else [column.heading]
        widest.append(max(map(width_of, parts), default=0.0))
    for block in table.body():
        for row in block:
            widest = [
                max(width, width_of(cell.text, bold=cell.mark == "best"))
                for width, cell in zip(widest, row, strict=True)
            ]
    start = 0
    for group, members in groupby(table.columns, key=lambda column: column.group):
        end = start + len(list(members))
        # A heading wider than the columns below it widens the last of them.
        widest[end - 1] += max(0.0, width_of(group) - sum(widest[start:end]))
        start = end
    return widest
