"""Compiled: lazy greedy choice of the largest determinant."""

from __future__ import annotations

import numpy as np
from numba import njit

from ..core.kernel_types import INDICES, NORMS, RAW, float64, int64


@njit(
    INDICES(RAW, NORMS, int64, float64),
    cache=True,
    nogil=True,
    fastmath={"reassoc", "contract", "nsz"},
)
def largest_determinant(raw, inverse, k, nothing):  # type: ignore[no-untyped-def]
    """See `evtp.pruners.determinant.largest_determinant`.

    A token's distance to the span only falls as the span grows. So a token carries its row of the
    Cholesky factor only as far as it was needed, and one whose stale distance lies below the best
    exact one waits.
    """
    tokens, width = raw.shape
    factor = np.empty((tokens, k))
    seen = np.zeros(tokens, np.int64)
    left = np.empty(tokens)
    picks = np.empty(k, np.int64)
    for i in range(tokens):
        left[i] = 1.0 if inverse[i] > 0.0 else 0.0
    spanning = 0
    span = np.empty(k, np.int64)
    for step in range(k):
        first = np.argmax(left)
        pick, top = -1, -1.0
        for turn in range(-1, tokens):
            i = int(first) if turn < 0 else turn
            if left[i] < 0.0 or (turn >= 0 and i == first):
                continue
            while (
                seen[i] < spanning
                and left[i] > 0.0
                and (left[i] > top or (left[i] == top and i < pick))
            ):
                at = seen[i]
                o = span[at]
                dot = 0.0
                for j in range(width):
                    dot += np.float64(raw[i, j]) * np.float64(raw[o, j])
                dot *= inverse[i] * inverse[o]
                for j in range(at):
                    dot -= factor[i, j] * factor[o, j]
                factor[i, at] = dot / factor[o, at]
                left[i] -= factor[i, at] * factor[i, at]
                if left[i] < nothing:
                    left[i] = 0.0
                seen[i] = at + 1
            exact = seen[i] == spanning or left[i] == 0.0
            if exact and (left[i] > top or (left[i] == top and i < pick)):
                pick, top = i, left[i]
        picks[step] = pick
        if top > 0.0:
            factor[pick, spanning] = np.sqrt(top)
            span[spanning] = pick
            spanning += 1
        left[pick] = -1.0
    return picks
