"""`evtp compare`: how far methods agree, how well each covers, and what each costs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import combinations
from operator import itemgetter
from statistics import fmean, stdev
from typing import TYPE_CHECKING, Any

import typer  # noqa: F401 - the options' annotations need it at run time

from ...core.budget import Keep, keep_key, keep_text
from ...core.errors import InputError
from ...reports.table import Column, Record, Table
from ..methods import chosen_pruners, fed
from ..options import (
    ONE_KEEP,
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

if TYPE_CHECKING:
    from ...features.cache import Cache
    from ...pruners import Selection
    from ...pruners.method import Pruner

EXAMPLES = (
    "evtp compare --keep 10%",
    "evtp compare --method evtp,divprune --pruner mine.py",
)

DEFAULT = "random,divprune,visionzip,vispruner,kcenter,evtp"
"""The methods that the paper compares."""

STATISTICS = ("feature_radius", "spatial_radius", "joint_radius", "mean_distance", "certificate")

_ABREAST = 8
"""Methods whose overlaps fit beside their radii on a page."""

NOTES = (
    "Radius, mean distance and certificate: as `evtp coverage` prints them, medians over frames, "
    "since each frame has its own scale λ of the joint space.",
    "Overlap: tokens that two methods both keep over those that either keeps (Jaccard), mean over "
    "frames and seeds; two random choices share about keep / (2 - keep) of theirs.",
    "Cost: multiply-accumulates of the method on one frame as it is described, empty where no "
    "closed form is known; see `evtp bench pruners` for time.",
)


def run(
    method: MethodOption = None,
    pruner: PrunerOption = None,
    keep: KeepOption = ONE_KEEP,
    cache: CacheOption = None,
    seeds: SeedsOption = 5,
    format: FormatOption = None,
    output: OutputOption = None,
) -> None:
    """Print how far methods keep the same tokens, beside their coverage and their cost.

    Without --method those that the paper compares; --pruner stands beside them.
    """
    destination = Output.to(format, output)
    pruners = chosen_pruners(method or [DEFAULT], pruner)
    if len(pruners) < 2:
        raise InputError("method", pruners[0].name, "is one method", "name two or more")
    ratios = keeps(keep)

    from ..sources import open_source, provenance

    source = open_source(cache)
    pruners = fed(pruners, method, source.encoder.get("inputs", ()))
    single, pairs = _measured(source, pruners, ratios, seeds)
    destination.write(_table(single, pairs, {**provenance(source), "seeds": seeds}))


def _measured(
    source: Cache, pruners: Sequence[Pruner], ratios: Sequence[Keep], seeds: int
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """A record a method and keep, and one a pair and keep."""
    from ...pruners import frames_of
    from ...pruners.agreement import jaccard
    from ...sweeps.cost import pruning_macs
    from ...sweeps.evaluate import outcome, records_of, runs_of
    from ...sweeps.summary import summarise
    from ..progress import over

    records: list[Record] = []
    shared: dict[tuple[str, str, int], list[float]] = {}
    runs = runs_of(pruners, ratios, seeds)
    for sample in over(source.values(), "Comparing"):
        for frame in frames_of(sample.clip):
            found: dict[str, list[list[Selection]]] = {p.name: [] for p in pruners}
            for run in runs:
                result = outcome(frame, run)
                records += [
                    {**record, "macs": pruning_macs(run.pruner, frame, len(chosen))}
                    for record, chosen in zip(
                        records_of(sample.id, frame, run, result), result.chosen, strict=True
                    )
                ]
                found[run.pruner.name].append(result.chosen)
            for (one, ones), (other, others) in combinations(found.items(), 2):
                for number in range(len(ratios)):
                    # One that draws nothing at random meets every seed of the other.
                    overlaps = [
                        jaccard(
                            ones[seed % len(ones)][number].indices,
                            others[seed % len(others)][number].indices,
                        )
                        for seed in range(max(len(ones), len(others)))
                    ]
                    shared.setdefault((one, other, number), []).append(fmean(overlaps))
    single = []
    for record, cost in zip(
        summarise(records, STATISTICS), summarise(records, ["macs"]), strict=True
    ):
        macs = cost["macs_median"]
        single.append({**record, "macs": round(macs) if isinstance(macs, float) else None})
    pairs = [
        {
            "method": one,
            "other": other,
            "keep": ratios[number],
            "jaccard_mean": fmean(values),
            "jaccard_std": stdev(values) if len(values) > 1 else None,
        }
        for (one, other, number), values in shared.items()
    ]
    return single, pairs


def _table(single: Sequence[Record], pairs: Sequence[Record], meta: Mapping[str, object]) -> Table:
    names = list(dict.fromkeys(str(record["method"]) for record in single))
    shared = {(p["method"], p["other"], *keep_key(p["keep"])): p["jaccard_mean"] for p in pairs}
    rows = []
    for record in single:
        row = {**record, "keep": keep_text(record["keep"], record["tokens_kept"])}
        for other in names:
            for pair in ((record["method"], other), (other, record["method"])):
                key = (*pair, *keep_key(record["keep"]))
                if key in shared:
                    row[f"overlap {other}"] = shared[key]
        rows.append(row)
    abreast = names if len(names) <= _ABREAST else []
    elsewhere = (
        f"Overlap: of each of the {len(names)} methods with the others in the records (csv, json); "
        f"up to {_ABREAST} methods stand beside one another here."
    )
    # A block a ratio, in it the methods as asked for.
    rows.sort(key=itemgetter("share_kept", "keep"))
    number: Any = "number"
    return Table(
        title="Methods beside one another, median over frames",
        columns=[
            Column("keep", "Keep"),
            Column("method", "Method"),
            Column("feature_radius_median", "Feature", number, group="Radius", rank="min"),
            Column("spatial_radius_median", "Spatial", number, group="Radius", rank="min"),
            Column("joint_radius_median", "Joint", number, group="Radius", rank="min"),
            Column("mean_distance_median", "Mean dist.", number, rank="min"),
            Column("certificate_median", "Certificate", number, digits=2),
            Column("macs", "Cost", number, unit="MMAC", digits=1, scale=1e6),
            *(Column(f"overlap {n}", n, number, digits=2, group="Overlap with") for n in abreast),
        ],
        rows=rows,
        records=[*single, *pairs],
        meta=meta,
        notes=NOTES if abreast else [NOTES[0], elsewhere, *NOTES[2:]],
        block="keep",
    )
