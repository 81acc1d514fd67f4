"""Compiled: greedy farthest-first selection and DivPrune's seed, lazily and without a matrix.

Distances are computed in float32 straight from the raw features (the normalisation is part of
the subtraction), as differences, so nothing cancels. Float32 only filters: where candidates are
closer than its error, float64 decides, so that the choice is that of a float64 loop.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from ..core.kernel_types import INDICES, NORMS, PLACES, RAW, REALS, float64, int64, void

_FAST = {"reassoc", "contract", "nsz"}
# Without fused multiply-adds, which round one side of a difference only: equal rows give 0.
_EXACT = {"reassoc", "nsz"}

# Bounds the error of a float32 squared distance s: the terms' rounding grows with s, that of the
# normalised coordinates with its root.
_SLACK = np.float32(2e-6)
_SLACK_ROOT = np.float32(1e-6)


# Squared distances of float64 that differ by less tie: their sums are rounded.
_RESOLVED = 1.0 - 1e-12


@njit(cache=True, nogil=True, fastmath=_FAST, inline="always")
def _squares(row, scale, centre):  # type: ignore[no-untyped-def]
    total = np.float32(0.0)
    for j in range(row.shape[0]):
        difference = row[j] * scale - centre[j]
        total += difference * difference
    return total


@njit(cache=True, nogil=True, fastmath=_FAST, inline="always")
def _squares_to_four(row, scale, centres):  # type: ignore[no-untyped-def]
    """To four centres at once: the next ones are on their way while one is added up."""
    sum0 = sum1 = sum2 = sum3 = np.float32(0.0)
    centre0, centre1, centre2, centre3 = centres[0], centres[1], centres[2], centres[3]
    for j in range(row.shape[0]):
        x = row[j] * scale
        difference = x - centre0[j]
        sum0 += difference * difference
        difference = x - centre1[j]
        sum1 += difference * difference
        difference = x - centre2[j]
        sum2 += difference * difference
        difference = x - centre3[j]
        sum3 += difference * difference
    return sum0, sum1, sum2, sum3


@njit(cache=True, nogil=True, fastmath=_FAST, inline="always")
def _on_grid(q, weight, i, o):  # type: ignore[no-untyped-def]
    down, right = q[i, 0] - q[o, 0], q[i, 1] - q[o, 1]
    return np.float32(weight * (down * down + right * right))


@njit(cache=True, nogil=True, fastmath=_EXACT)
def _squares_exact(raw, inverse, q, weight, i, o):  # type: ignore[no-untyped-def]
    total = 0.0
    for j in range(raw.shape[1]):
        difference = raw[i, j] * inverse[i] - raw[o, j] * inverse[o]
        total += difference * difference
    down, right = q[i, 0] - q[o, 0], q[i, 1] - q[o, 1]
    return total + weight * (down * down + right * right)


@njit(
    void(RAW, NORMS, PLACES, float64, int64, INDICES, REALS),
    cache=True,
    nogil=True,
    fastmath=_FAST,
)
def farthest_first(raw, inverse, q, weight, start, order, gaps):  # type: ignore[no-untyped-def]
    """Fills `order` [K] with the greedy picks and `gaps` [K] with their squared distances.

    Every token holds an upper bound of its squared distance to the chosen ones and how many of
    those it has seen. A bound only falls; so a token whose bound lies below the best exact
    distance needs no look at the rest, this time.
    """
    tokens, width = raw.shape
    picks = order.shape[0]
    centres = np.empty((picks, width), np.float32)
    bound = np.full(tokens, np.float32(np.inf))
    seen = np.zeros(tokens, np.int64)
    exact = np.full(tokens, np.inf)
    exact_seen = np.zeros(tokens, np.int64)
    pick, gap = start, np.inf
    for step in range(picks):
        order[step], gaps[step] = pick, gap
        bound[pick] = -1.0
        scale = np.float32(inverse[pick])
        for j in range(width):
            centres[step, j] = raw[pick, j] * scale
        if step == picks - 1:
            break
        # The largest stale bound first: it is likely the winner, and raises the bar for the rest.
        first = np.argmax(bound)
        best, bar = np.float32(-1.0), np.float32(-0.5)
        for turn in range(-1, tokens):
            i = first if turn < 0 else turn
            value, at = bound[i], seen[i]
            if value < bar:
                continue
            scale = np.float32(inverse[i])
            while at + 3 <= step and value >= bar:
                four = _squares_to_four(raw[i], scale, centres[at : at + 4])
                for squared in four:
                    value = min(value, squared + _on_grid(q, weight, i, order[at]))
                    at += 1
            while at <= step and value >= bar:
                squared = _squares(raw[i], scale, centres[at])
                value = min(value, squared + _on_grid(q, weight, i, order[at]))
                at += 1
            bound[i], seen[i] = value, at
            if value > best and at > step:
                best = value
                bar = best - _SLACK * best - _SLACK_ROOT * np.sqrt(best)
        pick, gap, rivals = -1, -1.0, 0
        for i in range(tokens):
            if bound[i] >= bar and bound[i] >= 0.0:
                rivals += 1
                if pick < 0:
                    pick = i
        if rivals == 1:
            gap = bound[pick]
            continue
        for i in range(tokens):
            if bound[i] < bar or bound[i] < 0.0:
                continue
            while exact_seen[i] <= step and exact[i] >= gap * _RESOLVED:
                squared = _squares_exact(raw, inverse, q, weight, i, order[exact_seen[i]])
                exact[i] = min(exact[i], squared)
                exact_seen[i] += 1
            gap = max(gap, exact[i])
        for i in range(tokens):
            if bound[i] >= bar and bound[i] >= 0.0 and exact[i] >= gap * _RESOLVED:
                pick, gap = i, exact[i]
                break


@njit(
    void(RAW, NORMS, PLACES, float64, NORMS, NORMS, REALS),
    cache=True,
    nogil=True,
    fastmath=_FAST,
)
def squares_to(raw, inverse, q, weight, point, place, out):  # type: ignore[no-untyped-def]
    """Fills `out` [N] with the squared distances to `point` [d] and `place` [2], in float64."""
    for i in range(raw.shape[0]):
        total = 0.0
        for j in range(raw.shape[1]):
            difference = raw[i, j] * inverse[i] - point[j]
            total += difference * difference
        down, right = q[i, 0] - place[0], q[i, 1] - place[1]
        out[i] = total + weight * (down * down + right * right)


@njit(
    int64(RAW, NORMS, PLACES, float64, int64),
    cache=True,
    nogil=True,
    fastmath=_FAST,
)
def most_isolated(raw, inverse, q, weight, columns):  # type: ignore[no-untyped-def]
    """The token whose nearest other token is farthest; ties to the lowest index.

    A token is dropped as soon as some other one is nearer to it than the best token's nearest.
    Its neighbours on the grid are asked first: they are the likeliest to be near.
    """
    tokens, width = raw.shape
    own = np.empty(width, np.float32)
    bound = np.full(tokens, np.float32(np.inf))
    bar = np.float32(-1.0)
    for i in range(tokens):
        value = bound[i]
        if value < bar:
            continue
        scale = np.float32(inverse[i])
        for j in range(width):
            own[j] = raw[i, j] * scale
        # Outwards in raster order, the cells above and below first of all.
        for turn in range(2 * tokens):
            away = columns if turn < 2 else turn // 2
            o = i + away if turn % 2 == 0 else i - away
            if value < bar:
                break
            if o < 0 or o >= tokens or o == i:
                continue
            squared = _squares(raw[o], np.float32(inverse[o]), own) + _on_grid(q, weight, i, o)
            value = min(value, squared)
            bound[o] = min(bound[o], squared)
        bound[i] = value
        if value > bar:
            bar = max(bar, value - _SLACK * value - _SLACK_ROOT * np.sqrt(value))
    exact, gap = np.full(tokens, -1.0), 0.0
    for i in range(tokens):
        if bound[i] < bar:
            continue
        exact[i] = np.inf
        for o in range(tokens):
            if o != i:
                exact[i] = min(exact[i], _squares_exact(raw, inverse, q, weight, i, o))
                if exact[i] < gap * _RESOLVED:
                    break
        gap = max(gap, exact[i])
    for i in range(tokens):
        if exact[i] >= gap * _RESOLVED:
            return i
    return 0
