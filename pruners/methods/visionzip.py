"""VisionZip: the most attended tokens, and a few that take up the rest by likeness of their keys.

Source: "VisionZip: Longer is Better but Not Necessary in Vision Language Models" (CVPR 2025) and
its code. D *dominant* tokens lead the attention. Of the M others, in raster order, every
max(1, M // C)-th is a *contextual* one, C in all; each remaining token joins the contextual one
with the most similar key (cosine). A contextual token becomes its own feature plus the mean of
those that joined it. `contextual` is C / K, published as 10 of 64; C = round(contextual * K), and
where that is 0 nothing is merged. `statistic` is the attention: published versions take the
last block but one or the last; which it is, the encoder of the features says.
"""

from __future__ import annotations

import numpy as np

from ...core.errors import InputError
from ..alike import most_alike
from ..frame import Frame
from ..greedy import Indices
from ..merging import group_means, medoids
from ..method import Merged
from ..scores import attention, ranked

NEEDS = ("attention", "keys")


def prune(
    frame: Frame, k: int, *, contextual: float = 10 / 64, statistic: str = "attention"
) -> Merged | Indices:
    """K - C dominant tokens and C groups."""
    if not 0.0 <= contextual <= 1.0:
        raise InputError(
            "contextual", contextual, "is no share of the budget", "give one from 0 to 1"
        )
    count = round(k * contextual)
    dominant = ranked(attention(frame, statistic))[: k - count]
    keys = frame.keys.astype(np.float64)
    if count == 0:
        return dominant
    free = np.ones(frame.tokens, bool)
    free[dominant] = False
    others = np.flatnonzero(free)
    step = max(1, len(others) // count)
    targets = others[::step][:count]
    free[targets] = False
    joining = np.flatnonzero(free)

    joins = most_alike(keys[joining], keys[targets])[0] + len(dominant)
    kept = np.concatenate([dominant, targets])
    groups = np.empty(frame.tokens, np.int64)
    groups[kept] = np.arange(k)
    groups[joining] = joins
    features = frame.raw[kept]
    if len(joining):
        taken = np.bincount(joins, minlength=k) > 0
        joined = np.full(frame.tokens, -1)
        joined[joining] = (np.cumsum(taken) - 1)[joins]
        features[taken] += group_means(frame, joined, int(taken.sum()))
    return Merged(medoids(frame, groups, k), groups, features)
