"""Mask recovery of a frame's objects, from the nearest kept tokens that its cover has found."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import fmean

import numpy as np

from ..coverage.cover import Cover
from ..features.cache import Sample
from ..features.masks import read_mask
from ..segmentation.recovery import Sources, Target

KEYS = ("objects", "recovery_iou", "recovery_f", "recovery_ceiling_iou")


def targets_of(sample: Sample, frame: int, threshold: float = 0.5) -> dict[str, Target]:
    """The objects in a frame by name, none where the cache holds no masks.

    Args:
        sample: an image or clip.
        frame: its number.
        threshold: as in `Target`.

    Raises:
        InputError: where a mask cannot be read, or has another size than the frame.

    """
    if sample.image_size is None:
        return {}
    masks = {
        name: read_mask(per_frame[frame], sample.image_size)
        for name, per_frame in sample.masks.items()
    }
    return {
        name: Target(mask, sample.clip.shape, threshold)
        for name, mask in masks.items()
        if mask.any()
    }


def recovery(cover: Cover, targets: Sequence[Target]) -> dict[str, float]:
    """`KEYS`: how many objects, and the means over them.

    Every token takes the value of its nearest kept token in the joint space, as in
    `evtp.segmentation.recovery` by default.

    Args:
        cover: of the kept tokens.
        targets: the objects, at least one.

    """
    owner = cover.indices[cover.nearest.joint.owner]
    sources = Sources(owner[:, None], np.ones((len(owner), 1), np.float32))
    found = [target.recover(sources) for target in targets]
    means = (
        fmean(one.iou for one in found),
        fmean(one.f for one in found),
        fmean(target.ceiling.iou for target in targets),
    )
    return dict(zip(KEYS, (len(targets), *means), strict=True))
