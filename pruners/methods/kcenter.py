"""Greedy k-center on the normalised features: always the token farthest from those chosen.

Source: Gonzalez, "Clustering to minimize the maximum intercluster distance" (1985); the first row
of the paper's Table 4. Its covering radius is within twice the smallest possible. The first token
is drawn at random from the seed; ties go to the lowest index.
"""

from __future__ import annotations

import numpy as np

from ..frame import Frame
from ..greedy import Indices, Space, farthest_first

NESTED = True


def prune(frame: Frame, k: int, *, seed: tuple[int, int] = (0, 0)) -> Indices:
    """The first k greedy picks."""
    start = int(np.random.default_rng(seed).integers(frame.tokens))
    return farthest_first(Space(frame), k, start).order
