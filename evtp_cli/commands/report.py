"""`evtp report`: the paper's tables and figures with ours beside them, in one folder."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ..methods import chosen_pruners
from ..options import CacheOption, MethodOption, PrunerOption, SeedsOption
from ..output import note

EXAMPLES = ("evtp report --records mine.csv --output report/",)


def run(
    output: Annotated[
        Path,
        typer.Option("--output", "-o", metavar="FOLDER", help="Where to write."),
    ] = Path("evtp-report"),
    records: Annotated[
        list[Path] | None,
        typer.Option(
            "--records",
            metavar="PATH",
            help="Figures of your own to put beside those of the paper: the folder of a sweep, or "
            "a CSV or Parquet file with method, keep, dataset and columns giou, ciou, j, f, jf. "
            "Repeat.",
        ),
    ] = None,
    method: MethodOption = None,
    pruner: PrunerOption = None,
    cache: CacheOption = None,
    seeds: SeedsOption = 5,
    siunitx: Annotated[
        bool, typer.Option("--siunitx", help="Let siunitx align the numbers in LaTeX.")
    ] = False,
    style: Annotated[
        str | None,
        typer.Option("--style", metavar="NAME|FILE", help="A matplotlib style, or its file."),
    ] = None,
) -> None:
    """Write the paper's tables and figures, yours beside them: LaTeX, PDF, and one HTML page.

    Without --method the paper's methods. An earlier report of that name is replaced, any other
    folder refused.
    """
    from ...pruners.running import watched
    from ...reports.document import write_figures, write_tables
    from ...reports.folder import check_folder, replacing_folder
    from ...reports.own import read_own
    from ...reports.own_table import unplaced
    from ...reports.style import check_style
    from ...reports.style import style as styled
    from ..assembly import Assembly
    from ..progress import steps
    from ..reporting import METHODS, numbers_of
    from ..sources import open_source

    place = check_folder(output)
    check_style(style)
    own = read_own(records or [])
    pruners = chosen_pruners(method or METHODS, pruner)
    with steps("Report") as step, styled(style), replacing_folder(place) as folder:
        step("features", 0)
        source = open_source(cache)
        with watched(note):
            numbers = numbers_of(source, pruners, seeds, own, optional=not method, step=step)
        step("tables", 0.6)
        assembly = Assembly(numbers, own)
        write_tables(assembly.report, folder, siunitx)
        drawn = len(assembly.report.figures) + len(assembly.report.pictures)
        for number, name in enumerate(write_figures(assembly.report, folder)):
            step(f"figure {name}", 0.65 + 0.3 * number / drawn)
        step("page", 0.95)
        (folder / "index.html").write_text(assembly.page(folder), encoding="utf-8")
    for remark in [*numbers.notes, *own.notes]:
        note(remark)
    if lost := unplaced(own.figures):
        places = {f"{f['dataset']} {f['split']} {f['metric']}".replace("  ", " ") for f in lost}
        note(
            f"no table of the paper has a place for {len(lost)} of your figures, of "
            f"{', '.join(sorted(places))}; see tables/yours"
        )
    note(f"The report is in {place}/: LaTeX and CSV in tables/, PDF in figures/. Open its page:")
    typer.echo(place / "index.html")
