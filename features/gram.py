"""The product of all tokens with all tokens, for whoever needs every one."""

from __future__ import annotations

from typing import TypeVar

import numpy as np
import numpy.typing as npt

from ..core.compiled import kernels

T = TypeVar("T", np.float32, np.float64)

_KERNELS = f"{__package__}.product_kernel"


def gram(x: npt.NDArray[T]) -> npt.NDArray[T]:
    """X x^T [N, N] for `x` [N, d], C-contiguous.

    On one thread, so that frames can be pruned side by side, and so that what a frame yields does
    not hang on how many threads a library of matrix products takes.
    """
    compiled = kernels(_KERNELS)
    if compiled is None:
        return x @ x.T
    out = np.empty((len(x), len(x)), x.dtype)
    compiled.gram(x, out)
    return out
