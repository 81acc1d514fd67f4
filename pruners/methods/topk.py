"""The K most attended tokens.

Source: the rule that most attention-based pruners start from, which the paper's Section 5 calls
importance-based. `statistic` picks the attention: `attention` (received by a token, mean over
heads and queries; what an encoder without a [CLS] token offers), `probe_attention` (of SigLIP's
pooling probe) or `middle_attention`. Equal attention goes to the lowest index.
"""

from __future__ import annotations

from ..frame import Frame
from ..greedy import Indices
from ..scores import attention, ranked

NEEDS = ("attention",)
NESTED = True


def prune(frame: Frame, k: int, *, statistic: str = "attention") -> Indices:
    """The k most attended tokens."""
    return ranked(attention(frame, statistic))[:k]
