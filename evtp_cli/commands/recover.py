"""`evtp recover`: what each method's tokens still say of where the objects are."""

from __future__ import annotations

from typing import Annotated

import typer

from ...core.budget import keep_text
from ...reports.table import Column, Record, Table
from ..masked import (
    NearestOption,
    PerKindOption,
    ScenesOption,
    SpaceOption,
    ThresholdOption,
    kind_of,
    masked_samples,
)
from ..methods import ALL, chosen_pruners, fed
from ..options import (
    KEEPS,
    CacheOption,
    FormatOption,
    KeepOption,
    MethodOption,
    OutputOption,
    PrunerOption,
    SeedsOption,
    keeps,
)
from ..output import Output

EXAMPLES = (
    "evtp recover --method evtp,divprune --keep 10%",
    "evtp recover --method evtp --scenes all --per-kind 1",
)

NOTES = (
    "A proxy of ours, no substitute for the model: a kept token knows the share of its patch that "
    "an object fills, a dropped one takes the value of the nearest kept ones; IoU and boundary F "
    "of the upsampled map above the threshold, mean over objects. Ceiling: all tokens kept.",
    "Lost: objects none of whose tokens (patches at least half filled, else the fullest) is kept. "
    "Small: under 1 % of the frame (7 of 729 tokens); medium: under 5 %.",
)

SPREAD = "SD: standard deviation between samples of their mean IoU."


def run(
    method: MethodOption = None,
    pruner: PrunerOption = None,
    keep: KeepOption = KEEPS,
    cache: CacheOption = None,
    scenes: ScenesOption = None,
    per_kind: PerKindOption = None,
    seeds: SeedsOption = 5,
    space: SpaceOption = "joint",
    neighbours: NearestOption = 1,
    threshold: ThresholdOption = 0.5,
    per_object: Annotated[
        bool,
        typer.Option("--per-object", help="A row an object, frame and seed instead of the mean."),
    ] = False,
    format: FormatOption = None,
    output: OutputOption = None,
) -> None:
    """Recover object masks from the kept tokens alone, and count the objects that lose them all.

    Without --method or --pruner every pruner. Scenes are shown kind by kind.
    """
    destination = Output.to(format, output)
    pruners = chosen_pruners(method, pruner, default=ALL)
    ratios = keeps(keep)

    from ...segmentation.recovery import Reading
    from ...sweeps.objects import per_method, recover
    from ..progress import over

    reading = Reading(space, neighbours, threshold)  # type: ignore[arg-type]
    samples, about, inputs = masked_samples(cache, scenes, per_kind)
    pruners = fed(pruners, method or ([] if pruner else ALL), inputs)
    records = [
        record
        for sample in over(samples, "Recovering")
        for record in recover(sample, pruners, ratios, seeds, reading)
    ]
    if scenes is not None:
        records = [{"scene": kind_of(record["sample"]), **record} for record in records]
    meta = {**about, "seeds": seeds, **vars(reading)}
    rows = records if per_object else per_method(records, by=["scene"] if scenes else [])
    shown = [
        {**row, "keep_text": keep, "block": (row.get("scene"), keep)}
        for row in rows
        for keep in [keep_text(row["keep"])]
    ]
    several = not per_object and any(row["iou_sd"] is not None for row in rows)
    columns = [
        *([Column("scene", "Scene", once=True)] if scenes else []),
        *_LEADING,
        *(_OBJECT if per_object else _METHOD),
    ]
    destination.write(
        Table(
            title="Masks recovered from the kept tokens",
            columns=[column for column in columns if several or column.key != "iou_sd"],
            rows=sorted(shown, key=lambda row: _place(row, per_object)),
            records=rows,
            meta=meta,
            notes=NOTES + (SPREAD,) * several,
            block="block",
        )
    )


def _place(row: Record, per_object: bool) -> tuple[str, float, str, float]:
    """Kind by kind and keep by keep, the best method first."""
    iou = 0.0 if per_object else -float(row["iou"])  # type: ignore[arg-type]
    kept = row["tokens_kept"] / row["tokens"] if per_object else row["share_kept"]  # type: ignore[operator]
    return str(row.get("scene", "")), float(kept), str(row["keep_text"]), iou  # type: ignore[arg-type]


_LEADING = [Column("keep_text", "Keep", once=True), Column("method", "Method")]
_METHOD = [
    Column("iou", "IoU", "percent", digits=1, rank="max"),
    Column("iou_sd", "SD", "percent", digits=1),
    Column("ceiling_iou", "Ceiling", "percent", digits=1, once=True),
    Column("f", "F", "percent", digits=1, rank="max"),
    Column("iou_small", "IoU", "percent", digits=1, rank="max", group="Small"),
    Column("lost_small", "Lost", "percent", digits=1, rank="min", group="Small"),
    Column("lost", "Lost", "percent", digits=1, rank="min", group="All"),
]
_OBJECT = [
    Column("seed", "Seed", "integer"),
    Column("sample", "Sample"),
    Column("frame", "Frame", "integer"),
    Column("object", "Object"),
    Column("size", "Size"),
    Column("iou", "IoU", "percent", digits=1),
    Column("ceiling_iou", "Ceiling", "percent", digits=1),
    Column("f", "F", "percent", digits=1),
    Column("lost", "Lost"),
]
