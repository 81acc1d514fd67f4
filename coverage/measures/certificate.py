"""Certificate: the joint radius over a lower bound of the smallest one that K tokens can reach.

Ours; the bound is Gonzalez's (1985), from the greedy run that starts farthest from the mean, as
EVTP's does: that run is at 2, whatever the frame, and one from another start a little above or
below. 1 would be optimal. Missing (NaN) where the bound is 0 but the radius is not. Smaller is
better.
"""

from __future__ import annotations

import math

from ..cover import Cover
from ..lower_bound import radius_lower_bound
from ..radii import radii_of


def measure(cover: Cover) -> dict[str, float]:
    """``certificate``, a ratio of at least 1."""
    radius = radii_of(cover).joint
    bound = radius_lower_bound(cover.geometry, len(cover.indices), cover.scale)
    if radius == 0.0:
        return {"certificate": 1.0}
    # The bound is of float64, the radius of float32: they may cross in the last bits.
    return {"certificate": max(1.0, radius / bound) if bound > 0.0 else math.nan}
