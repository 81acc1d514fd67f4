"""`evtp recover`: what each method's tokens still say of where the objects are."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Annotated

import typer

from ...core.budget import keep_key, keep_text
from ...core.errors import InputError
from ...reports.table import Column, Record, Table
from ..masked import (
    NearestOption,
    PerKindOption,
    ScenesOption,
    SpaceOption,
    ThresholdOption,
    kind_of,
    masked_samples,
    require_objects,
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
    one_of,
)
from ..output import Output

EXAMPLES = (
    "evtp recover --method evtp,divprune --keep 10%",
    "evtp recover --method evtp,divprune --keep 10% --against evtp",
    "evtp recover --method evtp --scenes all --per-kind 1",
)

NOTES = (
    "A proxy of ours, no substitute for the model: a kept token knows the share of its patch that "
    "an object fills, a dropped one takes the value of the nearest kept ones; IoU and boundary F "
    "of the upsampled map above the threshold, mean over objects. Ceiling: all tokens kept.",
    "Lost: objects none of whose tokens (patches at least half filled, else the fullest) is kept. "
    "Small: under 1 % of the frame (7 of 729 tokens); medium: under 5 %.",
)

AGAINST = (
    "Against {0}: IoU less that of {0} on each frame (mean over objects and seeds), in points: the "
    "median over frames, 95 % of it when samples are drawn anew ({1:,} bootstrap draws; none for "
    "one sample), and on how many frames it is above."
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
    against: Annotated[
        str | None,
        typer.Option(
            "--against", metavar="METHOD", help="Compare each other method with it frame by frame."
        ),
    ] = None,
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
    asked = list(method or ([] if pruner else ALL))
    pruners = chosen_pruners([*asked, *_other(against, pruner, per_object)], pruner)
    ratios = keeps(keep)

    from ...segmentation.recovery import Reading
    from ...sweeps.objects import per_method, recover
    from ...sweeps.paired import DRAWS, paired
    from ..progress import over

    reading = Reading(space, neighbours, threshold)  # type: ignore[arg-type]
    samples, about, inputs = masked_samples(cache, scenes, per_kind)
    pruners = fed(pruners, asked, inputs)
    if against and against not in [p.name for p in pruners]:
        raise InputError("against", against, "is left out", "name a method that can be run")
    if against and len(pruners) < 2:
        raise InputError("against", against, "has no other beside it", "add one by --method")
    records = [
        record
        for sample in over(samples, "Recovering")
        for record in recover(sample, pruners, ratios, seeds, reading)
    ]
    require_objects(records, cache)
    if scenes is not None:
        records = [{"scene": kind_of(record["sample"]), **record} for record in records]
    meta = {**about, "seeds": seeds, **vars(reading)}
    by = ["scene"] if scenes else []
    rows = records if per_object else per_method(records, by)
    if against:
        gains = paired(records, against, "iou", by)
        nothing = dict.fromkeys(next(iter(gains.values()), {}))
        rows = [
            row | gains.get((*(row[k] for k in by), row["method"], *keep_key(row["keep"])), nothing)
            for row in rows
        ]
    shown = [
        {
            **row,
            "keep_text": keep,
            "block": (row.get("scene"), keep),
            "better_text": f"{row['better']} of {row['frames']}" if row.get("against") else None,
        }
        for row in rows
        for keep in [keep_text(row["keep"])]
    ]
    several = not per_object and any(row["iou_sd"] is not None for row in rows)
    columns = [
        *([Column("scene", "Scene", once=True)] if scenes else []),
        *_LEADING,
        *(_OBJECT if per_object else _found(_METHOD, rows)),
        *(_gains(against) if against else []),
    ]
    destination.write(
        Table(
            title="Masks recovered from the kept tokens",
            columns=[column for column in columns if several or column.key != "iou_sd"],
            rows=sorted(shown, key=lambda row: _place(row, per_object)),
            records=rows,
            meta=meta,
            notes=NOTES
            + (SPREAD,) * several
            + ((AGAINST.format(against, DRAWS),) if against else ()),
            block="block",
        )
    )


def _found(columns: Iterable[Column], rows: Iterable[Record]) -> list[Column]:
    """The columns less those of small objects, where there are none."""
    small = any(row["iou_small"] is not None for row in rows)
    return [column for column in columns if small or column.group != "Small"]


def _other(against: str | None, files: Iterable[Path] | None, per_object: bool) -> list[str]:
    """The method that others are compared with, if any.

    Raises:
        InputError: where it is none, or no means are asked for.

    """
    if against is None:
        return []
    from ...pruners.method import load, names

    own = [file.stem.replace("_", "-") for file in files or ()]
    one_of("against", name := against.partition(":")[0], [*names(), *own])
    if name not in own:
        try:
            load(against)
        except InputError as error:
            raise error.but(name="against") from None
    if per_object:
        raise InputError("against", against, "goes not with --per-object", "leave one out")
    return [against]


def _gains(against: str) -> list[Column]:
    group = f"Against {against}"
    return [
        Column("iou_gain", "IoU", "percent", "points", digits=1, group=group, signed=True),
        Column("iou_gain_low", "from", "percent", "points", digits=1, group=group, signed=True),
        Column("iou_gain_high", "to", "percent", "points", digits=1, group=group, signed=True),
        Column("better_text", "Above", group=group),
    ]


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
