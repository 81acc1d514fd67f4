"""What a merging method leaves of its groups: their mean features and their medoids."""

from __future__ import annotations

import numpy as np

from ..core.compiled import kernels
from ..features.geometry import F32, F64
from .frame import Frame
from .greedy import Indices

_KERNELS = f"{__package__}.merging_kernel"


def head_sums(frame: Frame, heads: int) -> F64:
    """The sum over the heads of each token's feature, float64 [N, d / heads].

    Args:
        frame: N tokens of width d.
        heads: divides d.

    """
    compiled = kernels(_KERNELS)
    if compiled is None:
        split = frame.raw.reshape(frame.tokens, heads, -1)
        return np.asarray(np.add.reduce(split, axis=1, dtype=np.float64))
    sums = np.empty((frame.tokens, frame.width // heads))
    compiled.add_heads(frame.raw, sums)
    return sums


def joined(sums: F64, rows: F64, places: Indices) -> F64:
    """`sums` [M, h] with each of `rows` [A, h] added at its place, int64 [A]; float64 [M, h]."""
    grown = sums.copy()
    compiled = kernels(_KERNELS)
    if compiled is not None:
        compiled.join(rows, places, grown)
    else:
        np.add.at(grown, places, rows)
    return grown


def group_means(frame: Frame, groups: Indices, count: int) -> F64:
    """The mean feature of each group, float64 [count, d].

    Args:
        frame: N tokens.
        groups: int64 [N], the group of each token, from 0; -1 for a token that is in none.
        count: how many groups there are, none of them empty.

    """
    sums = np.zeros((count, frame.width))
    compiled = kernels(_KERNELS)
    if compiled is not None:
        compiled.add_rows(frame.raw, np.ones(frame.tokens), groups, sums)
    else:
        grouped = groups >= 0
        np.add.at(sums, groups[grouped], frame.raw[grouped].astype(np.float64))
    sums /= np.bincount(groups[groups >= 0], minlength=count)[:, None]
    return sums


def medoids(frame: Frame, groups: Indices, count: int) -> Indices:
    """The token of each group that stands for it, int64 [count].

    Ours: the one whose squared distances to the others, between normalised features, add up to the
    least; the lowest index among equals.
    """
    inverse = frame.inverse_norms
    sizes = np.bincount(groups[groups >= 0], minlength=count)
    # A token alone in its group stands for it, whatever its cost: most of VisionZip's are.
    several = np.cumsum(sizes > 1) - 1
    of_several = np.where((groups >= 0) & (sizes[groups] > 1), several[groups], -1)
    # sum_j |x_i - x_j|^2 is least where |x_i|^2 - 2 x_i . mean(x_j) is: one pass, not a matrix.
    sums = np.zeros((several[-1] + 1, frame.width))
    compiled = kernels(_KERNELS)
    if compiled is not None:
        compiled.add_rows(frame.raw, inverse, of_several, sums)
        alike = compiled.dots(frame.raw, inverse, of_several, sums)
    else:
        grouped = np.flatnonzero(of_several >= 0)
        x = frame.raw * inverse[:, None]
        np.add.at(sums, of_several[grouped], x[grouped])
        alike = np.zeros(frame.tokens)
        alike[grouped] = np.einsum("nd,nd->n", x[grouped], sums[of_several[grouped]])
    unit = inverse > 0
    cost = np.where(groups >= 0, unit * sizes[groups] - 2.0 * alike, np.inf)
    # Equal tokens have equal costs but for the last bits; rounding lets the lowest index win.
    cost = np.round(cost, 10)
    least = np.full(count, np.inf)
    members = np.flatnonzero(groups >= 0)
    np.minimum.at(least, groups[members], cost[members])
    cheapest = members[cost[members] == least[groups[members]]]
    found = np.empty(count, np.int64)
    found[groups[cheapest[::-1]]] = cheapest[::-1]  # the lowest index is written last
    return found


def merged_features(frame: Frame, groups: Indices, count: int) -> F32:
    """`group_means` as float32 [count, d], of `groups` [N]."""
    return group_means(frame, groups, count).astype(np.float32)
