"""What `evtp report` computes, and how it becomes tables and figures."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from ..core.budget import Keep
from ..features.cache import Cache
from ..flops import count, datasets
from ..pruners.method import Pruner
from ..reports.accuracy import ablation_table, accuracy_table, difference_table
from ..reports.cost import module_table
from ..reports.document import Drawn, Report
from ..reports.plots import PLOTS
from ..reports.settings import instruction_table, statistics_table, token_table
from ..reports.table import Table

KEEPS: tuple[Keep, ...] = (0.05, 0.1, 0.2, 0.3, 0.4, 0.6, 0.8)
"""The keep ratios of the curves; the paper's tables have the first three, and all tokens."""

PUBLISHED: tuple[Keep, ...] = (1.0, 0.2, 0.1, 0.05)

Step = Callable[[str], None]


@dataclass(frozen=True)
class Numbers:
    """The records that a report is made of.

    Args:
        flops: of every data set at the published keep ratios.
        cover: per frame.
        summary: the same over frames and seeds.
        meta: what the cover depends on.

    """

    flops: list[dict[str, Any]]
    cover: list[dict[str, Any]]
    summary: list[dict[str, Any]]
    meta: dict[str, object]


def compute(
    source: Cache, pruners: Sequence[Pruner], seeds: int, *, optional: bool, step: Step
) -> Numbers:
    """Counts and measures everything.

    Args:
        source: the frames.
        pruners: the methods.
        seeds: of methods that draw at random.
        optional: leave out a method that the frames lack an input for, instead of failing.
        step: told what is done next.

    """
    from ..sweeps.evaluate import KEYS, evaluate
    from ..sweeps.summary import summarise

    step("FLOPs")
    flops = [
        record
        for name in datasets()
        for keep in PUBLISHED
        for record in count(dataset=name, keep=keep).records()
    ]
    cover = []
    for sample in source.values():
        step(f"cover of {sample.id}")
        usable = [
            one
            for one in pruners
            if not optional or all(getattr(sample.clip, need) is not None for need in one.needs)
        ]
        cover += list(evaluate(sample, usable, KEEPS, seeds))
    statistics = [key for key in cover[0] if key not in KEYS]
    meta = {
        "encoder": source.encoder.get("encoder", ""),
        "samples": len(source),
        "frames": source.frames,
        "seeds": seeds,
    }
    return Numbers(flops, cover, summarise(cover, statistics), meta)


def gather(numbers: Numbers) -> Report:
    """The tables and figures of the numbers."""
    return Report(tables=_tables(numbers), figures=_figures(numbers))


def _tables(numbers: Numbers) -> dict[str, Table]:
    from .commands.coverage import summary_table

    tables: dict[str, Table] = {}
    for number in (1, 2, 3):
        tables[f"table{number}"] = accuracy_table(number, numbers.flops)
        tables[f"table{number}-difference"] = difference_table(number)
    tables["table4"] = ablation_table()
    tables["table5"] = token_table(numbers.flops)
    tables["table6"] = instruction_table()
    tables["table7"] = statistics_table()
    tables["flops"] = module_table(numbers.flops)
    shown = [record for record in numbers.summary if record["keep"] in PUBLISHED]
    tables["coverage"] = summary_table(shown, numbers.meta)
    return tables


def _figures(numbers: Numbers) -> dict[str, Drawn]:
    stamp = " · ".join(f"{key}: {value}" for key, value in numbers.meta.items())
    two = [r for r in numbers.flops if r["dataset"] in ("refcoco", "revos")]
    return {
        "radius": Drawn(
            f"Coverage radius against keep ratio, mean over frames ({stamp}).",
            lambda: PLOTS.load("radius")(numbers.summary),
        ),
        "cost": Drawn(
            "Cost of a forward pass by module against keep ratio.",
            lambda: PLOTS.load("cost")(two),
        ),
    }
