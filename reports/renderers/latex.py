"""A booktabs table for LaTeX."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from itertools import groupby

from ..table import Cell, Column, Table
from . import Surface
from ._latex_size import Size, size_of
from ._latex_text import escape

SUFFIXES = (".tex",)

_MARKS = {"none": "{}", "best": r"\textbf{{{}}}", "second": r"\underline{{{}}}"}


def render(table: Table, surface: Surface) -> str:
    r"""A ``table`` float that needs ``\usepackage{array,booktabs}`` and UTF-8 input.

    A table wider than a column is a ``table*``. Numbers of a column have the same decimals, so
    right alignment is alignment on the point.
    """
    return draw(table, {}, _number)


def _number(cell: Cell) -> str:
    return _MARKS[cell.mark].format(escape(cell.text).replace("-", r"\(-\)"))


def draw(
    table: Table, alignments: Mapping[int, str], number: Callable[[Cell], str], preamble: str = ""
) -> str:
    """The float, with the columns and the numbers as the caller wants them.

    Args:
        table: what to draw.
        alignments: by column number the column type of a column of numbers, ``r`` by default;
            headings above any other type are protected by braces.
        number: draws a cell of such a column, which has a text.
        preamble: commands that go before the tabular.

    """
    size = size_of(table)
    parts = size.parts(table)
    floats = []
    for number_of_part, part in enumerate(parts):
        last = number_of_part == len(parts) - 1
        float_ = "table*" if size.wide else "table"
        continued = " (continued)" if number_of_part else ""
        lines = [
            rf"\begin{{{float_}}}",
            r"\centering",
            *([r"\addtocounter{table}{-1}"] if number_of_part else []),
            rf"\caption{{{escape(table.title)}{continued}}}",
            *([rf"\label{{{table.label}}}"] if table.label and not number_of_part else []),
            rf"{size.command}\setlength{{\tabcolsep}}{{{size.separation:g}pt}}",
            *([preamble] if preamble else []),
            rf"\begin{{tabular}}{{{_alignment(table.columns, size, alignments)}}}",
            r"\toprule",
            *_group_header(table.columns),
            " & ".join(
                _heading(column, size.stacked, index in alignments)
                for index, column in enumerate(table.columns)
            )
            + r" \\",
            r"\midrule",
            "\n\\midrule\n".join(
                "\n".join(
                    " & ".join(
                        "" if not cell.text else _text(cell) if _is_text(cell) else number(cell)
                        for cell in row
                    )
                    + r" \\"
                    for row in block
                )
                for block in part
            ),
            r"\bottomrule",
            r"\end{tabular}",
        ]
        footer = [escape(line) for line in table.footer() if line.strip()]
        if last and footer:
            # Braces end the size change with the notes; \par makes its line spacing apply.
            notes = r"\\ ".join(footer)
            lines.append(rf"\par\smallskip{{\footnotesize\raggedright {notes}\par}}")
        lines.append(rf"\end{{{float_}}}")
        floats.append("\n".join(line for line in lines if line) + "\n")
    return "\n".join(floats)


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
            letters.append(rf">{{\raggedright\arraybackslash}}p{{{size.wrapped[index]:g}pt}}")
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
