"""What choosing the tokens costs, by method, from the shapes alone.

N tokens of a frame, K of them kept, features of width d, keys of width h (d over the heads). The
encoder's attention is taken as there already. Distances and similarities are products; comparing,
adding and merging is elementwise.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import pairwise
from typing import NamedTuple

from ..core.errors import unknown
from .ops import Matmul, Op, Ops, Pointwise


class Frame(NamedTuple):
    """The shapes a method works on: N tokens, K kept, d wide, keys h wide."""

    N: int
    K: int
    d: int
    h: int


def _nothing(_: Frame) -> Iterator[Op]:
    """A choice that looks at no feature."""
    return iter(())


def _ranking(f: Frame) -> Iterator[Op]:
    """A ranking of scores that are there already."""
    yield Pointwise("ranking", "compare", f.N)


def _greedy(f: Frame, picks: int, width: int) -> Iterator[Op]:
    """After each of `picks` picks, the distance of every token to it, and the new minimum."""
    yield Matmul("distances", picks, f.N, width, 1)
    yield Pointwise("minimum", "compare", 2 * picks * f.N)


def _similarities(f: Frame) -> Iterator[Op]:
    """Every token against every other: [N, d] by [d, N]."""
    yield Matmul("similarities", 1, f.N, f.d, f.N)


def _kcenter(f: Frame) -> Iterator[Op]:
    """The start is free; the last pick needs no distances."""
    yield from _greedy(f, f.K - 1, f.d)


def _kcenter_spatial(f: Frame) -> Iterator[Op]:
    """As k-center, with two coordinates beside the features."""
    yield from _greedy(f, f.K - 1, f.d + 2)


def _kcenter_adaptive(f: Frame) -> Iterator[Op]:
    """As spatial k-center, after the variance of the features."""
    yield Pointwise("variance", "multiply", f.N * f.d)
    yield from _kcenter_spatial(f)


def _evtp(f: Frame) -> Iterator[Op]:
    """As adaptive k-center, and the start costs the distances to the mean."""
    yield Pointwise("variance", "multiply", f.N * f.d)
    yield Pointwise("mean", "add", f.N * f.d)
    yield from _greedy(f, f.K, f.d + 2)


def _divprune(f: Frame) -> Iterator[Op]:
    """All similarities for the first pick; the later ones only compare."""
    yield from _similarities(f)
    yield Pointwise("minimum", "compare", f.N * f.N + 2 * f.K * f.N)


def _visionzip(f: Frame) -> Iterator[Op]:
    """Dominant tokens by rank; the others' keys against those of C contextual tokens."""
    contextual = (20 * f.K + 64) // 128  # round(10 K / 64), halves up
    others = f.N - (f.K - contextual)
    yield from _ranking(f)
    yield Matmul("assignment", 1, others - contextual, f.h, contextual)
    yield Pointwise("merging", "add", (others - contextual) * f.d)


def _vispruner(f: Frame) -> Iterator[Op]:
    """Half by rank; of the rest, rounds drop up to 8 even tokens most like an odd one."""
    left, target = f.N - f.K // 2, f.K - f.K // 2
    yield from _ranking(f)
    while left > target:
        even, odd = (left + 1) // 2, left // 2
        yield Matmul("similarities", 1, even, f.d, odd)
        left -= min(8, left - target, even)


def _tome(f: Frame) -> Iterator[Op]:
    """Rounds that match even with odd tokens by their keys and merge the nearest pairs."""
    left = f.N
    while left > f.K:
        even, odd = (left + 1) // 2, left // 2
        merged = min(left - f.K, odd)
        yield Matmul("similarities", 1, even, f.h, odd)
        yield Pointwise("merging", "add", merged * f.d)
        left -= merged


def _greedy_gain(f: Frame) -> Iterator[Op]:
    """All similarities, then K rounds in which every token's gain sums over all tokens."""
    yield from _similarities(f)
    yield Pointwise("gains", "add", 3 * f.K * f.N * f.N)


def _dpp(f: Frame) -> Iterator[Op]:
    """The kernel, then a row of its Cholesky factor a pick: N times the rows there are."""
    yield from _similarities(f)
    yield Matmul("cholesky", 1, f.N, f.K * (f.K - 1) // 2, 1)


def _evs(f: Frame) -> Iterator[Op]:
    """Every token against the same cell of the frame before."""
    yield Matmul("similarities", f.N, 1, f.d, 1)
    yield from _ranking(f)


COSTS: dict[str, Callable[[Frame], Iterator[Op]]] = {
    "random": _nothing,
    "stride": _nothing,
    "topk": _ranking,
    "hiprune": _ranking,
    "kcenter": _kcenter,
    "kcenter-spatial": _kcenter_spatial,
    "kcenter-adaptive": _kcenter_adaptive,
    "evtp": _evtp,
    "divprune": _divprune,
    "visionzip": _visionzip,
    "vispruner": _vispruner,
    "tome": _tome,
    "scope": _greedy_gain,
    "facility-location": _greedy_gain,
    "dpp": _dpp,
    "evs": _evs,
}


def pruning_ops(method: str, counts: tuple[int, ...], d: int, h: int) -> Ops:
    """The operations of pruning one frame; none where nothing is dropped.

    Args:
        method: the name of a pruner.
        counts: tokens of the frame, then those left after each step.
        d: width of a token.
        h: width of its key.

    Raises:
        InputError: for a method whose cost is not known.

    """
    if method not in COSTS:
        raise unknown("method", method, COSTS)
    steps = pairwise(counts)
    return tuple(op for N, K in steps if 0 < K < N for op in COSTS[method](Frame(N, K, d, h)))
