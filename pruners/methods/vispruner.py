"""VisPruner: the most attended tokens, and of the rest those least like one another.

Source: "Beyond Text-Visual Attention: Exploiting Visual Cues for Effective Token Pruning in VLMs"
(ICCV 2025) and its code. floor(K * important_ratio) tokens lead the attention. The rest, in the
order of their attention, are thinned to the remaining budget: the list of R tokens is split into
its even and odd places, every even one gets its largest cosine to an odd one, the
r = min(8, R - remaining) most similar evens go, and the new list is the surviving evens by falling
similarity, then the odds. `important_ratio` is 0.5 as published. With odd R there is one even more
than odds, where the published code fails (729 tokens at 5 and 10 %); here it does not. `statistic`
is the attention.
"""

from __future__ import annotations

import numpy as np

from ...core.errors import InputError
from ..frame import Frame
from ..greedy import Indices
from ..scores import attention, ranked
from ..thinning import thinned

NEEDS = ("attention",)

_AT_A_TIME = 8


def prune(
    frame: Frame, k: int, *, important_ratio: float = 0.5, statistic: str = "attention"
) -> Indices:
    """The important tokens, then the diverse ones."""
    if not 0.0 <= important_ratio <= 1.0:
        raise InputError(
            "important_ratio", important_ratio, "is no share of the budget", "give one from 0 to 1"
        )
    order = ranked(attention(frame, statistic))
    important = int(k * important_ratio)
    rest, wanted = order[important:], k - important
    if wanted == 0:
        return order[:k]
    return np.concatenate([order[:important], rest[thinned(frame, rest, wanted, _AT_A_TIME)]])
