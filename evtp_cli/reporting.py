"""What `evtp report` computes: costs, coverage, and the tokens kept of the photographs."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import product
from typing import TYPE_CHECKING, Any

from ..core.budget import Keep, keep_text
from ..core.errors import InputError
from ..features.cache import Cache
from ..flops import count, datasets
from ..pruners.method import Pruner
from ..reports.own import Own
from .photographs import as_encoded, photograph_of
from .sources import described, provenance

if TYPE_CHECKING:
    from PIL.Image import Image

    from ..sweeps.evaluate import Outcome, Run

KEEPS: tuple[Keep, ...] = (0.05, 0.1, 0.2, 0.3, 0.4)
"""The keep ratios of the curves; the paper's tables have the first three, and all tokens."""

PUBLISHED: tuple[Keep, ...] = (0.05, 0.1, 0.2)

COST_KEEPS: tuple[Keep, ...] = (1.0, 0.8, 0.6, 0.4, 0.2, 0.1, 0.05)
TABLE_KEEPS: tuple[Keep, ...] = (1.0, 0.2, 0.1, 0.05)

ACCOUNTINGS = ("paper", "architecture")

METHODS = (
    "random",
    "tome",
    "visionzip",
    "vispruner",
    "divprune",
    "kcenter",
    "kcenter-spatial",
    "kcenter-adaptive",
    "evtp",
)
"""The methods of the paper's tables and figures."""

PHOTOGRAPHS = 60
"""Frames at most whose photographs a report shows: a page of more would be slow to open."""

_SIDE = 960
"""Pixels of a photograph's shorter side that are enough: it is shown at half of them."""

Step = Callable[[str, float], None]


@dataclass(frozen=True)
class Shot:
    """A photograph of the cache, and what every method keeps of it at the published ratios.

    Args:
        name: the sample, with the frame where it has several.
        image: the photograph.
        grid: (rows, columns) of its tokens.
        kept: by method and keep the tokens, under the first seed.
        notes: by method and keep the radii of that selection.
        later: whether a frame of the same clip comes before it.

    """

    name: str
    image: Image
    grid: tuple[int, int]
    kept: dict[str, dict[str, list[int]]]
    notes: dict[str, dict[str, str]]
    later: bool = False


@dataclass(frozen=True)
class Numbers:
    """The records that a report is made of.

    Args:
        flops: of every data set, keep ratio and accounting.
        cover: over frames and seeds.
        meta: what the coverage depends on.
        source: what the pictures depend on: the cache that was measured.
        shots: for the pictures; none where the cache does not say where its pictures are.
        notes: what was left out or assumed.

    """

    flops: list[dict[str, Any]]
    cover: list[dict[str, Any]]
    meta: Mapping[str, object]
    source: Mapping[str, object]
    shots: list[Shot] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def costs(keeps: Sequence[Keep]) -> Iterator[dict[str, Any]]:
    """FLOPs records of every accounting and data set, at these ratios beside the usual ones."""
    ratios = list(dict.fromkeys([*COST_KEEPS, *keeps]))
    for accounting in ACCOUNTINGS:
        for name in datasets():
            for keep in ratios:
                yield from count(dataset=name, keep=keep, accounting=accounting).records()


def numbers_of(
    source: Cache,
    pruners: Sequence[Pruner],
    seeds: int,
    own: Own,
    *,
    optional: bool,
    step: Step,
) -> Numbers:
    """Counts and measures everything; coverage comes from the user's sweeps where there are any.

    Args:
        source: the frames.
        pruners: the methods.
        seeds: of methods that draw at random.
        own: a user's own figures, for their ratios, and sweeps.
        optional: leave out a method that a frame does not serve, and say so, instead of failing.
        step: told what is done next, and the share of the work that is done.

    """
    from ..sweeps.evaluate import KEYS
    from ..sweeps.summary import summarise

    keeps = [keep for figure in own.figures if isinstance(keep := figure["keep"], float)]
    flops = list(costs(keeps))
    measured, shots, notes = measure(source, pruners, seeds, optional=optional, step=step)
    about: dict[str, object] = {**provenance(source), "seeds": seeds}
    meta = about
    cover: Sequence[dict[str, Any]] = own.cover or measured
    if own.cover:
        frames = {(record["sample"], record["frame"]) for record in own.cover}
        encoder = {key: value for key, value in described(own.encoder).items() if value != ""}
        meta = {"coverage": "your sweep", **encoder, "frames": len(frames)}
        swept = {record["method"] for record in own.cover}
        beside = [one.name for one in pruners if one.name not in swept]
        if beside and not optional:
            notes.append(f"coverage is that of your sweep; in pictures alone: {', '.join(beside)}")
    notes += _unlike({int(record["tokens"]) for record in cover if record["tokens"]})
    statistics = [key for key in cover[0] if key not in KEYS]
    return Numbers(flops, summarise(cover, statistics), meta, about, shots, notes)


