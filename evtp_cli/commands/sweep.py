"""`evtp sweep`: methods x ratios x seeds x samples into Parquet, on one machine or a cluster."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import replace
from typing import TYPE_CHECKING, Annotated

import typer

from ...core.budget import keep_key, keep_text
from ...core.errors import CheckFailed
from ...reports.table import Column, Record, Table
from ..methods import chosen_pruners, fed
from ..options import (
    FORMAT,
    KEEPS,
    CacheOption,
    KeepOption,
    MethodOption,
    PrunerOption,
    SeedsOption,
    keeps,
)
from ..output import Output, note
from .coverage import RECOVERED, RECOVERED_NOTE

if TYPE_CHECKING:
    from ...sweeps.work import Failure

EXAMPLES = ("evtp sweep --method evtp,kcenter --keep 5%,10% --output run/",)


def run(
    output: Annotated[
        str,
        typer.Option(
            "--output",
            "-o",
            metavar="FOLDER",
            help="Where to write. A new folder or URL, or a run to continue or to extend.",
        ),
    ],
    method: MethodOption = None,
    pruner: PrunerOption = None,
    keep: KeepOption = KEEPS,
    seeds: SeedsOption = 1,
    cache: CacheOption = None,
    indices: Annotated[
        bool, typer.Option("--indices", help="Also record the kept indices.")
    ] = False,
    engine: Annotated[
        str,
        typer.Option(
            "--engine", metavar="NAME", help="What runs it: `local` (processes) or `ray`."
        ),
    ] = "local",
    workers: Annotated[
        int | None,
        typer.Option(
            "--workers",
            metavar="N",
            min=1,
            help="Processes, or cores of the Ray cluster started here. \\[default: all cores]",
        ),
    ] = None,
    address: Annotated[
        str | None,
        typer.Option(
            "--address",
            metavar="ADDRESS",
            help="A Ray cluster to join: `auto`, HOST:PORT or ray://HOST:PORT.",
        ),
    ] = None,
    shard_frames: Annotated[
        int | None,
        typer.Option(
            "--shard-frames",
            metavar="N",
            min=1,
            help="Frames that a worker does in one go. \\[default: 64, fewer in a small cache]",
        ),
    ] = None,
    format: Annotated[
        str | None,
        typer.Option(
            "--format",
            metavar="NAME",
            help=f"{FORMAT} \\[default: table on a terminal, csv in a pipe]",
        ),
    ] = None,
) -> None:
    """Run methods x ratios x seeds over the frames of a cache, into Parquet.

    The same command again continues a run that was stopped. More methods, ratios or seeds compute
    only what is new. Without --method or --pruner the paper's, `evtp`.

    Exits with 1 where samples failed; failures.csv in the run lists them.
    """
    destination = Output.to(format, None)
    ratios = keeps(keep)
    pruners = chosen_pruners(method, pruner, default=["evtp"])

    from ...sweeps.engines import ENGINES
    from ...sweeps.overview import overview
    from ...sweeps.sweep import Request, carry_out, planned
    from ..progress import bar, resumable
    from ..sources import open_source, provenance
    from ..sweep_progress import pace

    ENGINES.load(engine)
    source = open_source(cache)
    pruners = fed(pruners, method, source.encoder.get("inputs", ()))
    request = Request(pruners, ratios, seeds, indices, shard_frames)
    failures: list[Failure] = []
    with resumable(output), ExitStack() as stack:
        with bar("Reading the cache", source.frames, "frames") as seen:
            plan = stack.enter_context(planned(source, request, output, seen))
        there = plan.shards - len({task.shard.number for task in plan.tasks})
        if there:
            note(f"{there} of {plan.shards} shards are there already")
        with pace("Sweeping", plan.frames_left, "frames") as advance:
            for done in carry_out(plan, engine, workers, address):
                failures += done.failures
                advance(done.task.frames, f"{len(failures)} failures" if failures else "")
        summary = overview(plan.job.output)
    if summary:
        destination.write(overview_table(summary, [p.name for p in pruners], provenance(source)))
    note(f"records: {output}/records (Parquet), timings: {output}/timings")
    if failures:
        raise CheckFailed(
            f"{len(failures)} samples or methods failed, the first by: {failures[0].problem}. "
            f"All are in {output}/failures.csv; the same command again tries them again"
        )


def overview_table(summary: Sequence[Record], methods: Sequence[str], meta: Record) -> Table:
    """The median of each method, a block a budget, the methods asked for first and in order."""
    order = {method: number for number, method in enumerate(methods)}
    blocks = [keep_key(record["keep"]) for record in summary]
    recovered = any(record["recovery_iou_median"] is not None for record in summary)
    return Table(
        title="The sweep, median over frames and seeds",
        columns=[
            Column("keep_text", "Keep", once=True),
            Column("method", "Method"),
            Column("records", "Records", "integer"),
            *(
                Column(
                    f"{space}_radius_median", space.title(), "number", group="Radius", rank="min"
                )
                for space in ("feature", "spatial", "joint")
            ),
            Column("certificate_median", "Certificate", "number", digits=2),
            *([replace(RECOVERED, key="recovery_iou_median")] if recovered else []),
            Column("pruning_macs_median", "Cost", "number", unit="MMAC", digits=1, scale=1e6),
            Column("select_seconds_median", "Time", "number", unit="ms", scale=1e-3, digits=1),
        ],
        rows=sorted(
            ({**row, "keep_text": keep_text(row["keep"], row["tokens_kept"])} for row in summary),
            key=lambda row: (
                blocks.index(keep_key(row["keep"])),
                order.get(str(row["method"]), len(order)),
            ),
        ),
        records=summary,
        meta=meta,
        notes=(
            "Medians over all records, approximate in a large run (t-digest); `evtp coverage` and "
            "the report take the mean over seeds of each frame first, and exact ones.",
            "Cost: multiply-accumulates of choosing the tokens; empty where no closed form is "
            "known. Time: median in which a frame's tokens were chosen for all ratios together, "
            "on the machines that ran the sweep; `evtp bench` measures with care.",
            *([RECOVERED_NOTE] if recovered else []),
        ),
        block="keep_text",
    )
