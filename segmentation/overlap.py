"""Overlap of predicted and true masks: gIoU, cIoU and region similarity J."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from ..core.errors import InputError

Mask = npt.NDArray[np.bool_]

_GIOU_EPSILON = 1e-5
_CIOU_EPSILON = 1e-10
"""Of the base model's evaluation (InstructSeg, after LISA): they keep 0 / 0 out of the sums."""


class Overlap(NamedTuple):
    """Pixels that prediction and truth share, and that either has.

    Args:
        intersection: I, foreground in both.
        union: U, foreground in at least one.

    """

    intersection: int
    union: int

    @property
    def iou(self) -> float:
        """J, region similarity (DAVIS): I / U, and 1 where both masks are empty."""
        return self.intersection / self.union if self.union else 1.0

    @property
    def giou(self) -> float:
        """The sample's term of gIoU: I / (U + 1e-5), and 1 where both masks are empty."""
        return self.intersection / (self.union + _GIOU_EPSILON) if self.union else 1.0


def overlap(predicted: Mask, truth: Mask) -> Overlap:
    """Counts the overlap of two masks.

    Args:
        predicted: bool [H, W], or [F, H, W] for a clip counted as one volume.
        truth: bool of the same shape.

    Raises:
        InputError: where the shapes differ.

    """
    require_same_shape(predicted, truth)
    both = int(np.count_nonzero(predicted & truth))
    # |A or B| = |A| + |B| - |A and B|: two counting passes are cheaper than a second temporary.
    either = int(np.count_nonzero(predicted)) + int(np.count_nonzero(truth)) - both
    return Overlap(both, either)


def giou(overlaps: Sequence[Overlap]) -> float:
    """gIoU: the mean over samples of I / (U + 1e-5), a sample with U = 0 counting 1.

    This is the "global" IoU of LISA and InstructSeg, not the generalised IoU of boxes.

    Raises:
        InputError: where there is no sample.

    Example:
        >>> from evtp.segmentation import Overlap, giou
        >>> round(giou([Overlap(1, 2), Overlap(0, 0)]), 3)
        0.75

    """
    _require_samples(overlaps)
    return float(np.mean([one.giou for one in overlaps]))


def ciou(overlaps: Sequence[Overlap]) -> float:
    """cIoU: sum of I over (sum of U + 1e-10), so that large objects weigh more.

    All masks empty gives 0, as in the base model's evaluation.

    Raises:
        InputError: where there is no sample.

    Example:
        >>> from evtp.segmentation import Overlap, ciou
        >>> round(ciou([Overlap(1, 2), Overlap(3, 3)]), 3)
        0.8

    """
    _require_samples(overlaps)
    shared = sum(one.intersection for one in overlaps)
    return shared / (sum(one.union for one in overlaps) + _CIOU_EPSILON)


def require_same_shape(predicted: Mask, truth: Mask) -> None:
    """Raises `InputError` where two masks, [H, W] or [F, H, W], differ in shape."""
    if predicted.shape != truth.shape:
        raise InputError(
            "predicted",
            f"of {' x '.join(map(str, predicted.shape))} pixels",
            f"does not match the truth's {' x '.join(map(str, truth.shape))}",
            "resize the prediction to the truth with nearest neighbour",
        )


def _require_samples(overlaps: Sequence[Overlap]) -> None:
    if not overlaps:
        raise InputError("overlaps", "", "are empty", "give one for each sample")
