"""Thinning a list of tokens round by round, as VisPruner does."""

from __future__ import annotations

import numpy as np

from ..core.compiled import kernels
from ..features.geometry import Geometry
from ..features.gram import gram
from .greedy import Indices
from .scores import ranked

_KERNELS = f"{__package__}.thinning_kernel"


def thinned(geometry: Geometry, tokens: Indices, wanted: int, at_a_time: int) -> Indices:
    """The places in the list `tokens` that are left when only `wanted` are.

    Each round, tokens at even places get their largest cosine to one at an odd place; the
    `at_a_time` most similar go; the surviving evens by falling similarity, then the odds, are the
    next list.

    Args:
        geometry: of the frame.
        tokens: int64 [R], the list, distinct.
        wanted: how many to leave, from 1 to R.
        at_a_time: how many go in a round, at most.

    """
    compiled = kernels(_KERNELS)
    if compiled is not None:
        left: Indices = compiled.thin(
            gram(geometry.rows(tokens)),
            geometry.raw,
            geometry.inverse_norms,
            tokens,
            wanted,
            at_a_time,
        )
        return left
    exact = geometry.raw[tokens] * geometry.inverse_norms[tokens, None]
    likeness = np.rint(exact @ exact.T * 1e12)
    left = np.arange(len(tokens))
    while len(left) > wanted:
        evens, odds = left[0::2], left[1::2]
        order = ranked(likeness[np.ix_(evens, odds)].max(axis=1))
        going = min(at_a_time, len(left) - wanted, len(evens))
        left = np.concatenate([evens[order[going:]], odds])
    return left
