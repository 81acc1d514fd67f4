"""ToMe: the most alike pairs of tokens are merged, round by round, until K are left.

Source: "Token Merging: Your ViT But Faster" (ICLR 2023), used as a pruner at the encoder's output:
while n > K tokens are left, r = min(n - K, n // 2). Tokens at even places each find the most
similar one at an odd place; the r best pairs are merged by their size-weighted mean; the list is
then the unmerged evens by falling similarity, followed by the odds. Likeness is the cosine of the
features reshaped to (heads, width of a head) and averaged over the heads; `heads` is 16, those of
SigLIP so400m, and has to divide the width. Ties keep the list's order.
"""

from __future__ import annotations

from math import gcd

import numpy as np

from ...core.errors import InputError
from ..alike import most_alike
from ..frame import Frame
from ..merging import head_sums, joined, medoids, merged_features
from ..method import Merged
from ..scores import ranked


def prune(frame: Frame, k: int, *, heads: int = 16) -> Merged:
    """K groups of merged tokens."""
    if heads < 1 or frame.width % heads:
        raise InputError(
            "heads",
            heads,
            f"does not divide the features' width of {frame.width}",
            f"give the encoder's number of heads, as in tome:heads={gcd(frame.width, 16)}",
        )
    # The mean over heads of a merged feature is the merged mean over heads, and the mean of means
    # weighted by size the mean of all: the rounds need only the narrow metric, in float64.
    sums = head_sums(frame, heads)
    groups = np.arange(frame.tokens)
    while len(sums) > k:
        even, odd = sums[0::2], sums[1::2]
        partner, likeness = most_alike(even, odd)
        order = ranked(likeness)
        merging = min(len(sums) - k, len(odd))
        source, rest = order[:merging], order[merging:]
        place = np.empty(len(sums), np.int64)
        place[2 * rest] = np.arange(len(rest))
        place[1::2] = np.arange(len(odd)) + len(rest)
        place[2 * source] = place[1::2][partner[source]]
        groups = place[groups]
        sums = np.concatenate([even[rest], joined(odd, even[source], partner[source])])
    return Merged(medoids(frame, groups, k), groups, merged_features(frame, groups, k))
