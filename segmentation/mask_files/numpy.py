"""NumPy: an array [H, W], or [F, H, W] for a clip; in an .npz file one for each name."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from ...core.errors import InputError
from ..labels import Labels

if TYPE_CHECKING:
    from . import Frames

SUFFIXES = (".npy", ".npz")


def read(path: Path) -> dict[str, Frames]:
    """The mask or clip of an .npy file, those of an .npz file by name.

    Raises:
        InputError: where it cannot be read, or holds arrays of other than 2 or 3 axes.

    """
    try:
        opened = np.load(path, mmap_mode="r", allow_pickle=False)
        if isinstance(opened, np.ndarray):
            return {"": _frames(opened, str(path))}
        with opened:
            return {name: _frames(opened[name], f"{path}[{name}]") for name in opened.files}
    except InputError:
        raise
    except Exception as error:  # a damaged header raises whatever its parser happens to meet
        raise InputError(
            "mask", path, f"cannot be read ({error})", "save it with numpy.save, without pickling"
        ) from None


def _frames(array: npt.NDArray[Any], name: str) -> Frames:
    if array.ndim not in (2, 3):
        raise InputError(
            "mask", name, f"has shape {list(array.shape)}", "give [H, W], or [F, H, W] for a clip"
        )
    clip = array if array.ndim == 3 else array[None]
    return [partial(Labels, frame, name=name) for frame in clip]
