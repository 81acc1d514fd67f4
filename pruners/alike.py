"""Which rows are most alike by cosine."""

from __future__ import annotations

import numpy as np

from ..core.compiled import kernels
from ..features.geometry import F64
from .greedy import Indices

_KERNELS = f"{__package__}.alike_kernel"


def unit_rows(x: F64) -> F64:
    """The rows of `x` [A, h] divided by their norms; rows of zeros stay zeros."""
    norms = np.sqrt(np.einsum("ah,ah->a", x, x))[:, None]
    unit: F64 = np.divide(x, norms, out=np.zeros_like(x), where=norms > 0)
    return unit


def most_alike(rows: F64, others: F64) -> tuple[Indices, F64]:
    """For every row the other one of largest cosine, and this cosine; ties to the lowest index.

    Narrow rows only, such as attention keys: a product of this size is over before a
    multi-threaded one has begun.

    Args:
        rows: float64 [A, h].
        others: float64 [B, h].

    Returns:
        int64 [A], and float64 [A] in units of 1e-12, rounded, so that equal cosines tie whatever
        the order of their sums.

    """
    compiled = kernels(_KERNELS)
    if compiled is None:
        cosines = np.rint(unit_rows(rows) @ unit_rows(others).T * 1e12)
        partner = cosines.argmax(axis=1)
        return partner, cosines[np.arange(len(rows)), partner]
    partner, likeness = np.empty(len(rows), np.int64), np.empty(len(rows))
    compiled.most_alike(np.ascontiguousarray(rows), np.ascontiguousarray(others), partner, likeness)
    return partner, likeness
