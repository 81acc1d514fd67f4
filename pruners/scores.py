"""Attention as a score of tokens, read and ranked alike by all methods that use it."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from ..core.errors import InputError
from ..features.geometry import F32
from .frame import Frame
from .greedy import Indices

STATISTICS = ("attention", "probe_attention", "middle_attention")
"""What an encoder may say of how much a token is looked at; see `Features`."""


def attention(frame: Frame, statistic: str) -> F32:
    """The attention [N] of the frame's tokens in one of the three statistics.

    Raises:
        InputError: for another name, or where the features lack it.

    """
    if statistic not in STATISTICS:
        raise InputError(
            "statistic", statistic, "no such attention", f"choose {' or '.join(STATISTICS)}"
        )
    return frame.given(statistic)


def ranked(scores: npt.NDArray[np.floating]) -> Indices:
    """Positions [N] from the highest score [N] to the lowest, equal scores in their order."""
    return np.argsort(-scores, kind="stable")
