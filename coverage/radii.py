"""The coverage radii of the paper: feature, spatial, joint."""

from __future__ import annotations

from typing import NamedTuple

from ..features.arrays import Array
from ..features.geometry import Geometry
from ..features.types import Features
from .cover import Cover


class Radii(NamedTuple):
    """The largest distance of a token to its nearest kept token, in each space.

    Args:
        feature: between L2-normalised features, from 0 to 2 (paper, Definition 1).
        spatial: between grid coordinates (row / rows, column / columns), from 0 to the square
            root of 2 (Definition 3).
        joint: in [x ; lambda p] with the frame's adaptive lambda (Definition 2).

    """

    feature: float
    spatial: float
    joint: float


def radii_of(cover: Cover) -> Radii:
    """The three radii of a cover."""
    nearest = cover.nearest
    return Radii(
        float(nearest.feature.distance.max()),
        float(nearest.spatial.distance.max()),
        float(nearest.joint.distance.max()),
    )


def coverage_radii(features: Features, indices: Array) -> Radii:
    """The three coverage radii of the tokens `indices` of a frame.

    Args:
        features: the frame, N tokens.
        indices: the kept tokens [K], distinct.

    Raises:
        InputError: where a feature is not finite, or an index out of range or repeated.

    Example:
        >>> import numpy as np
        >>> from evtp.features import Features
        >>> from evtp.coverage.radii import coverage_radii
        >>> corners = Features(np.eye(4), grid=(2, 2))
        >>> round(coverage_radii(corners, np.array([0])).feature, 4)
        1.4142

    """
    return radii_of(Cover(Geometry(features), indices))
