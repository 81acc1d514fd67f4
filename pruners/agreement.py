"""How far two selections agree."""

from __future__ import annotations

import numpy as np

from ..features.arrays import Array, to_numpy


def jaccard(one: Array, other: Array) -> float:
    """The tokens in both over the tokens in either, from 0 to 1; 1 where both are empty.

    Args:
        one: indices [K], distinct.
        other: indices [L], distinct.

    """
    first, second = to_numpy(one, np.int64), to_numpy(other, np.int64)
    both = len(np.intersect1d(first, second, assume_unique=True))
    either = len(first) + len(second) - both
    return both / either if either else 1.0
