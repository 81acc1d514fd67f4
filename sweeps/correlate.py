"""Statistics of coverage against an outcome, with intervals over samples and methods."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from statistics import fmean
from typing import Any

import numpy as np
import numpy.typing as npt

from ..core.budget import keep_key
from ..coverage.measures import scaled
from ..segmentation.correlation import (
    Estimate,
    partial_spearman,
    spearman,
    two_way_bootstrap,
    within,
)
from .evaluate import KEYS

F64 = npt.NDArray[np.float64]

VIEWS = ("across", "partial", "within_ratio", "within_frame")

LEAST_METHODS = 4
"""Below, no correlation is given: two methods on a frame correlate at 1 or -1 whatever they keep,
and every third order of three does."""

_ABOUT = {*KEYS, "object", "area", "size"}
_OTHERS = {*_ABOUT, "iou", "f", "ceiling_iou", "ceiling_f", "lost"}


def points_of(records: Iterable[Mapping[str, object]]) -> list[dict[str, Any]]:
    """One point a frame, method and keep: means over the seeds, and of outcomes over the objects.

    A method that draws at random would otherwise have as many points as it has seeds, and its
    correlation with itself, which is none, would weigh as much as that between methods.

    Args:
        records: of `evtp.sweeps.objects.recover`, measured.

    Returns:
        The first record of each, with means in the place of its statistics and outcomes; one
        that no seed has a finite value of is None.

    """
    groups: dict[tuple[object, ...], list[Mapping[str, Any]]] = defaultdict(list)
    for record in records:
        of = (record[key] for key in ("sample", "frame", "method"))
        groups[*of, *keep_key(record["keep"])].append(record)
    return [
        {key: value if key in _ABOUT else _mean(group, key) for key, value in group[0].items()}
        for group in groups.values()
    ]


def _mean(group: Sequence[Mapping[str, Any]], key: str) -> float | None:
    values = [float(record[key]) for record in group if record[key] is not None]
    finite = [value for value in values if math.isfinite(value)]
    return fmean(finite) if finite else None


def correlate(
    points: Sequence[Mapping[str, Any]], outcome: str, replicates: int, seed: int
) -> list[dict[str, object]]:
    """A record a statistic, the strongest between methods on one frame first.

    Distances in the joint space have each frame's own scale as their unit: they are divided by
    their mean over the frame's points before frames are pooled.

    Args:
        points: of `points_of`, one a frame, method and keep.
        outcome: the key of what they should predict.
        replicates: of the bootstrap, 0 for no intervals.
        seed: of the bootstrap.

    Returns:
        ``statistic, points`` and for each view its value, ``<view>_low`` and ``<view>_high``
        (None where undefined, or from fewer than `LEAST_METHODS`): ``across``, ``partial``,
        ``within_ratio``, ``within_frame``.

    """
    statistics = [key for key in points[0] if key not in _OTHERS]
    records = [_record(points, key, outcome, replicates, seed) for key in statistics]
    return sorted(records, key=lambda r: -abs(r["within_frame"] or 0))  # type: ignore[arg-type]


def _record(
    points: Sequence[Mapping[str, Any]], statistic: str, outcome: str, replicates: int, seed: int
) -> dict[str, object]:
    chosen = [p for p in points if p[statistic] is not None and math.isfinite(p[statistic])]
    record: dict[str, object] = {"statistic": statistic, "points": len(chosen)}
    if len({p["method"] for p in chosen}) < LEAST_METHODS:
        return record | {f"{view}{end}": None for view in VIEWS for end in ("", "_low", "_high")}

    def labels(*keys: str) -> npt.NDArray[np.int64]:
        found: dict[tuple[object, ...], int] = {}
        # A count of 1 and a ratio of 1.0 are equal but different requests.
        named = (tuple((type(p[k]), p[k]) for k in keys) for p in chosen)
        return np.array([found.setdefault(name, len(found)) for name in named])

    x, y = (np.array([float(p[key]) for p in chosen]) for key in (statistic, outcome))
    kept = np.array([p["tokens_kept"] / p["tokens"] for p in chosen])

    if statistic in scaled():
        x = _relative(x, labels("sample", "frame"))

    def strata(*keys: str) -> list[Any]:
        of = labels(*keys)
        return [np.flatnonzero(of == number) for number in np.unique(of)]

    ratios, frames = strata("keep"), strata("sample", "frame", "keep")
    # The first row is the data themselves.
    weights = np.ones((1, len(chosen)))
    if replicates:
        drawn = two_way_bootstrap(labels("sample"), labels("method"), replicates, seed)
        weights = np.concatenate([weights, drawn])
    views = {
        "across": spearman(x, y, weights),
        "partial": partial_spearman(x, y, kept, weights),
        "within_ratio": within(x, y, ratios, weights),
        "within_frame": within(x, y, frames, weights),
    }
    for view, values in views.items():
        estimate = Estimate.of(float(values[0]), values[1:])
        for name, value in zip((view, f"{view}_low", f"{view}_high"), estimate, strict=True):
            record[name] = value if math.isfinite(value) else None
    return record


def _relative(values: F64, frames: npt.NDArray[np.int64]) -> F64:
    """The values [n] over the mean of those of the same frame [n], where that is not 0."""
    means = np.bincount(frames, values) / np.bincount(frames)
    return values / np.where(means > 0, means, 1.0)[frames]
