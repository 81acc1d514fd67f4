"""Packing: the smallest distance between two kept tokens in the joint space.

Ours; the quantity that max-min diversity methods maximise. Larger is better. A single kept token
has none (NaN).
"""

from __future__ import annotations

import math

import numpy as np

from ...core.compiled import kernels
from ..cover import Cover

_KERNELS = f"{__package__.rpartition('.')[0]}.closest_kernel"

SCALED = ("packing",)


def measure(cover: Cover) -> dict[str, float]:
    """``packing``, in [x ; lambda p]."""
    if len(cover.indices) < 2:
        return {"packing": math.nan}
    geometry, kept = cover.geometry, cover.indices
    compiled = kernels(_KERNELS)
    if compiled is not None:
        given = geometry.raw, geometry.inverse_norms, geometry.p
        return {"packing": compiled.smallest_distance(*given, kept, cover.scale)}
    z = np.concatenate([geometry.rows(kept), np.float32(cover.scale) * geometry.p[kept]], axis=1)
    z -= z.mean(axis=0)
    squares = np.einsum("kd,kd->k", z, z)
    apart = squares[:, None] + squares[None, :] - 2.0 * (z @ z.T)
    np.fill_diagonal(apart, np.inf)
    # The product only finds the pair; its distance is computed from the difference.
    first, second = np.unravel_index(int(apart.argmin()), apart.shape)
    return {"packing": float(np.linalg.norm(z[first] - z[second]))}
