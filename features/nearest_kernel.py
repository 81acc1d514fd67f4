"""Compiled: the nearest kept token in three spaces, without a matrix of distances."""

from __future__ import annotations

import numpy as np
from numba import njit

from .kernel_types import INDICES, RAW, REALS, SINGLE_TABLE, float64, int64, void
from .tile_kernel import COLUMNS, ROWS, tile

_BLOCK = 48  # kept tokens that stay in the second-level cache while all tokens pass by

_FAST = {"reassoc", "contract", "nsz"}


@njit(
    void(RAW, REALS, REALS, SINGLE_TABLE, INDICES, float64, int64[:, ::1], SINGLE_TABLE),
    cache=True,
    nogil=True,
    fastmath=_FAST,
)
def nearest(raw, inverse, mean, p, kept, scale, owners, squares):  # type: ignore[no-untyped-def]
    """Fills `owners` and `squares` [3, N]: feature, spatial and joint space.

    With c = x_s - mean for a kept token s, the squared distance to x is |c|^2 + 2 mean.c - 2 x.c,
    but for terms that all kept tokens share: only the kept ones are centred, and x is the raw
    feature times one factor.

    Args:
        raw: features [N, d].
        inverse: 1 / their norms [N].
        mean: of the normalised features [d].
        p: grid coordinates [N, 2].
        kept: the kept tokens [K].
        scale: lambda of the joint space.
        owners: the place in `kept` of the nearest one.
        squares: the squared distances to them.

    """
    tokens, width = raw.shape
    count = kept.shape[0]
    weight = np.float32(scale * scale)
    padded = count + (-count) % COLUMNS  # the last kept token again: it comes second to itself
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
    own = np.empty(width, np.float32)
    squares[:] = np.inf
    dots = np.empty((ROWS, COLUMNS), np.float32)
    for block in range(0, padded, _BLOCK):
        end = min(block + _BLOCK, padded)
        for i in range(0, tokens, ROWS):
            second, third = min(i + 1, tokens - 1), min(i + 2, tokens - 1)
            for m in range(block, end, COLUMNS):
                tile(
                    raw[i], raw[second], raw[third],
                    chosen[m], chosen[m + 1], chosen[m + 2], chosen[m + 3],
                    dots, 0, 0,
                )  # fmt: skip
                for r in range(min(ROWS, tokens - i)):
                    token = i + r
                    factor = np.float32(2.0 * inverse[token])
                    for c in range(min(COLUMNS, count - m)):
                        place = m + c
                        feature = terms[place] - factor * dots[r, c]
                        down = p[token, 0] - p[kept[place], 0]
                        right = p[token, 1] - p[kept[place], 1]
                        spatial = down * down + right * right
                        joint = feature + weight * spatial
                        if feature < squares[0, token]:
                            squares[0, token], owners[0, token] = feature, place
                        if spatial < squares[1, token]:
                            squares[1, token], owners[1, token] = spatial, place
                        if joint < squares[2, token]:
                            squares[2, token], owners[2, token] = joint, place
    for place in range(count):
        for space in range(3):
            owners[space, kept[place]] = place
    # The products only found the nearest; their distances are computed from differences.
    for i in range(tokens):
        for j in range(width):
            own[j] = raw[i, j] * inverse[i] - mean[j]
        for space in (0, 2):
            if space == 2 and owners[2, i] == owners[0, i]:
                squares[2, i] = squares[0, i]
            else:
                other = chosen[owners[space, i]]
                total = np.float32(0.0)
                for j in range(width):
                    difference = own[j] - other[j]
                    total += difference * difference
                squares[space, i] = total
        for space in (1, 2):
            o = kept[owners[space, i]]
            down, right = p[i, 0] - p[o, 0], p[i, 1] - p[o, 1]
            spatial = down * down + right * right
            squares[space, i] = spatial if space == 1 else squares[2, i] + weight * spatial
