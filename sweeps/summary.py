"""From a record a frame to one a method and ratio."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from statistics import fmean, median, quantiles, stdev

from ..core.budget import keep_key

Record = Mapping[str, object]


def summarise(records: Iterable[Record], statistics: Sequence[str]) -> list[dict[str, object]]:
    """Median and spread of each statistic per method and keep, in the order of first appearance.

    ``<statistic>_median`` is the median over frames (of the mean over seeds of each frame),
    ``<statistic>_q1`` and ``<statistic>_q3`` are the quartiles over frames, and
    ``<statistic>_seed_std`` is the sample standard deviation over seeds (of the median over
    frames). A spread of a single value, like a statistic that a frame lacks, is None.

    ``share_kept`` is the median share of a frame's tokens that is kept; ``tokens`` and
    ``tokens_kept`` are None where frames have different ones.

    No means over frames: a distance in the joint space has the frame's own scale as its unit, and
    the few frames of largest scale would decide the mean of all.

    Args:
        records: per frame, with ``method, keep, tokens, tokens_kept, sample, frame, seed`` and the
            statistics.
        statistics: the keys to summarise.
    """
    groups: dict[tuple[object, ...], list[Record]] = defaultdict(list)
    for record in records:
        groups[record["method"], *keep_key(record["keep"])].append(record)
    return [_summary(group, statistics) for group in groups.values()]


def kept_of(group: Sequence[Record]) -> dict[str, object]:
    """``tokens, tokens_kept`` that all of some records share, None where they differ.

    Also ``share_kept``, the median share of the tokens that is kept.
    """
    shares = [float(r["tokens_kept"]) / float(r["tokens"]) for r in group]  # type: ignore[arg-type]
    common = {key: {record[key] for record in group} for key in ("tokens", "tokens_kept")}
    return {
        **{key: min(values) if len(values) == 1 else None for key, values in common.items()},  # type: ignore[type-var]
        "share_kept": median(shares),
    }


def _summary(group: list[Record], statistics: Sequence[str]) -> dict[str, object]:
    first = group[0]
    summary: dict[str, object] = {
        "method": first["method"],
        "keep": first["keep"],
        **kept_of(group),
        "frames": len({(record["sample"], record["frame"]) for record in group}),
        "seeds": len({record["seed"] for record in group}),
    }
    for statistic in statistics:
        by_frame: dict[object, list[float]] = defaultdict(list)
        by_seed: dict[object, list[float]] = defaultdict(list)
        for record in group:
            value = record.get(statistic)
            if isinstance(value, int | float) and math.isfinite(value):
                by_frame[record["sample"], record["frame"]].append(value)
                by_seed[record["seed"]].append(value)
        frames = [fmean(values) for values in by_frame.values()]
        seeds = [median(values) for values in by_seed.values()]
        several = len(frames) > 1
        low, _, high = quantiles(frames, method="inclusive") if several else [None] * 3
        summary[f"{statistic}_median"] = median(frames) if frames else None
        summary[f"{statistic}_q1"], summary[f"{statistic}_q3"] = low, high
        summary[f"{statistic}_seed_std"] = stdev(seeds) if len(seeds) > 1 else None
    return summary
