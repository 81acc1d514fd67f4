"""Boundary F-measure of DAVIS: do the outlines of two masks run close to each other?"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from ..core.compiled import kernels
from .overlap import Mask, require_same_shape

TOLERANCE = 0.008
"""Radius of the matching disk as a share of the image's diagonal (DAVIS)."""


def boundary_f(predicted: Mask, truth: Mask, radius: int | None = None) -> float:
    """F, the contour accuracy of one frame (Perazzi et al., 2016).

    Precision is the share of the prediction's boundary within `radius` pixels of the truth's,
    recall the share of the truth's boundary within `radius` of the prediction's, F = 2 P R /
    (P + R). Without any boundary in both F is 1; with one in the prediction only P = 1 and R = 0,
    in the truth only P = 0 and R = 1, so F is 0. A mask that fills the frame has no boundary.

    Args:
        predicted: bool [H, W].
        truth: bool [H, W].
        radius: pixels; ceil(0.008 * diagonal) where left out.

    Raises:
        InputError: where the shapes differ.

    Example:
        >>> import numpy as np
        >>> from evtp.segmentation import boundary_f
        >>> truth = np.zeros((40, 40), bool)
        >>> truth[10:30, 10:30] = True
        >>> boundary_f(truth, truth)
        1.0

    """
    require_same_shape(predicted, truth)
    if radius is None:
        radius = match_radius(*truth.shape)
    compiled = kernels(f"{__package__}.boundary_kernel")
    if compiled is not None:
        ours = compiled.boundary_columns(_bytes(predicted))
        theirs = compiled.boundary_columns(_bytes(truth))
        lengths = len(ours[1]), len(theirs[1])
        if all(lengths):
            reach = np.array([math.isqrt(radius**2 - away**2) for away in range(radius + 1)])
            matched = compiled.near(*ours, *theirs, reach), compiled.near(*theirs, *ours, reach)
    else:
        edges = boundary(predicted), boundary(truth)
        lengths = int(edges[0].sum()), int(edges[1].sum())
        if all(lengths):
            matched = _near(edges[0], edges[1], radius), _near(edges[1], edges[0], radius)
    if not any(lengths):
        return 1.0
    if not all(lengths):
        return 0.0
    precision, recall = matched[0] / lengths[0], matched[1] / lengths[1]
    return 2 * precision * recall / (precision + recall) if precision + recall else 0.0


def match_radius(height: int, width: int) -> int:
    """ceil(0.008 * diagonal) in pixels: 18 for 1920 x 1080, 8 for 854 x 480."""
    return math.ceil(TOLERANCE * math.hypot(height, width))


def boundary(mask: Mask) -> Mask:
    """The one-pixel boundary of a mask [H, W]: pixels that differ from the next one.

    The next to the right, below, or diagonally below; the last row and column look along
    themselves only (DAVIS's `seg2bmap`).
    """
    edge = np.zeros_like(mask)
    edge[:, :-1] |= mask[:, :-1] ^ mask[:, 1:]
    edge[:-1] |= mask[:-1] ^ mask[1:]
    edge[:-1, :-1] |= mask[:-1, :-1] ^ mask[1:, 1:]
    return edge


def _bytes(mask: Mask) -> npt.NDArray[np.uint8]:
    return np.ascontiguousarray(mask, bool).view(np.uint8)


def _near(edge: Mask, other: Mask, radius: int) -> int:
    from scipy.ndimage import distance_transform_edt

    # Distances are square roots of whole numbers: comparing them with a whole radius is exact.
    return int(np.count_nonzero(edge & (distance_transform_edt(~other) <= radius)))
