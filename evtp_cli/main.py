"""The `evtp` command: wires the commands, and does nothing else."""

from __future__ import annotations

from typing import Annotated

import typer

from .advice import AdvisedGroup
from .commands import (
    bench,
    check_pruner,
    compare,
    correlate,
    coverage,
    features,
    flops,
    prune,
    recover,
    report,
    score,
    show,
    sweep,
)
from .commands import list as list_

app = typer.Typer(
    name="evtp",
    cls=AdvisedGroup,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode="markdown",  # paragraphs flow to the width of the terminal
    context_settings={"help_option_names": ["-h", "--help"]},
    help="Benchmark visual-token pruners and account for their FLOPs, without weights or a GPU.",
)


def _version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version

        typer.echo(version("evtp"))
        raise typer.Exit


@app.callback()
def _root(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version.")
    ] = False,
    debug: Annotated[
        bool, typer.Option("--debug", help="Show the traceback of an error; works anywhere.")
    ] = False,
) -> None:
    pass


app.add_typer(bench.app, name="bench")
app.command("check-pruner")(check_pruner.run)
app.command("compare")(compare.run)
app.command("correlate")(correlate.run)
app.command("coverage")(coverage.run)
app.add_typer(features.app, name="features")
app.add_typer(flops.app, name="flops")
app.command("list")(list_.run)
app.command("prune")(prune.run)
app.command("recover")(recover.run)
app.command("report")(report.run)
app.command("score")(score.run)
app.command("show")(show.run)
app.command("sweep")(sweep.run)


def main() -> None:
    """The console script."""
    app()
