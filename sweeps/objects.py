"""Mask recovery object by object: a record each, and what they add up to."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from statistics import fmean, stdev

import numpy as np

from ..core.budget import Keep, keep_key
from ..core.errors import InputError
from ..coverage.cover import Cover
from ..coverage.measures import measure_all
from ..features.arrays import to_numpy
from ..features.cache import Sample
from ..pruners import frames_of, select_each
from ..pruners.method import Pruner
from ..segmentation.recovery import Reading, sources_of
from .evaluate import runs_of
from .recovery import targets_of
from .summary import kept_of

SIZES = ("small", "medium", "large")


def recover(
    sample: Sample,
    pruners: Sequence[Pruner],
    keeps: Sequence[Keep],
    seeds: int,
    reading: Reading | None = None,
    measured: bool = False,
) -> Iterator[dict[str, object]]:
    """A record for every frame, method, seed, keep and object.

    Args:
        sample: with masks.
        pruners: the methods.
        keeps: ratios or counts.
        seeds: how many seeds a method that draws at random is run with.
        reading: how dropped tokens get their value.
        measured: whether records hold every statistic of `evtp.coverage.measures` too.

    Yields:
        ``sample, frame, method, seed, keep, tokens, tokens_kept, object, area, size, iou, f,
        ceiling_iou, ceiling_f`` and ``lost``: whether none of the object's tokens is kept.

    Raises:
        InputError: where the sample has no masks, or a mask cannot be read.

    """
    reading = reading or Reading()
    if sample.image_size is None or not sample.masks:
        raise InputError(
            "cache",
            sample.id,
            "has no masks to recover",
            "extract with a manifest that names masks, or leave --cache out",
        )
    for frame in frames_of(sample.clip):
        targets = targets_of(sample, frame.index, reading.threshold)
        for run in runs_of(pruners, keeps, seeds):
            chosen = select_each(run.pruner, frame, keeps, seed=run.seed)
            for keep, selection in zip(keeps, chosen, strict=True):
                kept = to_numpy(selection.indices, np.int64)
                sources = sources_of(frame, kept, reading)
                held = np.zeros(frame.tokens, bool)
                held[kept] = True
                cover = measure_all(Cover(frame, kept)) if measured else {}
                for name, target in targets.items():
                    found = target.recover(sources)
                    yield {
                        "sample": sample.id,
                        "frame": frame.index,
                        "method": run.pruner.name,
                        "seed": run.seed,
                        "keep": keep,
                        "tokens": frame.tokens,
                        "tokens_kept": len(kept),
                        "object": name,
                        "area": target.area,
                        "size": target.size,
                        "iou": found.iou,
                        "f": found.f,
                        "ceiling_iou": target.ceiling.iou,
                        "ceiling_f": target.ceiling.f,
                        "lost": not held[target.tokens].any(),
                        **cover,
                    }


def per_method(
    records: Iterable[Mapping[str, object]], by: Sequence[str] = ()
) -> list[dict[str, object]]:
    """Means over objects (of the means over seeds) per method and keep; None where none is so.

    ``lost`` is the share of objects without a kept token, ``lost_small`` and so on that among the
    objects of a size, ``objects`` their number (an object counts once in every frame it is in),
    ``iou_sd`` the standard deviation between samples of their mean IoU, None for one sample.

    Args:
        records: of `recover`.
        by: further keys of theirs that divide them.

    """
    groups: dict[tuple[object, ...], list[Mapping[str, object]]] = defaultdict(list)
    for record in records:
        divided = tuple(record[key] for key in by)
        groups[*divided, record["method"], *keep_key(record["keep"])].append(record)
    return [_means(group, by) for group in groups.values()]


def _means(group: Sequence[Mapping[str, object]], by: Sequence[str]) -> dict[str, object]:
    first = group[0]
    seeds = len({record["seed"] for record in group})

    def mean(key: str, **only: object) -> float | None:
        # Every object has as many records as there are seeds, so all records weigh alike.
        values = [
            float(record[key])  # type: ignore[arg-type]
            for record in group
            if all(record[name] == value for name, value in only.items())
        ]
        return fmean(values) if values else None

    samples = {record["sample"] for record in group}
    between = [value for s in samples if (value := mean("iou", sample=s)) is not None]
    return {
        **{key: first[key] for key in (*by, "method", "keep")},
        **kept_of(group),
        "seeds": seeds,
        "samples": len(samples),
        "objects": len(group) // seeds,
        "iou": mean("iou"),
        "iou_sd": stdev(between) if len(between) > 1 else None,
        **{key: mean(key) for key in ("ceiling_iou", "f", "ceiling_f", "lost")},
        **{f"iou_{size}": mean("iou", size=size) for size in SIZES},
        **{f"lost_{size}": mean("lost", size=size) for size in SIZES},
        **{f"objects_{size}": sum(r["size"] == size for r in group) // seeds for size in SIZES},
    }
