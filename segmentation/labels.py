"""From the values of a mask file to objects and ignored pixels: what 0, 1 and 255 stand for."""

from __future__ import annotations

from typing import Any, Literal, NamedTuple, get_args

import numpy as np
import numpy.typing as npt

from ..core.errors import InputError, unknown
from .overlap import Mask

VOID = 255

Ignore = Literal["auto", "exclude", "background", "foreground"]
"""What 255 means in the truth.

`exclude`: pixels that count for nothing (ReasonSeg's own protocol). `background`: the base
model's reader. `foreground`: the object, as in images of 0 and 255. `auto`: `exclude` in palette
images and beside 1, `foreground` in images of 0 and 255 alone.
"""

IGNORE: tuple[str, ...] = get_args(Ignore)


class Labels(NamedTuple):
    """A mask as its file holds it.

    Args:
        values: whole numbers or bool [H, W].
        indexed: whether they are palette indices, so that 255 is no brightness.
        name: where it comes from, for messages.

    """

    values: npt.NDArray[Any]
    indexed: bool = False
    name: str = ""


class Objects(NamedTuple):
    """A mask read.

    Args:
        ids: [H, W], 0 for the background and ignored pixels, a number per object elsewhere.
        ignored: bool [H, W], or None where no pixel is ignored.

    """

    ids: npt.NDArray[Any]
    ignored: Mask | None

    @property
    def foreground(self) -> Mask:
        """All objects together, bool [H, W]."""
        return np.asarray(self.ids, bool)


def check_ignore(ignore: str) -> Ignore:
    """Returns `ignore` where it names a meaning of 255, raises `InputError` elsewhere."""
    if ignore not in IGNORE:
        raise unknown("ignore", ignore, IGNORE)
    return ignore  # type: ignore[return-value]


def read_labels(labels: Labels, ignore: Ignore = "auto") -> Objects:
    """The objects of a mask and the pixels that are ignored.

    Raises:
        InputError: where the values are no mask, or `auto` cannot tell what 255 means.

    """
    values = labels.values
    _check(labels)
    if values.dtype == bool or not values.size or int(values.max()) < VOID:
        return Objects(values, None)
    void = values == VOID
    if not void.any():
        return Objects(values, None)
    if ignore == "auto":
        ignore = _meaning_of_255(labels, void)
    if ignore == "foreground":
        return Objects(values if _others(values, void).any() else void, None)
    ids = np.where(void, 0, values)
    return Objects(ids, void if ignore == "exclude" else None)


def _meaning_of_255(labels: Labels, void: Mask) -> Ignore:
    if labels.indexed:
        return "exclude"
    others = _others(labels.values, void)
    if not others.any():
        return "foreground"
    strange = labels.values[others & (labels.values != 1)]
    if not strange.size:
        return "exclude"
    raise InputError(
        "ignore",
        "auto",
        f"cannot tell what 255 means beside {int(strange[0])} in {labels.name}",
        "say --ignore exclude (labels) or foreground (brightness)",
    )


def _others(values: npt.NDArray[Any], void: Mask) -> Mask:
    return np.asarray((values != 0) & ~void)


def _check(labels: Labels) -> None:
    values = labels.values
    if values.ndim != 2 or values.dtype.kind not in "bui":
        raise InputError(
            "mask",
            labels.name,
            f"holds {values.dtype} of shape {list(values.shape)}",
            "give whole numbers or bool [height, width]; threshold probabilities first",
        )
    if values.dtype.kind == "i" and values.size and int(values.min()) < 0:
        raise InputError("mask", labels.name, "holds negative labels", "use 0 for the background")
