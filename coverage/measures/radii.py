"""Coverage radius: the largest distance of a token to its nearest kept token.

Source: paper, Definitions 1 to 3. ``feature_radius`` is in units of the normalised features,
``spatial_radius`` in shares of the grid's side, ``joint_radius`` in [x ; lambda p]. Smaller is
better.
"""

from __future__ import annotations

from ..cover import Cover
from ..radii import radii_of

SCALED = ("joint_radius",)


def measure(cover: Cover) -> dict[str, float]:
    """The radius in the feature, spatial and joint space."""
    return {f"{space}_radius": value for space, value in radii_of(cover)._asdict().items()}
