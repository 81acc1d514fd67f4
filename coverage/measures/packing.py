"""Packing: the smallest distance between two kept tokens in the joint space.

Ours; the quantity that max-min diversity methods maximise. Larger is better. A single kept token
has none (NaN).
"""

from __future__ import annotations

import math

from ...features.closest import smallest_distance
from ..cover import Cover

SCALED = ("packing",)


def measure(cover: Cover) -> dict[str, float]:
    """``packing``, in [x ; lambda p]."""
    if len(cover.indices) < 2:
        return {"packing": math.nan}
    return {"packing": smallest_distance(cover.geometry, cover.indices, cover.scale)}
