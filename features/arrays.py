"""One view of NumPy arrays and torch tensors, without importing torch."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

Array = Any
"""A NumPy array or a torch tensor."""


def is_tensor(x: object) -> bool:
    """Whether `x` is a torch tensor; False at no cost where torch was never imported."""
    torch = sys.modules.get("torch")
    return torch is not None and isinstance(x, torch.Tensor)


def to_numpy(x: Array, dtype: npt.DTypeLike = np.float32) -> npt.NDArray[Any]:
    """`x` as a C-contiguous NumPy array of `dtype` on the CPU, without a copy where possible.

    bfloat16 tensors, which NumPy lacks, are widened by torch first.
    """
    if is_tensor(x):
        x = x.detach().cpu()
        if x.is_floating_point() and x.element_size() < 4:
            x = x.float()
        x = x.numpy()
    return np.ascontiguousarray(x, dtype=dtype)


def stack(arrays: Sequence[Array]) -> Array:
    """The arrays along a new first axis: tensors as a tensor, arrays as an array."""
    if is_tensor(arrays[0]):
        return sys.modules["torch"].stack(list(arrays))
    return np.stack(arrays)
