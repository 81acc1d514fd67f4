"""Rank correlation with bootstrap intervals, all replicates at once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

F64 = npt.NDArray[np.float64]


class Estimate(NamedTuple):
    """A statistic and its bootstrap interval (percentiles); NaN where it is undefined."""

    value: float
    low: float
    high: float

    @classmethod
    def of(cls, value: float, replicates: F64) -> Estimate:
        """The interval that holds the middle 95 % of the replicates [B]."""
        finite = replicates[np.isfinite(replicates)]
        if not len(finite):
            return cls(value, np.nan, np.nan)
        low, high = np.percentile(finite, [2.5, 97.5])
        return cls(value, float(low), float(high))


def ranks(values: F64, weights: F64) -> F64:
    """Mid-ranks of the values where value i occurs ``weights[b, i]`` times, [B, n].

    A bootstrap replicate only changes how often a value occurs, so one sorting serves all.
    """
    order = np.argsort(values, kind="stable")
    ordered = values[order]
    starts = np.concatenate([[0], np.flatnonzero(np.diff(ordered)) + 1])
    tie = np.repeat(np.arange(len(starts)), np.diff([*starts, len(ordered)]))
    sums = np.add.reduceat(weights[:, order], starts, axis=1)
    middle = np.cumsum(sums, axis=1) - sums / 2
    found = np.empty_like(weights, dtype=np.float64)
    found[:, order] = middle[:, tie]
    return found


def spearman(x: F64, y: F64, weights: F64) -> F64:
    """Spearman's rank correlation in each replicate, [B]; NaN where x or y is constant.

    Args:
        x: [n].
        y: [n].
        weights: [B, n], how often each point occurs in each replicate.

    """
    return _pearson(ranks(x, weights), ranks(y, weights), weights)


def partial_spearman(x: F64, y: F64, given: F64, weights: F64) -> F64:
    """Spearman's correlation of x and y with the ranks of `given` held fixed, [B].

    Args:
        x: [n].
        y: [n].
        given: [n].
        weights: [B, n], how often each point occurs in each replicate.

    """
    xy, xz, yz = (spearman(a, b, weights) for a, b in ((x, y), (x, given), (y, given)))
    with np.errstate(divide="ignore", invalid="ignore"):
        # A constant `given` holds nothing fixed.
        xz, yz = np.nan_to_num(xz), np.nan_to_num(yz)
        return np.asarray((xy - xz * yz) / np.sqrt((1 - xz**2) * (1 - yz**2)))


def within(x: F64, y: F64, strata: Sequence[npt.NDArray[np.int64]], weights: F64) -> F64:
    """The mean over strata of Spearman's correlation inside each, [B].

    A stratum weighs by the mean weight of its points; one in which x or y is constant is left
    out.

    Args:
        x: [n].
        y: [n].
        strata: the numbers of the points of each stratum.
        weights: [B, n].

    """
    total = np.zeros(len(weights))
    counted = np.zeros(len(weights))
    for points in strata:
        inside = weights[:, points]
        value = spearman(x[points], y[points], inside)
        weight = np.where(np.isfinite(value), inside.mean(axis=1), 0.0)
        total += np.nan_to_num(value) * weight
        counted += weight
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(total / counted)


def two_way_bootstrap(
    rows: npt.NDArray[np.int64], columns: npt.NDArray[np.int64], replicates: int, seed: int
) -> F64:
    """Weights [B, n] of points that share a row (an image) and a column (a method).

    Rows and columns are drawn with replacement, each by itself, and a point occurs as often as
    its row times its column (the pigeonhole bootstrap of Owen, 2007): points of one image, or of
    one method, are not independent of each other, and intervals that pretend so are too short.

    Args:
        rows: [n], the row of each point.
        columns: [n].
        replicates: B.
        seed: of the draws.

    """
    generator = np.random.default_rng(seed)

    def counts(labels: npt.NDArray[np.int64]) -> F64:
        number = int(labels.max()) + 1
        drawn = generator.multinomial(number, np.full(number, 1 / number), size=replicates)
        return drawn[:, labels].astype(np.float64)

    return counts(rows) * counts(columns)


def _pearson(a: F64, b: F64, weights: F64) -> F64:
    with np.errstate(divide="ignore", invalid="ignore"):
        total = weights.sum(axis=1, keepdims=True)
        a = a - (a * weights).sum(axis=1, keepdims=True) / total
        b = b - (b * weights).sum(axis=1, keepdims=True) / total
        covariance = (weights * a * b).sum(axis=1)
        spread = np.sqrt((weights * a * a).sum(axis=1) * (weights * b * b).sum(axis=1))
        return np.asarray(np.where(spread > 1e-12 * total[:, 0], covariance / spread, np.nan))
