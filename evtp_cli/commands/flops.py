"""`evtp flops`: what every module costs, full and pruned."""

from __future__ import annotations

from typing import Annotated

import typer

from ...core.budget import keep_text
from ...flops import count, datasets
from ...flops.published import published_total
from ...reports.flops import flops_table
from ..advice import AdvisedGroup
from ..options import FormatOption, KeepOption, OutputOption, choose, keeps, split
from ..output import Output

app = typer.Typer(cls=AdvisedGroup, invoke_without_command=True)


@app.callback()
def query(
    context: typer.Context,
    model: Annotated[
        list[str] | None,
        typer.Option("--model", metavar="MODEL|FILE", help="A model's name, or its TOML file."),
    ] = None,
    dataset: Annotated[
        list[str] | None,
        typer.Option(
            "--dataset",
            metavar="NAME",
            help="Data sets: the frames and the text tokens. Repeat, separate by commas, or `all`.",
        ),
    ] = None,
    keep: KeepOption = None,
    accounting: Annotated[
        str, typer.Option("--accounting", metavar="NAME", help="What is counted.")
    ] = "paper",
    format: FormatOption = None,
    output: OutputOption = None,
) -> None:
    """Count what every module costs, in multiply-accumulates, full and pruned."""
    if context.invoked_subcommand is not None:
        return
    destination = Output.to(format, output)
    names = choose("dataset", dataset, list(datasets())) if dataset is not None else ["revos"]
    ratios = keeps(keep, ["0.05", "0.1", "0.2"])
    counts = [
        count(m, dataset=d, keep=k, accounting=accounting)
        for m in split(model) or ["instructseg"]
        for d in names
        for k in ratios
    ]
    notes = [
        f"{c.dataset} at {keep_text(c.keep)}: {total.sentence(c.total)}"
        for c in counts
        if (total := published_total(c.dataset, c.keep))
    ]
    meta = {"accounting": accounting, "convention": "mac", "unit": "MAC (twice as many are FLOPs)"}
    records = [record for c in counts for record in c.records()]
    destination.write(flops_table(records, meta, notes))
