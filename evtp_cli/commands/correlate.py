"""`evtp correlate`: does better coverage give better masks, and which statistic says so best?"""

from __future__ import annotations

from collections.abc import Sequence
from statistics import fmean
from typing import Annotated, Any

import typer

from ...core.budget import keep_key
from ...core.errors import InputError
from ...reports.table import Column, Record, Table
from ..masked import (
    NearestOption,
    PerKindOption,
    ScenesOption,
    SpaceOption,
    ThresholdOption,
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
    PlotOption,
    PrunerOption,
    SeedsOption,
    keeps,
    one_of,
)
from ..output import Output, Plot

EXAMPLES = (
    "evtp correlate --keep 10% --seeds 1",
    "evtp correlate --method evtp,kcenter,divprune,random --scenes flat --plot correlation.png",
)

PAPER = "joint_radius"


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
    outcome: Annotated[
        str,
        typer.Option(
            "--outcome", metavar="NAME", help="What coverage should predict: `iou`, `f` or `lost`."
        ),
    ] = "iou",
    bootstrap: Annotated[
        int, typer.Option("--bootstrap", metavar="N", min=0, help="Replicates of the intervals.")
    ] = 1000,
    plot: PlotOption = None,
    format: FormatOption = None,
    output: OutputOption = None,
) -> None:
    """Correlate every statistic of coverage with mask recovery, over frames, methods and ratios.

    Spearman's rho with 95 % bootstrap intervals: across everything, partial on the share kept,
    within a ratio, and between the methods on one frame at one ratio.
    """
    destination = Output.to(format, output)
    figure = Plot.to(plot)
    one_of("outcome", outcome, ("iou", "f", "lost"))
    pruners = chosen_pruners(method, pruner, default=ALL)
    ratios = keeps(keep)

    from ...segmentation.recovery import Reading
    from ...sweeps.correlate import LEAST_METHODS, correlate
    from ...sweeps.objects import recover
    from ..progress import over

    if len(pruners) < LEAST_METHODS:
        raise InputError(
            "method",
            ", ".join(p.name for p in pruners),
            f"are fewer than {LEAST_METHODS}, of which a correlation says nothing",
            "add more, or give all",
        )
    reading = Reading(space, neighbours, threshold)  # type: ignore[arg-type]
    samples, about, inputs = masked_samples(cache, scenes, per_kind)
    pruners = fed(pruners, method or ([] if pruner else ALL), inputs)
    points = [
        point
        for sample in over(samples, "Recovering")
        for point in _per_frame(recover(sample, pruners, ratios, seeds, reading, measured=True))
    ]
    records = correlate(points, outcome, bootstrap, seed=0)
    meta = {**about, "outcome": outcome, "points": len(points), "bootstrap": bootstrap}
    destination.write(_table(records, {**meta, **vars(reading)}))
    figure.draw("correlation", records)


def _per_frame(records: Any) -> list[Record]:
    """One point a frame, method, seed and keep: outcomes are means over the frame's objects."""
    groups: dict[tuple[object, ...], list[Record]] = {}
    for record in records:
        of = (record[k] for k in ("sample", "frame", "method", "seed"))
        groups.setdefault((*of, *keep_key(record["keep"])), []).append(record)
    return [
        {**group[0], **{key: fmean(float(r[key]) for r in group) for key in ("iou", "f", "lost")}}  # type: ignore[arg-type]
        for group in groups.values()
    ]


def _table(records: Sequence[Record], meta: dict[str, object]) -> Table:
    titles = {
        "across": "Across",
        "partial": "Partial",
        "within_ratio": "Within ratio",
        "within_frame": "Within frame",
    }

    def cell(record: Record, view: str) -> str | None:
        value, low, high = (record[f"{view}{end}"] for end in ("", "_low", "_high"))
        if value is None:
            return None
        return f"{value:+.2f}" + ("" if low is None else f" [{low:+.2f}, {high:+.2f}]")

    best = records[0]
    verdict = f"{best['statistic']} predicts best between methods on a frame"
    paper = next((r for r in records if r["statistic"] == PAPER), None)
    if best["within_frame"] is None:
        verdict = "No statistic and outcome both differ between methods on a frame"
    elif paper is not None and paper is not best:
        verdict += f"; the paper's {PAPER} is number {list(records).index(paper) + 1}"
    return Table(
        title="Coverage statistics against mask recovery (Spearman)",
        columns=[
            Column("statistic", "Statistic"),
            *(Column(view, title) for view, title in titles.items()),
        ],
        rows=[{**r, **{view: cell(r, view) for view in titles}} for r in records],
        records=records,
        meta=meta,
        notes=[
            "Across: all points. Partial: with the number of kept tokens held fixed. Within ratio: "
            "mean over ratios. Within frame: between methods on one frame at one ratio, mean over "
            "both. Distances in the joint space are taken relative to their frame's mean, as each "
            "frame has its own scale λ. Brackets: 95 %, frames' samples and methods both drawn "
            "anew (1000 by default).",
            f"{verdict}. Recovery is a proxy of ours; see `evtp recover`.",
        ],
    )
