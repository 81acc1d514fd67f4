"""Methods on one sample: what they keep, and how well it covers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from time import perf_counter
from typing import NamedTuple

from ..core.budget import Keep
from ..coverage.cover import covers_of
from ..coverage.measures import measure_all
from ..features.cache import Sample
from ..pruners import Selection, frames_of, select_each
from ..pruners.frame import Frame
from ..pruners.method import Pruner
from ..segmentation.recovery import Target
from .recovery import recovery

KEYS = ("sample", "frame", "method", "seed", "keep", "tokens", "tokens_kept")
"""What a record is about; its other keys are the statistics."""


class Run(NamedTuple):
    """One pruner under one seed, for several budgets at once."""

    pruner: Pruner
    seed: int
    keeps: Sequence[Keep]


class Outcome(NamedTuple):
    """What a run gives on one frame, in the order of its budgets.

    Args:
        chosen: the tokens kept.
        statistics: every statistic of `evtp.coverage.measures`, and the mask recovery.
        select_seconds: what choosing took, for all budgets together.
        measure_seconds: what measuring took.

    """

    chosen: list[Selection]
    statistics: list[dict[str, float | None]]
    select_seconds: float
    measure_seconds: float


def runs_of(pruners: Sequence[Pruner], keeps: Sequence[Keep], seeds: int) -> list[Run]:
    """Every pruner with its seeds 0, 1, ...; one that draws nothing at random runs under 0 only."""
    return [
        Run(pruner, seed, keeps)
        for pruner in pruners
        for seed in range(seeds if pruner.seeded else 1)
    ]


def outcome(frame: Frame, run: Run, targets: Sequence[Target] = ()) -> Outcome:
    """One run on one frame.

    Args:
        frame: shared by all runs on it, so that its geometry is computed once.
        run: the pruner, its seed and its budgets.
        targets: the objects in the frame, to be recovered from the tokens kept.

    Raises:
        InputError: where the method lacks an input, or a feature is not finite.

    """
    start = perf_counter()
    chosen = select_each(run.pruner, frame, run.keeps, seed=run.seed)
    selected = perf_counter()
    # The largest first: the greedy run behind its certificate serves the others.
    covers = covers_of(frame, [kept.indices for kept in chosen])
    statistics: dict[int, dict[str, float | None]] = {}
    for i in sorted(range(len(chosen)), key=lambda i: -len(chosen[i])):
        cover = covers[i]
        statistics[i] = {**measure_all(cover), **(recovery(cover, targets) if targets else {})}
    return Outcome(
        chosen,
        [statistics[i] for i in range(len(chosen))],
        selected - start,
        perf_counter() - selected,
    )


def records_of(sample: str, frame: Frame, run: Run, found: Outcome) -> list[dict[str, object]]:
    """What a run gave on a frame as a record a budget: `KEYS` and the statistics.

    Args:
        sample: the id of the sample that the frame is of.
        frame: what it ran on.
        run: what ran.
        found: the outcome of that run on that frame.

    """
    return [
        {
            "sample": sample,
            "frame": frame.index,
            "method": run.pruner.name,
            "seed": run.seed,
            "keep": keep,
            "tokens": frame.tokens,
            "tokens_kept": len(chosen),
            **statistics,
        }
        for keep, chosen, statistics in zip(run.keeps, found.chosen, found.statistics, strict=True)
    ]


def evaluate(
    sample: Sample, pruners: Sequence[Pruner], keeps: Sequence[Keep], seeds: int
) -> Iterator[dict[str, object]]:
    """A record for every frame, method, seed and keep, in this order.

    A frame's geometry is computed once for all of them. A method that draws nothing at random runs
    once, under seed 0.

    Args:
        sample: an image or clip.
        pruners: the methods.
        keeps: ratios or counts.
        seeds: how many seeds a method that draws at random is run with: 0, 1, ...

    Yields:
        `KEYS` and every statistic of `evtp.coverage.measures`.

    Raises:
        InputError: where a method lacks an input, or a feature is not finite.
    """
    runs = runs_of(pruners, keeps, seeds)
    for frame in frames_of(sample.clip):
        for run in runs:
            yield from records_of(sample.id, frame, run, outcome(frame, run))
