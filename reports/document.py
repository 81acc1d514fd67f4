"""A report: its tables and figures by name, and how they are written."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from .renderers import FORMATS, Surface
from .renderers._latex_text import escape
from .table import Table

if TYPE_CHECKING:
    from matplotlib.figure import Figure
    from PIL.Image import Image

ENDINGS = {"markdown": "md", "csv": "csv", "json": "json", "html": "html", "table": "txt"}
"""The formats that every table is written in, beside LaTeX."""

PREAMBLE = r"""\documentclass[10pt]{article}
\usepackage[utf8]{inputenc}
\usepackage[T1]{fontenc}
\usepackage{lmodern}
\usepackage[textwidth=6.9in,textheight=9.2in]{geometry}
\usepackage{array,booktabs,graphicx,tabularx%s}
\setlength{\belowcaptionskip}{4pt}
\begin{document}
"""


@dataclass(frozen=True)
class Drawn:
    """A figure and what stands below it.

    Args:
        caption: what it shows, and what it depends on.
        draw: makes it.
        page_wide: whether it is made for the width of a page, not of a column.

    """

    caption: str
    draw: Callable[[], Figure]
    page_wide: bool = True


@dataclass(frozen=True)
class Report:
    """What a report holds.

    Args:
        tables: by file name.
        figures: by file name.
        pictures: by file name a caption, and what draws it.

    """

    tables: Mapping[str, Table]
    figures: Mapping[str, Drawn] = field(default_factory=dict)
    pictures: Mapping[str, tuple[str, Callable[[], Image]]] = field(default_factory=dict)


def write_tables(report: Report, folder: Path, siunitx: bool = False) -> None:
    """Writes every table in every format, and `tables.tex`, which sets them all."""
    (folder / "tables").mkdir()
    latex = FORMATS.load("siunitx" if siunitx else "latex")
    for name, table in report.tables.items():
        stem = folder / "tables" / name
        _write(stem.with_suffix(".tex"), latex(table, Surface()))
        for format, ending in ENDINGS.items():
            width = 120 if format == "table" else 0
            _write(stem.with_suffix(f".{ending}"), FORMATS.load(format)(table, Surface(width)))
    lines = [PREAMBLE % (",siunitx" if siunitx else "")]
    lines += [f"\\input{{tables/{name}}}\n" for name in report.tables]
    for name, drawn in report.figures.items():
        lines.append(_float(f"figures/{name}.pdf", drawn.caption, name, drawn.page_wide))
    for name, (caption, _) in report.pictures.items():
        lines.append(_float(f"figures/{name}.png", caption, name, True))
    _write(folder / "tables.tex", "".join([*lines, "\\clearpage\n\\end{document}\n"]))


def write_figures(report: Report, folder: Path) -> Iterator[str]:
    """Writes every figure as PDF, SVG and PNG, yielding the name of each as it begins."""
    from .style import save

    (folder / "figures").mkdir()
    for name, drawn in report.figures.items():
        yield name
        figure = drawn.draw()
        for ending in ("pdf", "svg", "png"):
            save(figure, folder / "figures" / f"{name}.{ending}")
    for name, (_, draw) in report.pictures.items():
        yield name
        draw().save(folder / "figures" / f"{name}.png")


def _float(path: str, caption: str, name: str, wide: bool) -> str:
    size = r"width=\textwidth,height=0.85\textheight,keepaspectratio" if wide else "width=3.35in"
    return (
        f"\\begin{{figure}}[p]\n\\centering\n\\includegraphics[{size}]{{{path}}}\n"
        f"\\caption{{{escape(caption)}}}\n\\label{{fig:{name}}}\n\\end{{figure}}\n"
    )


def _write(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8", newline="\n")
