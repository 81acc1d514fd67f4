"""Compiled: lazy greedy maximisation of covered similarity."""

from __future__ import annotations

import numpy as np
from numba import njit


@njit(
    "int64[::1](float64[:, ::1], float64[::1], int64, float64)",
    cache=True,
    nogil=True,
    fastmath={"reassoc", "contract", "nsz"},
)
def cover_similarity(likeness, weights, k, least):  # type: ignore[no-untyped-def]
    """See `evtp.pruners.submodular.cover_similarity`.

    A gain never grows as more is chosen, so that one from an earlier step is an upper bound, and
    only those above the best exact one need to be computed anew.
    """
    tokens = likeness.shape[0]
    best = np.full(tokens, least)
    gains = np.full(tokens, np.inf)
    picks = np.empty(k, np.int64)
    for step in range(k):
        pick, top = -1, -1.0
        first = np.argmax(gains)
        for turn in range(-1, tokens):
            i = int(first) if turn < 0 else turn
            if gains[i] < 0.0 or (turn >= 0 and i == first):
                continue
            # Equal gains go to the lowest index, which `first` need not be.
            if gains[i] > top or (gains[i] == top and i < pick):
                total = 0.0
                for j in range(tokens):
                    total += max(0.0, likeness[i, j] - best[j])
                gains[i] = total * weights[i]
                if gains[i] > top or (gains[i] == top and i < pick):
                    pick, top = i, gains[i]
        picks[step] = pick
        gains[pick] = -1.0
        for j in range(tokens):
            best[j] = max(best[j], likeness[pick, j])
    return picks
