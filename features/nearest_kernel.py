"""Compiled: the nearest kept token in three spaces, without a matrix of distances."""

from __future__ import annotations

import numpy as np
from numba import njit

from ..core.kernel_types import INDICES, RAW, REALS, SINGLE_TABLE, TOKENS, float64, void
from .tile_kernel import COLUMNS, ROWS, tile

_BLOCK = 48  # kept tokens that stay in the second-level cache while all tokens pass by

_FAST = {"reassoc", "contract", "nsz"}
# Without fused multiply-adds, which round one side of a difference only: equal rows give 0.
_EXACT = {"reassoc", "nsz"}


@njit(
    void(RAW, REALS, REALS, SINGLE_TABLE, INDICES, float64, TOKENS, SINGLE_TABLE),
    cache=True,
    nogil=True,
    fastmath=_FAST,
)
def search(raw, inverse, mean, p, kept, scale, owners, squares):  # type: ignore[no-untyped-def]
    """Improves `owners` and `squares` [3, N] by some more kept tokens, in all three spaces.

    With c = x_s - mean for a kept token s, the squared distance to x is |c|^2 + 2 mean.c - 2 x.c,
    but for terms that all kept tokens share: only the kept ones are centred, and x is the raw
    feature times one factor. What `squares` holds lacks these terms; it serves to compare.

    Args:
        raw: features [N, d].
        inverse: 1 / their norms [N].
        mean: of the normalised features [d].
        p: grid coordinates [N, 2].
        kept: the tokens [K] that are new.
        scale: lambda of the joint space.
        owners: the nearest kept token; among equally near ones that of the lowest index.
        squares: of the distances to them, infinite where there is none yet.

    """
    tokens, width = raw.shape
    count = kept.shape[0]
    weight = np.float32(scale * scale)
    padded = count + (-count) % COLUMNS  # the last one again: it comes second to itself
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
    dots = np.empty((ROWS, COLUMNS), np.float32)
    of_feature, of_spatial, of_joint = owners
    features, spatials, joints = squares
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
                        s = kept[m + c]
                        feature = terms[m + c] - factor * dots[r, c]
                        down, right = p[token, 0] - p[s, 0], p[token, 1] - p[s, 1]
                        spatial = down * down + right * right
                        joint = feature + weight * spatial
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


@njit(
    void(RAW, REALS, SINGLE_TABLE, float64, TOKENS, SINGLE_TABLE),
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
