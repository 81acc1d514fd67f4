"""`evtp report`: the paper's tables and figures with ours beside them, in one folder."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ..methods import chosen_pruners
from ..options import CacheOption, MethodOption, PrunerOption, SeedsOption


def run(
    output: Annotated[
        Path,
        typer.Option("--output", "-o", metavar="FOLDER", help="The folder to write."),
    ] = Path("evtp-report"),
    method: MethodOption = None,
    pruner: PrunerOption = None,
    cache: CacheOption = None,
    seeds: SeedsOption = 5,
    siunitx: Annotated[
        bool, typer.Option("--siunitx", help="Let LaTeX's siunitx align the numbers.")
    ] = False,
    style: Annotated[
        str | None,
        typer.Option("--style", metavar="STYLE", help="A matplotlib style, or its file."),
    ] = None,
) -> None:
    """Write the paper's tables and figures, ours beside them, as LaTeX, figures and one page.

    Without --method every method that the cache has the inputs for; without --cache the built-in
    sample of photographs.
    """
    from ...reports.document import write_figures, write_tables
    from ...reports.folder import check_folder, replacing_folder
    from ...reports.style import check_style
    from ...reports.style import style as styled
    from ..progress import steps
    from ..reporting import compute, gather
    from ..sources import open_source

    place = check_folder(output)
    check_style(style)
    pruners = chosen_pruners(method or ["all"], pruner)
    source = open_source(cache)
    with styled(style), replacing_folder(place) as folder, steps("Report") as step:
        numbers = compute(source, pruners, seeds, optional=not method, step=step)
        report = gather(numbers)
        step("tables")
        write_tables(report, folder, siunitx)
        for name in write_figures(report, folder):
            step(name)
    typer.echo(place)
