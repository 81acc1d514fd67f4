"""Compiled: VisPruner's rounds of thinning, on one matrix of similarities."""

from __future__ import annotations

import numpy as np
from numba import njit

from ..core.kernel_types import INDICES, NORMS, RAW, SINGLE_TABLE, int64

# Bounds the error of a float32 cosine of this many terms, whose rounding grows with their root;
# what is closer is decided in float64.
_SLACK, _TERMS = 1e-6, 1152
_NONE = np.float32(-np.inf)
_LISTED = 12  # most similar tokens that are listed of each one
_BLOCK = 16  # similarities of which only the highest is looked at
_PLACES = 20  # bits of a sorting key that hold a place; gram's matrix outgrows memory before


@njit(cache=True, nogil=True, fastmath={"reassoc", "nsz"})
def _cosine(raw, inverse, i, o):  # type: ignore[no-untyped-def]
    """In units of 1e-12, so that equal tokens tie whatever the order of the sum."""
    total = 0.0
    for j in range(raw.shape[1]):
        total += (raw[i, j] * inverse[i]) * (raw[o, j] * inverse[o])
    return np.rint(total * 1e12)


@njit(cache=True, nogil=True, fastmath={"reassoc", "nsz", "nnan"})
def _highest_of_blocks(row, highest):  # type: ignore[no-untyped-def]
    for block in range(highest.shape[0]):
        most = _NONE
        for o in range(block * _BLOCK, min((block + 1) * _BLOCK, row.shape[0])):
            most = max(most, row[o])
        highest[block] = most


@njit(cache=True, nogil=True)
def _follower(row, highest, value, token):  # type: ignore[no-untyped-def]
    """The most similar token after `token`, whose similarity is `value`; of equals the lowest.

    `highest` holds the highest similarity of each block after that token, and is brought up to
    the one found.
    """
    block = np.argmax(highest)
    most, rest, found = highest[block], _NONE, -1
    for o in range(block * _BLOCK, min((block + 1) * _BLOCK, row.shape[0])):
        if row[o] == most and found < 0 and (most < value or o > token):
            found = o
        elif row[o] < most or (row[o] == most and found >= 0):
            rest = max(rest, row[o])
    highest[block] = rest
    return found


@njit(
    INDICES(SINGLE_TABLE, RAW, NORMS, INDICES, int64, int64),
    cache=True,
    nogil=True,
)
def thin(likeness, raw, inverse, tokens, wanted, at_a_time):  # type: ignore[no-untyped-def]
    """The places of `tokens` that are left when `wanted` are, in the last round's order.

    A token's most similar odd one is nearly always among its few most similar ones, which are
    listed as far as somebody asks; only where the list is full is the whole row searched. The
    diagonal of `likeness` is overwritten.
    """
    count = tokens.shape[0]
    slack = np.float32(_SLACK * np.sqrt(max(1.0, raw.shape[1] / _TERMS)))
    # Of a uniform frame every pair is close, in every round: what was computed is kept.
    known = np.empty((0, 0))
    highest = np.empty((count, (count + _BLOCK - 1) // _BLOCK), np.float32)
    for i in range(count):
        likeness[i, i] = _NONE
        _highest_of_blocks(likeness[i], highest[i])
    listed = np.empty((count, _LISTED), np.int64)
    length = np.zeros(count, np.int64)
    left = np.arange(count)
    is_odd = np.zeros(count, np.bool_)
    exact = np.empty(count)
    value = np.empty(count, np.float32)
    keys = np.empty(count, np.int64)
    while left.shape[0] > wanted:
        evens, odds = left[0::2], left[1::2]
        is_odd[evens] = False
        is_odd[odds] = True
        for place in range(evens.shape[0]):
            e = evens[place]
            best = _NONE
            last, of_last = -1, np.float32(np.inf)
            for at in range(_LISTED):
                if at == length[e]:
                    listed[e, at] = _follower(likeness[e], highest[e], of_last, last)
                    length[e] += 1
                last = listed[e, at]
                of_last = likeness[e, last]
                if is_odd[last]:
                    best = of_last
                    break
            else:
                for o in odds:
                    best = max(best, likeness[e, o])
            value[e] = best
            # Sorted as one integer, by falling value and then by place, in half the time.
            keys[place] = (np.int64((2.0 - best) * 2.0**32) << _PLACES) | place
        order = np.sort(keys[: evens.shape[0]]) & ((1 << _PLACES) - 1)
        # Runs of values too close for float32 are put in the order of their float64 values.
        start = 0
        while start < order.shape[0]:
            end = start + 1
            while (
                end < order.shape[0]
                and value[evens[order[end - 1]]] - value[evens[order[end]]] <= slack
            ):
                end += 1
            if end - start > 1:
                if known.shape[0] == 0:
                    known = np.full((count, count), np.nan)
                run = np.sort(order[start:end])
                for place in run:
                    e = evens[place]
                    exact[e] = -np.inf
                    for o in odds:
                        if likeness[e, o] >= value[e] - slack:
                            if np.isnan(known[e, o]):
                                cosine = _cosine(raw, inverse, tokens[e], tokens[o])
                                known[e, o] = known[o, e] = cosine
                            exact[e] = max(exact[e], known[e, o])
                order[start:end] = run[np.argsort(-exact[evens[run]], kind="mergesort")]
            start = end
        going = min(at_a_time, left.shape[0] - wanted, evens.shape[0])
        left = np.concatenate((evens[order[going:]], odds))
    return left
