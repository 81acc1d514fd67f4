"""One table layout that every renderer reads."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Literal, NamedTuple

from ..core.budget import keep_key

Kind = Literal["text", "integer", "number", "percent"]
Emphasis = Literal["none", "best", "second"]
Record = Mapping[str, object]

_UNSEEN = re.compile("[\0-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")


def visible(text: str) -> str:
    """`text` with what acts on a terminal or a page and shows nothing spelt as Python spells it.

    Control characters, those that turn the direction of writing, and bytes that are no text: a
    name of a file or in one may hold any of them.
    """
    return _UNSEEN.sub(lambda found: found[0].encode("unicode_escape").decode(), text)


@dataclass(frozen=True)
class Column:
    """A column as people see it.

    Args:
        key: the key of its value in a row.
        title: its heading.
        kind: text is aligned left, everything else right; `percent` shows 0.1 as 10.
        unit: shown behind the title, e.g. "TMAC".
        digits: decimals of a number.
        scale: a number is divided by it before it is shown, e.g. 1e12 for TMAC.
        group: a heading above neighbouring columns that share it.
        rank: "min" or "max" marks the best and the second value of each block.
        signed: shows the sign of a number that is not negative too, for differences.
        once: people see the value in the first row of a block only, since it is the same in all.

    """

    key: str
    title: str
    kind: Kind = "text"
    unit: str = ""
    digits: int = 3
    scale: float = 1.0
    group: str = ""
    rank: Literal["", "min", "max"] = ""
    signed: bool = False
    once: bool = False

    def __post_init__(self) -> None:
        for name in ("title", "unit", "group"):
            object.__setattr__(self, name, visible(getattr(self, name)))

    @property
    def heading(self) -> str:
        """The title with its unit."""
        unit = "%" if self.kind == "percent" and not self.unit else self.unit
        return f"{self.title} ({unit})" if unit else self.title

    def text(self, value: object) -> str:
        """A value as people see it; a missing one is empty, never zero."""
        if value is None or value != value:
            return ""
        if self.kind == "text" or isinstance(value, str | bool):
            return visible(str(value))
        if not isinstance(value, int | float):
            raise TypeError(f"column {self.key}: {value!r} is no number")
        if self.kind == "integer" and self.scale == 1.0:
            return f"{value:,d}" if isinstance(value, int) else f"{value:,.0f}"
        shown: float | Decimal
        try:
            shown = float(value) * 100 if self.kind == "percent" else value / self.scale
        except OverflowError:  # an integer beyond what a float holds
            shown = Decimal(value) * (100 if self.kind == "percent" else 1) / Decimal(self.scale)
        return f"{shown:{'+' if self.signed else ''},.{self.digits}f}"


class Cell(NamedTuple):
    """A value where it stands.

    Args:
        column: its column.
        value: the raw value, None where missing.
        text: what people see.
        mark: how it ranks in its block.

    """

    column: Column
    value: object
    text: str
    mark: Emphasis


@dataclass(frozen=True)
class Table:
    """Rows for people and records for machines, with what is needed to read either.

    Args:
        title: one line, the caption.
        columns: what people see, in order.
        rows: what people see, by column key.
        records: what machines get, raw and long; the rows where left out.
        meta: accounting, convention, unit, versions: what every number in it depends on.
        notes: sentences printed below.
        block: the key of a column; a rule is drawn where its value changes, and `rank` marks
            the best value between two rules.
        label: what its LaTeX label is made of, e.g. "tab:flops"; the title where left out.

    """

    title: str
    columns: Sequence[Column]
    rows: Sequence[Record]
    records: Sequence[Record] | None = None
    meta: Mapping[str, object] = field(default_factory=dict)
    notes: Sequence[str] = ()
    block: str = ""
    label: str = ""

    def __post_init__(self) -> None:
        object.__setattr__(self, "title", visible(self.title))

    @property
    def machine_records(self) -> Sequence[Record]:
        """The records, or the rows where there are none of their own."""
        return self.rows if self.records is None else self.records

    def footer(self, *, marks: bool = False) -> list[str]:
        """What stands below the table: its stamp (the meta data on one line), then the notes.

        Args:
            marks: whether best and second values are seen to be marked, which a note then explains.

        """
        stamp = " · ".join(
            f"{key.replace('_', ' ')}: {value}" for key, value in self.meta.items() if value != ""
        )
        lines = [*self.notes, *(self._legend() if marks else [])]
        return [visible(line) for line in ([stamp] if stamp else []) + lines]

    def _legend(self) -> list[str]:
        """What bold and underlined values are, where there are any."""
        marked = self.emphasis()
        if not marked:
            return []
        keys = {key for _, key in marked}
        ranked = [column for column in self.columns if column.key in keys]
        ranks = {column.rank for column in ranked}
        words = {"min": "lower", "max": "higher"}
        better = "; ".join(
            f"{word} is better"
            + (
                f" in {', '.join(f'{c.group} {c.title}'.strip() for c in ranked if c.rank == rank)}"
                if len(ranks) > 1
                else ""
            )
            for rank, word in words.items()
            if rank in ranks
        )
        second = "; underlined: second best" if "second" in marked.values() else ""
        where = "between two rules" if len(self.blocks()) > 1 else "of a column"
        return [f"Bold: best {where}{second}; {better}."]

    def blocks(self) -> list[list[int]]:
        """The row numbers of each block, in order."""
        blocks: list[list[int]] = []
        for index, row in enumerate(self.rows):
            before = self.rows[index - 1]
            if not blocks or (
                self.block and keep_key(row.get(self.block)) != keep_key(before.get(self.block))
            ):
                blocks.append([])
            blocks[-1].append(index)
        return blocks

    def body(self) -> list[list[list[Cell]]]:
        """The cells by block and row: what a renderer for people draws."""
        marks = self.emphasis()
        return [
            [
                [
                    Cell(
                        column,
                        value := self.rows[index].get(column.key),
                        "" if column.once and index != block[0] else column.text(value),
                        marks.get((index, column.key), "none"),
                    )
                    for column in self.columns
                ]
                for index in block
            ]
            for block in self.blocks()
        ]

    def emphasis(self) -> dict[tuple[int, str], Emphasis]:
        """The best and second-best cells, by row number and column key.

        Values are compared as shown, so that two cells that read the same are marked the same.
        A block of a single value has no best, one of two no second; what is no number has no rank.
        """
        marks: dict[tuple[int, str], Emphasis] = {}
        for column in self.columns:
            if not column.rank:
                continue
            for block in self.blocks():
                values = {i: self.rows[i].get(column.key) for i in block}
                texts = {i: column.text(v) for i, v in values.items() if _is_number(v)}
                shown = {i: float(t.replace(",", "")) for i, t in texts.items() if t}
                ordered = sorted(set(shown.values()), reverse=column.rank == "max")
                if len(shown) < 2:
                    continue
                for i, value in shown.items():
                    if value == ordered[0]:
                        marks[i, column.key] = "best"
                    elif value == ordered[1] and len(shown) > 2:
                        marks[i, column.key] = "second"
        return marks


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
