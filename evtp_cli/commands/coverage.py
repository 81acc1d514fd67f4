"""`evtp coverage`: how well each method's tokens cover the frames of a cache."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from operator import itemgetter
from typing import Annotated, Any

import typer

from ...core.budget import keep_text
from ...reports.table import Column, Record, Table
from ..methods import chosen_pruners, fed
from ..options import (
    KEEPS,
    CacheOption,
    FormatOption,
    KeepOption,
    MethodOption,
    OutputOption,
    PlotOption,
    PrunerOption,
    SeedsOption,
    keeps,
    one_of,
)
from ..output import Output, Plot

EXAMPLES = (
    "evtp coverage --method evtp,kcenter --keep 5%,10%",
    "evtp coverage --pruner mine.py --output coverage.tex",
)

STATISTICS = {
    "feature_radius": Column("feature_radius", "Feature", "number", group="Radius", rank="min"),
    "spatial_radius": Column("spatial_radius", "Spatial", "number", group="Radius", rank="min"),
    "joint_radius": Column("joint_radius", "Joint", "number", group="Radius", rank="min"),
    "mean_distance": Column("mean_distance", "Mean dist.", "number", rank="min"),
    "certificate": Column("certificate", "Certificate", "number", digits=2),
}
"""The statistics that people see; records hold those of every measure."""

RECOVERED = Column("recovery_iou", "Recovered IoU", "percent", digits=1, rank="max")
"""What a sweep over a cache with masks has beside."""

RECOVERED_NOTE = (
    "Recovered IoU: of the objects' masks recovered from the kept tokens alone, mean over the "
    "objects of a frame; `evtp recover` says more of it."
)

NOTES = (
    "Radius: the largest distance of a token to its nearest kept one. Feature: between "
    "L2-normalised features; spatial: between (row / rows, column / columns); joint: in "
    "[feature ; λ position] with each frame's own λ = 1 / (variance + 1e-6), whichever method "
    "chose the tokens.",
    "λ scales joint radius and mean distance, in each frame by its own: the frames of largest λ "
    "would decide a mean. Hence medians, of each frame's mean over its seeds, and the certificate, "
    "which has no unit.",
    "Certificate: joint radius over half of evtp's on the same frame, which no choice of as many "
    "tokens can go below (Gonzalez 1985). 1 would be optimal; evtp is at 2 by construction.",
)


def run(
    method: MethodOption = None,
    pruner: PrunerOption = None,
    keep: KeepOption = KEEPS,
    cache: CacheOption = None,
    baseline: Annotated[
        str,
        typer.Option(
            "--baseline",
            metavar="METHOD",
            help="A pruner that is shown beside the others, or `none`.",
        ),
    ] = "random",
    seeds: SeedsOption = 5,
    per_frame: Annotated[
        bool, typer.Option("--per-frame", help="A row a frame and seed instead of the median.")
    ] = False,
    plot: PlotOption = None,
    format: FormatOption = None,
    output: OutputOption = None,
) -> None:
    """Print how well each method's tokens cover the frames: radii in three spaces, and more.

    Without --method or --pruner the paper's, `evtp`. A figure shows radius against ratio.
    """
    destination = Output.to(format, output)
    figure = Plot.to(plot)
    asked = method or ([] if pruner else ["evtp"])
    from ...pruners.method import names

    if baseline != "none":
        one_of("baseline", baseline.partition(":")[0], [*names(), "none"])
    pruners = chosen_pruners([*asked, *([] if baseline == "none" else [baseline])], pruner)
    ratios = keeps(keep)

    from ...sweeps.evaluate import KEYS, evaluate
    from ...sweeps.summary import summarise
    from ..progress import over
    from ..sources import open_source, provenance

    source = open_source(cache)
    pruners = fed(pruners, method, source.encoder.get("inputs", ()))
    records = [
        record
        for sample in over(source.values(), "Covering")
        for record in evaluate(sample, pruners, ratios, seeds)
    ]
    summary = summarise(records, [key for key in records[0] if key not in KEYS])
    meta = {**provenance(source), "seeds": seeds}
    destination.write(frame_table(records, meta) if per_frame else summary_table(summary, meta))
    figure.draw("radius", summary)


def summary_table(summary: Sequence[Record], meta: Mapping[str, object]) -> Table:
    """Median and interquartile range over frames, a block a keep ratio."""
    recovered = any(record.get("recovery_iou_median") is not None for record in summary)
    shown = {**STATISTICS, **({RECOVERED.key: RECOVERED} if recovered else {})}
    medians = [replace(column, key=f"{key}_median") for key, column in shown.items()]
    spreads = [
        replace(column, key=f"{key}_iqr", group="Interquartile range", rank="")
        for key, column in STATISTICS.items()
        if column.group == "Radius"
    ]
    return Table(
        title="Coverage of the kept tokens, median over frames",
        columns=[*_leading(), *medians, *spreads],
        rows=sorted(
            _labelled(map(_with_ranges, summary)), key=itemgetter("share_kept", "keep_text")
        ),
        records=summary,
        meta=meta,
        notes=[*NOTES, *([RECOVERED_NOTE] if recovered else [])],
        block="keep_text",
    )


def frame_table(records: Sequence[Record], meta: Mapping[str, object]) -> Table:
    """A row a frame, method, seed and keep ratio."""
    return Table(
        title="Coverage of the kept tokens, frame by frame",
        columns=[
            Column("sample", "Sample"),
            Column("frame", "Frame"),
            *_leading(),
            Column("seed", "Seed", "integer"),
            *(replace(column, rank="") for column in STATISTICS.values()),
        ],
        rows=_labelled(records),
        records=records,
        meta=meta,
        notes=NOTES,
        block="sample",
    )


def _leading() -> list[Column]:
    return [
        Column("keep_text", "Keep"),
        Column("method", "Method"),
    ]


def _with_ranges(record: Record) -> Record:
    """The record with the distance between the quartiles of every statistic shown."""
    quartiles = {key: (record[f"{key}_q1"], record[f"{key}_q3"]) for key in STATISTICS}
    return {
        **record,
        **{
            f"{key}_iqr": None if low is None else high - low  # type: ignore[operator]
            for key, (low, high) in quartiles.items()
        },
    }


def _labelled(records: Iterable[Record]) -> list[dict[str, Any]]:
    return [{**r, "keep_text": keep_text(r["keep"], r["tokens_kept"])} for r in records]
