"""Compiled: VisPruner's rounds of thinning, on one matrix of similarities."""

from __future__ import annotations

import numpy as np
from numba import njit

from ..core.kernel_types import INDICES, RAW, REALS, SINGLE_TABLE, int64

# Bounds the error of a float32 cosine; what is closer is decided in float64.
_SLACK = np.float32(1e-6)
_NEIGHBOURS = 6


@njit(cache=True, nogil=True, fastmath={"reassoc", "nsz"})
def _cosine(raw, inverse, i, o):  # type: ignore[no-untyped-def]
    """In units of 1e-12, so that equal tokens tie whatever the order of the sum."""
    total = 0.0
    for j in range(raw.shape[1]):
        total += (raw[i, j] * inverse[i]) * (raw[o, j] * inverse[o])
    return np.rint(total * 1e12)


@njit(cache=True, nogil=True)
def _nearest(row, own):  # type: ignore[no-untyped-def]
    """The most similar tokens to one, the most similar first; -1 fills up a short list."""
    top = np.full(_NEIGHBOURS, np.float32(-np.inf))
    who = np.full(_NEIGHBOURS, -1)
    least = top[_NEIGHBOURS - 1]
    for o in range(row.shape[0]):
        if row[o] > least and o != own:
            at = _NEIGHBOURS - 1
            while at > 0 and top[at - 1] < row[o]:
                top[at], who[at] = top[at - 1], who[at - 1]
                at -= 1
            top[at], who[at] = row[o], o
            least = top[_NEIGHBOURS - 1]
    return who


@njit(
    INDICES(SINGLE_TABLE, RAW, REALS, INDICES, int64, int64),
    cache=True,
    nogil=True,
)
def thin(likeness, raw, inverse, tokens, wanted, at_a_time):  # type: ignore[no-untyped-def]
    """The places of `tokens` that are left when `wanted` are, in the last round's order.

    A token's most similar odd one is nearly always among its few nearest neighbours, which are
    looked up once; only where none of those is odd any more is its whole row searched.
    """
    count = tokens.shape[0]
    neighbours = np.empty((count, _NEIGHBOURS), np.int64)
    for i in range(count):
        neighbours[i] = _nearest(likeness[i], i)
    left = np.arange(count)
    is_odd = np.zeros(count, np.bool_)
    exact = np.full(count, np.nan)
    value = np.empty(count, np.float32)
    while left.shape[0] > wanted:
        evens, odds = left[0::2].copy(), left[1::2].copy()
        is_odd[:] = False
        for o in odds:
            is_odd[o] = True
        for e in evens:
            exact[e] = np.nan
            best = np.float32(-np.inf)
            for o in neighbours[e]:
                if o >= 0 and is_odd[o]:
                    best = likeness[e, o]
                    break
            if best == -np.inf:
                for o in odds:
                    best = max(best, likeness[e, o])
            value[e] = best
        order = np.argsort(-value[evens], kind="mergesort")
        # Runs of values too close for float32 are put in the order of their float64 values.
        start = 0
        while start < order.shape[0]:
            end = start + 1
            while (
                end < order.shape[0]
                and value[evens[order[end - 1]]] - value[evens[order[end]]] <= _SLACK
            ):
                end += 1
            if end - start > 1:
                run = np.sort(order[start:end])
                for place in run:
                    e = evens[place]
                    highest = -np.inf
                    for o in odds:
                        if likeness[e, o] >= value[e] - _SLACK:
                            cosine = _cosine(raw, inverse, tokens[e], tokens[o])
                            highest = max(highest, cosine)
                    exact[e] = highest
                order[start:end] = run[np.argsort(-exact[evens[run]], kind="mergesort")]
            start = end
        going = min(at_a_time, left.shape[0] - wanted, evens.shape[0])
        left = np.concatenate((evens[order[going:]], odds))
    return left
