"""One view of NumPy arrays and torch tensors, without importing torch."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from ..core.compiled import kernels

_WORTH_COMPILED = 1 << 14

Array = Any
"""A NumPy array or a torch tensor."""


def is_tensor(x: object) -> bool:
    """Whether `x` is a torch tensor; False at no cost where torch was never imported."""
    torch = sys.modules.get("torch")
    return torch is not None and isinstance(x, torch.Tensor)


def is_real(x: Array) -> bool:
    """Whether `x` holds real numbers: floats, integers or truth values, of any shape."""
    if is_tensor(x):
        return not x.is_complex()
    return bool(np.can_cast(x.dtype, np.longdouble, "same_kind"))


def to_numpy(x: Array, dtype: npt.DTypeLike = np.float32) -> npt.NDArray[Any]:
    """`x`, of any shape, as a C-contiguous NumPy array of `dtype` on the CPU.

    Without a copy where possible.

    bfloat16 tensors, which NumPy lacks, are widened by torch first.
    """
    if is_tensor(x):
        x = x.detach().cpu()
        if x.is_floating_point() and x.element_size() < 4:
            x = x.float()
        x = x.numpy()
    if x.dtype == np.float16 and dtype == np.float32 and x.size >= _WORTH_COMPILED:
        return _widened(np.ascontiguousarray(x))
    return np.ascontiguousarray(x, dtype=dtype)


def _widened(x: npt.NDArray[np.float16]) -> npt.NDArray[Any]:
    compiled = kernels(f"{__package__}.half_kernel")
    if compiled is None:
        return x.astype(np.float32)
    wide = np.empty(x.shape, np.float32)
    if not compiled.widen_bits(x.reshape(-1).view(np.uint16), wide.reshape(-1).view(np.uint32)):
        return x.astype(np.float32)  # with infinities or NaN, for whoever checks to find
    compiled.rescale(wide.reshape(-1))
    return wide


def stack(arrays: Sequence[Array]) -> Array:
    """F arrays [...] along a new first axis, [F, ...]: tensors as a tensor, arrays as an array."""
    if is_tensor(arrays[0]):
        return sys.modules["torch"].stack(list(arrays))
    return np.stack(arrays)
