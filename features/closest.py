"""The two tokens of a set that are closest, in the feature and the grid space joined."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from ..core.compiled import kernels
from .geometry import Geometry

_KERNELS = f"{__package__}.product_kernel"


def smallest_distance(geometry: Geometry, indices: npt.NDArray[np.int64], scale: float) -> float:
    """The smallest distance between two of some tokens in [x ; scale * p].

    Products find the pair, without a matrix of all where they are compiled; its distance is
    computed from the difference, in float64.

    Args:
        geometry: of the frame.
        indices: the tokens [K], distinct, K > 1.
        scale: lambda of the joint space.

    """
    raw, inverse, p = geometry.raw, geometry.inverse_norms, geometry.p
    compiled = kernels(_KERNELS)
    if compiled is not None:
        pair = compiled.closest(raw, inverse, p, indices, scale)
    else:
        z = np.concatenate([raw[indices] * inverse[indices, None], scale * p[indices]], axis=1)
        z -= z.mean(axis=0)
        squares = np.einsum("kd,kd->k", z, z)
        apart = squares[:, None] + squares[None, :] - 2.0 * (z @ z.T)
        np.fill_diagonal(apart, np.inf)
        pair = indices[list(np.unravel_index(int(apart.argmin()), apart.shape))]
    # Here, so that its last digit does not hang on how a compiler orders a sum.
    one, other = raw[pair] * inverse[pair, None]
    grid = scale * np.subtract(*p[pair].astype(np.float64))
    return float(np.sqrt(np.square(one - other).sum() + np.square(grid).sum()))
