"""A booktabs table for LaTeX."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

from ..table import Column, Table
from . import Surface

SUFFIXES = (".tex",)

_SPECIAL = {
    "\\": r"\textbackslash{}",
    "{": r"\{",
    "}": r"\}",
    "$": r"\$",
    "&": r"\&",
    "#": r"\#",
    "%": r"\%",
    "_": r"\_",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "<": r"\textless{}",
    ">": r"\textgreater{}",
    "|": r"\textbar{}",
    '"': r"\textquotedbl{}",
    "·": r"\(\cdot\)",
    "×": r"\(\times\)",
    "±": r"\(\pm\)",
    "–": "--",
    "—": "---",
    "λ": r"\(\lambda\)",
    "≤": r"\(\leq\)",
    "≥": r"\(\geq\)",
    "²": r"\(^2\)",
    "→": r"\(\to\)",
}
_MARKS = {"none": "{}", "best": r"\textbf{{{}}}", "second": r"\underline{{{}}}"}


def escape(text: str) -> str:
    """`text` with every character that LaTeX would act on spelt out."""
    return "".join(_SPECIAL.get(character, character) for character in " ".join(text.split()))


def render(table: Table, surface: Surface) -> str:
    r"""A ``table`` float that needs ``\usepackage{booktabs}`` and UTF-8 input.

    Numbers of a column have the same decimals, so right alignment is alignment on the point.
    """
    columns = table.columns
    alignment = "".join("l" if column.kind == "text" else "r" for column in columns)
    lines = [
        r"\begin{table}",
        r"\centering",
        rf"\caption{{{escape(table.title)}}}",
        *([rf"\label{{{table.label}}}"] if table.label else []),
        rf"\begin{{tabular}}{{{alignment}}}",
        r"\toprule",
        *_group_header(columns),
        " & ".join(escape(column.heading) for column in columns) + r" \\",
        r"\midrule",
    ]
    marks = table.emphasis()
    for number, block in enumerate(table.blocks()):
        if number:
            lines.append(r"\midrule")
        for index in block:
            cells = []
            for column in columns:
                text = escape(column.text(table.rows[index].get(column.key)))
                mark = _MARKS[marks.get((index, column.key), "none")]
                cells.append(mark.format(text) if text else "")
            lines.append(" & ".join(cells) + r" \\")
    lines += [r"\bottomrule", r"\end{tabular}"]
    if table.footer():
        # Braces end the size change with the notes; \par makes its line spacing apply.
        notes = r"\\ ".join(escape(line) for line in table.footer())
        lines += [rf"\par\smallskip{{\footnotesize\raggedright {notes}\par}}"]
    lines.append(r"\end{table}")
    return "\n".join(lines) + "\n"


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
