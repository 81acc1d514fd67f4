"""A booktabs table for LaTeX."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from itertools import groupby

from ..names import named
from ..subjects import label_of
from ..table import Cell, Column, Table
from . import Surface
from ._latex_size import Block, Size, size_of
from ._latex_text import breakable, escape

SUFFIXES = (".tex",)

PREFIX = "tab:evtp-"
"""What labels begin with, so that none meets one of the paper's own."""

_SHRUNK = r"\resizebox{\ifdim\width>\linewidth\linewidth\else\width\fi}{!}{%"

_MARKS = {"none": "{}", "best": r"\textbf{{{}}}", "second": r"\underline{{{}}}"}


def render(table: Table, surface: Surface) -> str:
    r"""A ``table`` float in UTF-8 that says in its first line which packages it needs.

    A table wider than the column of a two-column paper is a ``table*``. Numbers of a column have
    the same decimals, so right alignment is alignment on the point.
    """
    return draw(table, {}, _number)


def _number(cell: Cell) -> str:
    return _MARKS[cell.mark].format(escape(cell.text))


def draw(
    table: Table,
    alignments: Mapping[int, str],
    number: Callable[[Cell], str],
    preamble: str = "",
    packages: Sequence[str] = (),
) -> str:
    """The float, with the columns and the numbers as the caller wants them.

    Args:
        table: what to draw.
        alignments: by column number the column type of a column of numbers, ``r`` by default;
            headings above any other type are protected by braces.
        number: draws a cell of such a column, which has a text.
        preamble: commands that go before the tabular.
        packages: what the caller's columns and numbers need beside what every table needs.

    """
    table = named(table)
    size = size_of(table)
    footer = [line for line in table.footer(marks=True) if line.strip()]
    label = PREFIX + (table.label or label_of(table.title.lower())).removeprefix("tab:")

    def body(blocks: Sequence[Block]) -> list[str]:
        lines = [
            rf"{size.type.command}\setlength{{\tabcolsep}}{{{size.separation:g}pt}}",
            preamble,
            _SHRUNK if size.scaled else "",
            _begin(table.columns, size, alignments),
            r"\toprule",
            *_group_header(table.columns),
            " & ".join(
                _heading(column, size.stacked, index in alignments)
                for index, column in enumerate(table.columns)
            )
            + r" \\",
            r"\midrule",
            "\n\\midrule\n".join(
                "\n".join(_row(row, size, number) for row in block) for block in blocks
            ),
            r"\bottomrule",
            (r"\end{tabularx}" if size.wrapped else r"\end{tabular}") + "}" * size.scaled,
        ]
        return [line for line in lines if line]

    floats = []
    for number_of_part, part in enumerate(size.parts(table, footer)):
        float_ = "table*" if size.wide else "table"
        continued = " (continued)" if number_of_part else ""
        lines = [
            rf"\begin{{{float_}}}",
            r"\centering",
            *([r"\addtocounter{table}{-1}"] if number_of_part else []),
            rf"\caption{{{escape(table.title)}{continued}}}",
            *([rf"\label{{{label}}}"] if not number_of_part else []),
            *(body(part.blocks) if part.blocks or not number_of_part else []),
            *([_below(part.notes)] if part.notes else []),
            rf"\end{{{float_}}}",
        ]
        floats.append("\n".join(lines) + "\n")
    drawn = "\n".join(floats)
    return f"{_needs(drawn, size, [*packages])}\n{drawn}"


def _below(notes: Sequence[str]) -> str:
    # Braces end the size change with the notes; \par makes its line spacing apply.
    lines = r"\\ ".join(breakable(escape(note)) for note in notes)
    return rf"\par\smallskip{{\footnotesize\raggedright {lines}\par}}"


def _needs(drawn: str, size: Size, packages: Sequence[str]) -> str:
    """The comment that names what a document has to load."""
    found = ["array", "booktabs"]
    found += ["graphicx"] if size.scaled else []
    found += ["tabularx"] if size.wrapped else []
    letters = "" if drawn.isascii() else r", \usepackage[T1]{fontenc} for its letters"
    return rf"% Needs \usepackage{{{','.join([*found, *packages])}}}{letters}"


def _begin(columns: Sequence[Column], size: Size, alignments: Mapping[int, str]) -> str:
    letters = _alignment(columns, size, alignments)
    environment = r"{tabularx}{\linewidth}" if size.wrapped else "{tabular}"
    return rf"\begin{environment}{{{letters}}}"


def _row(row: Sequence[Cell], size: Size, number: Callable[[Cell], str]) -> str:
    cells = []
    for index, cell in enumerate(row):
        if not cell.text:
            cells.append("")
        elif not _is_text(cell):
            cells.append(number(cell))
        else:
            cells.append(breakable(_text(cell)) if index in size.wrapped else _text(cell))
    return " & ".join(cells) + r" \\"


def _heading(column: Column, stacked: bool, protected: bool) -> str:
    words = column.heading.split()
    if stacked and column.kind != "text" and len(words) > 1:
        return rf"{{\shortstack[r]{{{(chr(92) * 2).join(map(escape, words))}}}}}"
    return f"{{{escape(column.heading)}}}" if protected else escape(column.heading)


def _is_text(cell: Cell) -> bool:
    return cell.column.kind == "text" or isinstance(cell.value, str | bool)


def _text(cell: Cell) -> str:
    # Braces keep a word in a column of numbers from being read as one.
    drawn = _MARKS[cell.mark].format(escape(cell.text))
    return drawn if cell.column.kind == "text" else f"{{{drawn}}}"


def _alignment(columns: Sequence[Column], size: Size, alignments: Mapping[int, str]) -> str:
    letters = []
    for index, column in enumerate(columns):
        if index in size.wrapped:
            # Shares of tabularx's columns add up to their number.
            share = size.wrapped[index] * len(size.wrapped)
            letters.append(rf">{{\hsize={share:.2f}\hsize\raggedright\arraybackslash}}X")
        else:
            letters.append("l" if column.kind == "text" else alignments.get(index, "r"))
    return "".join(letters)


def _group_header(columns: Sequence[Column]) -> list[str]:
    """The row of headings above groups of columns, with a rule under each; or nothing."""
    if not any(column.group for column in columns):
        return []
    cells, rules, start = [], [], 1
    for group, members in groupby(columns, key=lambda column: column.group):
        span = len(list(members))
        cells.append(rf"\multicolumn{{{span}}}{{c}}{{{escape(group)}}}")
        if group:
            rules.append(rf"\cmidrule(lr){{{start}-{start + span - 1}}}")
        start += span
    return [" & ".join(cells) + r" \\", " ".join(rules)]
