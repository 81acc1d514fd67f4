"""`evtp compare`: how far methods agree, how well each covers, and what each costs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import combinations
from statistics import fmean, stdev
from typing import TYPE_CHECKING, Any

import typer  # noqa: F401 - the options' annotations need it at run time

from ...core.budget import Keep, keep_text
from ...core.errors import InputError
from ...reports.table import Column, Record, Table
from ..methods import chosen_pruners
from ..options import (
    ONE_KEEP,
    CacheOption,
    FormatOption,
    KeepOption,
    MethodOption,
    OutputOption,
    PrunerOption,
    SeedOption,
    keeps,
)
from ..output import Output

if TYPE_CHECKING:
    from ...features.cache import Cache
    from ...pruners.method import Pruner

EXAMPLES = (
    "evtp compare --keep 10%",
    "evtp compare --method evtp,divprune --pruner mine.py",
)

DEFAULT = "random,divprune,visionzip,vispruner,kcenter,evtp"
"""The methods that the paper compares."""

STATISTICS = ("feature_radius", "spatial_radius", "joint_radius", "mean_distance")

NOTES = (
    "Overlap: tokens that two methods both keep over those that either keeps (Jaccard), mean over "
    "frames; two random choices share keep / (2 - keep) of theirs.",
    "Cost: multiply-accumulates of the method on one frame as it is described; see "
    "`evtp bench pruners` for time.",
)


def run(
    method: MethodOption = None,
    pruner: PrunerOption = None,
    keep: KeepOption = ONE_KEEP,
    cache: CacheOption = None,
    seed: SeedOption = 0,
    format: FormatOption = None,
    output: OutputOption = None,
) -> None:
    """Print how far methods keep the same tokens, beside their cover and their cost.

    Without --method those that the paper compares; --pruner stands beside them.
    """
    destination = Output.to(format, output)
    pruners = chosen_pruners(method or [DEFAULT], pruner)
    if len(pruners) < 2:
        raise InputError("method", pruners[0].name, "is one method", "name two or more")
    ratios = keeps(keep)

    from ..sources import open_source, provenance

    source = open_source(cache)
    single, pairs = _measured(source, pruners, ratios, seed)
    destination.write(_table(single, pairs, {**provenance(source), "seed": seed}))


def _measured(
    source: Cache, pruners: Sequence[Pruner], ratios: Sequence[Keep], seed: int
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """A record a method and keep, and one a pair and keep."""
    from ...pruners import frames_of
    from ...pruners.agreement import jaccard
    from ...sweeps.evaluate import Run, outcome
    from ..progress import over

    values: dict[tuple[Any, ...], list[float]] = {}
    costs: dict[tuple[str, int], int | None] = {}
    counts: dict[tuple[str, int], tuple[int, int]] = {}
    for sample in over(source.values(), "Comparing"):
        for frame in frames_of(sample.clip):
            found = {p.name: outcome(frame, Run(p, seed, ratios)) for p in pruners}
            width = 0 if sample.clip.keys is None else sample.clip.keys.shape[-1]
            for number in range(len(ratios)):
                for name, result in found.items():
                    kept = len(result.chosen[number])
                    if (name, number) not in costs:
                        costs[name, number] = _macs(name, frame.tokens, kept, frame.width, width)
                        counts[name, number] = frame.tokens, kept
                    for key in STATISTICS:
                        value = result.statistics[number][key]
                        if value is not None:
                            values.setdefault((name, number, key), []).append(value)
                for one, other in combinations(found, 2):
                    overlap = jaccard(
                        found[one].chosen[number].indices, found[other].chosen[number].indices
                    )
                    values.setdefault((one, number, other), []).append(overlap)
    single: list[dict[str, Any]] = []
    pairs: list[dict[str, Any]] = []
    for number, keep in enumerate(ratios):
        for p in pruners:
            tokens, kept = counts[p.name, number]
            statistics = {
                f"{key}_mean": fmean(values[p.name, number, key])
                if (p.name, number, key) in values
                else None
                for key in STATISTICS
            }
            single.append(
                {
                    "method": p.name,
                    "keep": keep,
                    "tokens": tokens,
                    "tokens_kept": kept,
                    **statistics,
                    "macs": costs[p.name, number],
                }
            )
        for one, other in combinations([p.name for p in pruners], 2):
            shared = values[one, number, other]
            pairs.append(
                {
                    "method": one,
                    "other": other,
                    "keep": keep,
                    "jaccard_mean": fmean(shared),
                    "jaccard_std": stdev(shared) if len(shared) > 1 else None,
                }
            )
    return single, pairs


def _macs(name: str, tokens: int, kept: int, width: int, key_width: int) -> int | None:
    """What the method costs on a frame; None for a user's own, whose cost is not known."""
    from ...flops.ops import macs
    from ...flops.pruning import COSTS, pruning_ops

    method = name.split(":")[0]
    if method not in COSTS:
        return None
    return macs(pruning_ops(method, (tokens, kept), width, key_width))


def _table(single: Sequence[Record], pairs: Sequence[Record], meta: Mapping[str, object]) -> Table:
    names = list(dict.fromkeys(str(record["method"]) for record in single))
    shared = {(p["method"], p["other"], p["keep"]): p["jaccard_mean"] for p in pairs}
    rows = []
    for record in single:
        row = {**record, "keep": keep_text(record["keep"])}
        for other in names:
            for pair in ((record["method"], other), (other, record["method"])):
                if (*pair, record["keep"]) in shared:
                    row[f"overlap {other}"] = shared[*pair, record["keep"]]
        rows.append(row)
    number: Any = "number"
    return Table(
        title="Methods beside one another",
        columns=[
            Column("keep", "Keep"),
            Column("method", "Method"),
            Column("feature_radius_mean", "Feature", number, group="Radius", rank="min"),
            Column("spatial_radius_mean", "Spatial", number, group="Radius", rank="min"),
            Column("joint_radius_mean", "Joint", number, group="Radius", rank="min"),
            Column("mean_distance_mean", "Mean dist.", number, rank="min"),
            Column("macs", "Cost", number, unit="MMAC", digits=1, scale=1e6),
            *(Column(f"overlap {n}", n, number, digits=2, group="Overlap with") for n in names),
        ],
        rows=rows,
        records=[*single, *pairs],
        meta=meta,
        notes=NOTES,
        block="keep",
        label="tab:compare",
    )
