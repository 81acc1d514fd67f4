"""K tokens drawn uniformly without replacement.

Ours, as the baseline that any method has to beat. Report its mean and spread over seeds.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ..frame import Frame
from ..greedy import Indices

NESTED = True


def prune(frame: Frame, k: int, *, seed: Sequence[int] = (0,)) -> Indices:
    """K random tokens."""
    return np.random.default_rng(seed).permutation(frame.tokens)[:k]
