"""`evtp correlate`: does better coverage give better masks, and which statistic says so best?"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

import typer

from ...core.errors import InputError
from ...reports.plots.correlation import VIEWS, differing, statistic_name
from ...reports.table import Column, Record, Table
from ..masked import (
    NearestOption,
    PerKindOption,
    ScenesOption,
    SpaceOption,
    ThresholdOption,
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

PAPER = "joint radius"


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
    from ...sweeps.correlate import LEAST_METHODS, correlate, points_of
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
    points = points_of(
        record
        for sample in over(samples, "Recovering")
        for record in recover(sample, pruners, ratios, seeds, reading, measured=True)
    )
    require_objects(points, cache)
    records = correlate(points, outcome, bootstrap, seed=0)
    meta = {
        **about,
        "seeds": seeds,
        "outcome": outcome,
        "points": len(points),
        "bootstrap": bootstrap,
    }
    destination.write(_table(records, {**meta, **vars(reading)}))
    figure.draw("correlation", records)


def _table(records: Sequence[Record], meta: dict[str, object]) -> Table:
    views, alike = differing(records)
    same = [f"{VIEWS[view].lower()} as {VIEWS[other].lower()}" for view, other in alike]

    def cell(record: Record, view: str) -> str | None:
        value, low, high = (record[f"{view}{end}"] for end in ("", "_low", "_high"))
        if value is None:
            return None
        # Without a space, so that a narrow terminal has the interval in a line of its own.
        return f"{value:+.2f}" + ("" if low is None else f" [{low:+.2f},{high:+.2f}]")

    return Table(
        title="Coverage statistics against mask recovery (Spearman)",
        columns=[
            Column("statistic", "Statistic"),
            *(Column(view, VIEWS[view]) for view in views),
        ],
        rows=[
            {**r, "statistic": statistic_name(r), **{view: cell(r, view) for view in views}}
            for r in records
        ],
        records=records,
        meta=meta,
        notes=[
            "Across: all points. Partial: with the number of kept tokens held fixed. Within ratio: "
            "mean over ratios. Within frame: between methods on one frame at one ratio, mean over "
            "both. A point is the mean over a method's seeds. Distances in the joint space are "
            "taken relative to their frame's mean, as each frame has its own scale λ. Brackets: "
            "95 %, frames' samples and methods both drawn anew (1000 by default).",
            *([f"Here the same: {'; '.join(same)}."] if same else []),
            f"{_verdict(records)}. Recovery is a proxy of ours; see `evtp recover`.",
        ],
    )


def _verdict(records: Sequence[Record]) -> str:
    """Which statistics predict best, and the place of the paper's, ties sharing one."""
    # On one frame at one ratio the certificate is the joint radius times a constant.
    strengths = {
        statistic_name(record): round(abs(float(record["within_frame"])), 9)  # type: ignore[arg-type]
        for record in records
        if record["within_frame"] is not None and record["statistic"] != "certificate"
    }
    if not strengths:
        return "No statistic and outcome both differ between methods on a frame"
    most = max(strengths.values())
    best = [name for name, strength in strengths.items() if strength == most]
    verdict = (
        f"{' and '.join(best)} predict{'s' * (len(best) == 1)} best between methods on a frame"
    )
    if PAPER in strengths and PAPER not in best:
        place = 1 + sum(strength > strengths[PAPER] for strength in strengths.values())
        verdict += f"; the paper's {PAPER} is number {place}"
    return verdict
