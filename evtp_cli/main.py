"""The `evtp` command: wires the commands, and does nothing else."""

from __future__ import annotations

from types import ModuleType
from typing import Annotated

import typer

from .advice import AdvisedGroup
from .commands import (
    bench_model,
    bench_pruners,
    check_pruner,
    compare,
    correlate,
    coverage,
    features_extract,
    features_import,
    features_info,
    features_verify,
    flops,
    flops_check,
    flops_cost,
    flops_explain,
    flops_operations,
    flops_verify,
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

        typer.echo(f"evtp {version('evtp')}")
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


def _examples(command: ModuleType) -> str:
    """The examples of a command as the end of its help, a line each."""
    lines = "\n\n".join(f"- `{example}`" for example in command.EXAMPLES)
    return f"Examples:\n\n{lines}"


def _add(group: typer.Typer, name: str, command: ModuleType) -> None:
    group.command(name, epilog=_examples(command))(command.run)


def _group(name: str, help: str) -> typer.Typer:
    group = typer.Typer(cls=AdvisedGroup, no_args_is_help=True, help=help)
    app.add_typer(group, name=name)
    return group


_bench = _group("bench", "Measure time on this machine.")
_add(_bench, "model", bench_model)
_add(_bench, "pruners", bench_pruners)

_add(app, "check-pruner", check_pruner)
_add(app, "compare", compare)
_add(app, "correlate", correlate)
_add(app, "coverage", coverage)

_features = _group("features", "Make caches of features, and look into them.")
_add(_features, "extract", features_extract)
_add(_features, "import", features_import)
_add(_features, "info", features_info)
_add(_features, "verify", features_verify)

_flops = typer.Typer(cls=AdvisedGroup, invoke_without_command=True, epilog=_examples(flops))
_flops.callback()(flops.run)
app.add_typer(_flops, name="flops")
_add(_flops, "check", flops_check)
_add(_flops, "cost", flops_cost)
_add(_flops, "explain", flops_explain)
_add(_flops, "operations", flops_operations)
_add(_flops, "verify", flops_verify)

_add(app, "list", list_)
_add(app, "prune", prune)
_add(app, "recover", recover)
_add(app, "report", report)
_add(app, "score", score)
_add(app, "show", show)
_add(app, "sweep", sweep)


def main() -> None:
    """The console script."""
    app()
