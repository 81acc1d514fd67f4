"""What a pruner returned, checked."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from ..core.errors import InputError
from .frame import Frame
from .method import Merged, Pruner


def require_distinct(
    pruner: Pruner, frame: Frame, k: int, indices: npt.NDArray[np.generic]
) -> None:
    """Raises `InputError` where an answer, indices [K], is not k distinct ones: what it is."""
    asked = f"return K = {k} distinct indices from 0 to {frame.tokens - 1}"
    problem, remedy = "", asked
    if indices.dtype == bool:
        problem, remedy = "returned a mask", f"{asked}, such as numpy.flatnonzero of the mask"
    elif indices.dtype == object:
        problem, remedy = f"returned {_described(indices)}", f"{asked}, in an array or a list"
    elif indices.dtype.kind not in "iu" and indices.size:
        problem, remedy = f"returned {indices.dtype}", f"{asked}, as integers"
    elif indices.ndim != 1:
        problem = f"returned an array of shape {list(indices.shape)}"
    elif len(indices) != k:
        problem = f"returned {len(indices)} indices"
    else:
        ascending = np.sort(indices)
        twice = ascending[1:][ascending[1:] == ascending[:-1]]
        outside = ascending[(ascending < 0) | (ascending >= frame.tokens)]
        if len(outside):
            problem = f"returned index {outside[-1]}"
        elif len(twice):
            problem = f"returned index {twice[0]} more than once"
    if problem:
        raise InputError("pruner", pruner.name, problem, remedy)


def _described(answer: npt.NDArray[np.generic]) -> str:
    """What NumPy sees no array in, such as a set, or one with something else among numbers."""
    if answer.ndim:
        return "a list that does not hold whole numbers alone"
    value = answer.item()
    return "None" if value is None else f"a {type(value).__name__}"


def require_groups(pruner: Pruner, frame: Frame, kept: Merged) -> None:
    """Raises `InputError` where the groups are not K of all tokens, each with its own token."""
    k = len(kept.indices)
    groups, features = np.asarray(kept.groups), np.asarray(kept.features)
    problem = ""
    if groups.shape != (frame.tokens,) or groups.dtype.kind not in "iu":
        problem = f"returned groups of {groups.dtype} {list(groups.shape)}"
    elif groups.min() < 0 or groups.max() >= k:
        outside = groups[(groups < 0) | (groups >= k)][0]
        problem = f"returned {outside} as a group"
    elif (groups[np.asarray(kept.indices)] != np.arange(k)).any():
        problem = "returned a token that stands for a group and is not in it"
    elif features.ndim != 2 or len(features) != k or features.dtype.kind != "f":
        problem = f"returned merged features of {features.dtype} {list(features.shape)}"
    elif not np.isfinite(features).all():
        problem = "returned merged features that are not finite"
    if problem:
        remedy = f"return groups [N] from 0 to {k - 1} with indices[j] in group j, features [K, d]"
        raise InputError("pruner", pruner.name, problem, remedy)