def _unlike(tokens: set[int]) -> Iterator[str]:
    """That the coverage is of other frames than the costs, where it is."""
    if tokens and tokens != {counted := count().work.visual_tokens}:
        held = " or ".join(map(str, sorted(tokens)))
        yield (
            f"coverage is of frames of {held} tokens, costs are of the paper's {counted}: "
            f"`evtp flops --visual-tokens {max(tokens)}` counts yours"
        )


def measure(
    source: Cache, pruners: Sequence[Pruner], seeds: int, *, optional: bool, step: Step
) -> tuple[list[dict[str, Any]], list[Shot], list[str]]:
    """Runs every method on every frame.

    Args:
        source: the frames.
        pruners: the methods.
        seeds: of methods that draw at random.
        optional: leave out a method that a frame does not serve, and say so, instead of failing.
        step: told what is done next.

    Returns:
        Coverage records per frame, the photographs, and what was left out.

    """
    from ..pruners import frames_of
    from ..sweeps.evaluate import outcome, records_of, runs_of

    records: list[dict[str, Any]] = []
    shots: list[Shot] = []
    left_out: dict[str, InputError] = {}
    seen = 0
    missing: list[InputError] = []
    looked_at = spread(source.frames, PHOTOGRAPHS)
    runs = runs_of(pruners, KEEPS, seeds)
    for sample in source.values():
        for frame in frames_of(sample.clip):
            name = sample.id if len(sample.clip) == 1 else f"{sample.id} {frame.index + 1}"
            step(f"coverage of {name}", 0.05 + 0.55 * seen / source.frames)
            shot = None
            try:
                if seen in looked_at:
                    image = as_encoded(photograph_of(sample, frame.index, name), source.encoder)
                    image = image.reduce(max(1, min(image.size) // _SIDE))
                    shot = Shot(name, image, frame.grid, {}, {}, later=frame.index > 0)
            except InputError as error:
                missing.append(error)
            seen += 1
            for run in runs:
                if run.pruner.name in left_out:
                    continue
                try:
                    found = outcome(frame, run)
                except InputError as error:
                    if not optional:
                        raise
                    left_out[run.pruner.name] = error
                    continue
                records += records_of(sample.id, frame, run, found)
                if shot is not None and run.seed == 0:
                    _keep(shot, run, found)
            if shot is not None:
                shots.append(shot)
    # A method that fails on some frames would stand beside others with frames of its own.
    records = [record for record in records if record["method"] not in left_out]
    for shot, name in product(shots, left_out):
        shot.kept.pop(name, None)
        shot.notes.pop(name, None)
    if not records and left_out:
        raise next(iter(left_out.values()))
    notes = [f"{name} left out: {error}" for name, error in left_out.items()]
    if missing:
        notes.append(
            f"no picture of {len(missing)} of {len(looked_at)} frames: {missing[0].value} "
            f"{missing[0].problem}"
        )
    if len(looked_at) < source.frames:
        notes.append(f"the page has photographs of {len(looked_at)} of {source.frames} frames")
    return records, shots, notes


def spread(total: int, most: int) -> list[int]:
    """At most so many of the numbers below `total`, as far apart as they can be, from 0."""
    return [number * total // most for number in range(most)] if total > most else [*range(total)]


def _keep(shot: Shot, run: Run, found: Outcome) -> None:
    """Puts what a run keeps at the published ratios on the photograph."""
    for keep, chosen, statistics in zip(run.keeps, found.chosen, found.statistics, strict=True):
        if keep in PUBLISHED:
            method, ratio = run.pruner.name, keep_text(keep)
            shot.kept.setdefault(method, {})[ratio] = [int(index) for index in chosen.indices]
            shot.notes.setdefault(method, {})[ratio] = "Radius: " + ", ".join(
                f"{space} {statistics[f'{space}_radius']:.3f}"
                for space in ("feature", "spatial", "joint")
            )
