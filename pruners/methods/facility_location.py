"""Facility location: the set to which all tokens are most similar in total, chosen greedily.

Source: Nemhauser, Wolsey and Fisher (1978), whose bound for the submodular objective
sum_i max_s cos(i, s) holds here: greedy is within 1 - 1/e of the optimum. Where greedy k-center
minimises the largest distance, this minimises the mean one, so that outliers count little. Ties go
to the lowest index.
"""

from __future__ import annotations

import numpy as np

from ..frame import Frame
from ..greedy import Indices
from ..submodular import cover_similarity

NESTED = True


def prune(frame: Frame, k: int) -> Indices:
    """The first k greedy picks."""
    # No cosine is below -1: from there the first gain is the whole sum, the others differences.
    return cover_similarity(frame, np.ones(frame.tokens), k, least=-1.0)
