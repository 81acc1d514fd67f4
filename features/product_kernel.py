"""Compiled: products of tokens with tokens, in small tiles: all, the nearest kept, the closest two.

The tiles lie in the file of all that is made of them: numba's cache looks at the file of a function
only, and would go on with the code of an older tile.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from ..core.kernel_types import (
    INDICES,
    NORMS,
    PLACES,
    POINTS,
    RAW,
    SINGLE_TABLE,
    TABLE,
    TOKENS,
    float64,
    void,
)

_ROWS, _COLUMNS = 3, 4  # of a tile

_BLOCK = 48  # tokens on the right that stay in the second-level cache while all others pass by

# Bounds the error of a squared distance made of a float32 product of unit vectors.
_SLACK = 1e-5

_FAST = {"reassoc", "contract", "nsz"}
# Without fused multiply-adds, which round one side of a difference only: equal rows give 0.
_EXACT = {"reassoc", "nsz"}


# Inlined where it is called: handing over eight arrays takes a tenth of the time of a tile.
@njit(nogil=True, fastmath=_FAST, inline="always")
def _tile(a0, a1, a2, b0, b1, b2, b3, out, i, j):  # type: ignore[no-untyped-def]
    """Puts the dot products of three vectors with four into ``out[i:i + 3, j:j + 4]``.

    Twelve sums and what they are made of are as much as 16 vector registers hold.
    """
    zero = a0[0] - a0[0]  # of the vectors' type
    s00 = s01 = s02 = s03 = zero
    s10 = s11 = s12 = s13 = zero
    s20 = s21 = s22 = s23 = zero
    for t in range(a0.shape[0]):
        x0, x1, x2 = a0[t], a1[t], a2[t]
        y = b0[t]
        s00, s10, s20 = s00 + x0 * y, s10 + x1 * y, s20 + x2 * y
        y = b1[t]
        s01, s11, s21 = s01 + x0 * y, s11 + x1 * y, s21 + x2 * y
        y = b2[t]
        s02, s12, s22 = s02 + x0 * y, s12 + x1 * y, s22 + x2 * y
        y = b3[t]
        s03, s13, s23 = s03 + x0 * y, s13 + x1 * y, s23 + x2 * y
    out[i, j], out[i, j + 1], out[i, j + 2], out[i, j + 3] = s00, s01, s02, s03
    i += 1
    out[i, j], out[i, j + 1], out[i, j + 2], out[i, j + 3] = s10, s11, s12, s13
    i += 1
    out[i, j], out[i, j + 1], out[i, j + 2], out[i, j + 3] = s20, s21, s22, s23


@njit(
    [void(POINTS, SINGLE_TABLE), void(PLACES, TABLE)],
    cache=True,
    nogil=True,
    fastmath=_FAST,
)
def gram(x, out):  # type: ignore[no-untyped-def]
    """Fills `out` [N, N] with x x^T for `x` [N, d], of which half is computed."""
    count, width = x.shape
    whole = count - count % _COLUMNS
    for block in range(0, whole, _BLOCK):
        end = min(block + _BLOCK, whole)
        for i in range(0, min(end, count - count % _ROWS), _ROWS):
            for j in range(max(block, i - i % _COLUMNS), end, _COLUMNS):
                _tile(x[i], x[i + 1], x[i + 2], x[j], x[j + 1], x[j + 2], x[j + 3], out, i, j)
    # What the tiles left over: the last rows and columns.
    for i in range(count):
        for j in range(max(i, whole if i < count - count % _ROWS else 0), count):
            total = x[i, 0] - x[i, 0]
            for t in range(width):
                total += x[i, t] * x[j, t]
            out[i, j] = total
    for i in range(count):
        for j in range(i):
            out[i, j] = out[j, i]


@njit(
    void(RAW, NORMS, NORMS, PLACES, INDICES, float64, TOKENS, SINGLE_TABLE),
    cache=True,
    nogil=True,
    fastmath=_FAST,
)
def search(raw, inverse, mean, places, kept, scale, owners, squares):  # type: ignore[no-untyped-def]
    """Improves `owners` and `squares` [3, N] by some more kept tokens, in all three spaces.

    With c = x_s - mean for a kept token s, the squared distance to x is |c|^2 + 2 mean.c - 2 x.c,
    but for terms that all kept tokens share: only the kept ones are centred, and x is the raw
    feature times one factor. What `squares` holds lacks these terms; it serves to compare.

    Args:
        raw: features [N, d].
        inverse: 1 / their norms [N].
        mean: of the normalised features [d].
        places: grid coordinates in whole numbers [N, 2].
        kept: the tokens [K] that are new.
        scale: lambda of the joint space, by what `places` are too large.
        owners: the nearest kept token; among equally near ones that of the lowest index.
        squares: of the distances to them, infinite where there is none yet.

    """
    tokens, width = raw.shape
    count = kept.shape[0]
    weight = scale * scale
    padded = count + (-count) % _COLUMNS  # the last one again: it comes second to itself
    chosen = np.empty((padded, width), np.float32)
    terms = np.empty(padded, np.float32)
    for m in range(padded):
        s = kept[min(m, count - 1)]
        term = 0.0
        for j in range(width):
            centred = raw[s, j] * inverse[s] - mean[j]
            chosen[m, j] = centred
            term += centred * (centred + 2.0 * mean[j])
        terms[m] = term
    dots = np.empty((_ROWS, _COLUMNS), np.float32)
    of_feature, of_spatial, of_joint = owners
    features, spatials, joints = squares
    for block in range(0, padded, _BLOCK):
        end = min(block + _BLOCK, padded)
        for i in range(0, tokens, _ROWS):
            second, third = min(i + 1, tokens - 1), min(i + 2, tokens - 1)
            for m in range(block, end, _COLUMNS):
                _tile(
                    raw[i], raw[second], raw[third],
                    chosen[m], chosen[m + 1], chosen[m + 2], chosen[m + 3],
                    dots, 0, 0,
                )  # fmt: skip
                for r in range(min(_ROWS, tokens - i)):
                    token = i + r
                    factor = np.float32(2.0 * inverse[token])
                    for c in range(min(_COLUMNS, count - m)):
                        s = kept[m + c]
                        feature = terms[m + c] - factor * dots[r, c]
                        down = places[token, 0] - places[s, 0]
                        right = places[token, 1] - places[s, 1]
                        spatial = np.float32(down * down + right * right)
                        joint = feature + np.float32(weight * spatial)
                        if feature <= features[token] and (
                            feature < features[token] or s < of_feature[token]
                        ):
                            features[token], of_feature[token] = feature, s
                        if spatial <= spatials[token] and (
                            spatial < spatials[token] or s < of_spatial[token]
                        ):
                            spatials[token], of_spatial[token] = spatial, s
                        if joint <= joints[token] and (
                            joint < joints[token] or s < of_joint[token]
                        ):
                            joints[token], of_joint[token] = joint, s
    for s in kept:
        owners[:, s], squares[:, s] = s, -np.inf  # its own for good, whatever rounding says


@njit(cache=True, nogil=True, fastmath=_EXACT)
def _difference(raw, inverse, p, scale, i, o):  # type: ignore[no-untyped-def]
    """The squared distance of two tokens in the joint space, summed in float64."""
    total = 0.0
    for j in range(raw.shape[1]):
        difference = raw[i, j] * inverse[i] - raw[o, j] * inverse[o]
        total += difference * difference
    down, right = scale * (p[i, 0] - p[o, 0]), scale * (p[i, 1] - p[o, 1])
    return total + (down * down + right * right)


@njit(
    INDICES(RAW, NORMS, POINTS, INDICES, float64),
    cache=True,
    nogil=True,
    fastmath=_FAST,
)
def closest(raw, inverse, p, kept, scale):  # type: ignore[no-untyped-def]
    """The closest two of the tokens `kept` [K], K > 1, in the joint space of that `scale`."""
    count, width = kept.shape[0], raw.shape[1]
    padded = count + (-count) % (_ROWS * _COLUMNS)
    x = np.zeros((padded, width), np.float32)
    own, places = np.zeros(count), np.empty((count, 2))
    for m in range(count):
        factor = np.float32(inverse[kept[m]])
        own[m] = factor > 0.0
        places[m] = scale * p[kept[m]]
        for j in range(width):
            x[m, j] = raw[kept[m], j] * factor
    dots = np.empty((_ROWS, _COLUMNS), np.float32)
    best, pair = np.inf, kept[:2].copy()
    for block in range(0, padded, _BLOCK):
        end = min(block + _BLOCK, padded)
        for i in range(0, end, _ROWS):
            for m in range(max(block, i - i % _COLUMNS), end, _COLUMNS):
                _tile(x[i], x[i + 1], x[i + 2], x[m], x[m + 1], x[m + 2], x[m + 3], dots, 0, 0)
                for a in range(i, i + _ROWS):
                    for b in range(max(m, a + 1), min(m + _COLUMNS, count)):
                        down, right = places[a, 0] - places[b, 0], places[a, 1] - places[b, 1]
                        squared = own[a] + own[b] - 2.0 * dots[a - i, b - m]
                        if squared + down * down + right * right - _SLACK < best:
                            exact = _difference(raw, inverse, p, scale, kept[a], kept[b])
                            if exact < best:
                                best = exact
                                pair[0], pair[1] = kept[a], kept[b]
    return pair


@njit(
    void(RAW, NORMS, POINTS, float64, TOKENS, SINGLE_TABLE),
    cache=True,
    nogil=True,
    fastmath=_EXACT,
)
def distances(raw, inverse, p, scale, owners, out):  # type: ignore[no-untyped-def]
    """Fills `out` [3, N] with the distances to `owners`, from differences that do not cancel."""
    tokens, width = raw.shape
    for i in range(tokens):
        for space in (0, 2):
            if space == 2 and owners[2, i] == owners[0, i]:
                out[2, i] = out[0, i]
                continue
            o = owners[space, i]
            own, other = np.float32(inverse[i]), np.float32(inverse[o])
            total = np.float32(0.0)
            for j in range(width):
                difference = raw[i, j] * own - raw[o, j] * other
                total += difference * difference
            out[space, i] = total
        for space in (1, 2):
            o = owners[space, i]
            down, right = p[i, 0] - p[o, 0], p[i, 1] - p[o, 1]
            spatial = down * down + right * right
            out[space, i] = spatial if space == 1 else out[2, i] + scale * scale * spatial
        for space in range(3):
            out[space, i] = np.sqrt(out[space, i])
