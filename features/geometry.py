"""The spaces that tokens are compared in: feature, grid, and the two joined."""

from __future__ import annotations

from functools import cached_property
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt

from ..core.compiled import kernels
from ..core.errors import InputError
from .arrays import to_numpy
from .types import Features

F32 = npt.NDArray[np.float32]
F64 = npt.NDArray[np.float64]
R = TypeVar("R", bound=np.generic)

_TINY = 1e-36
"""A feature whose norm is not above this counts as zero: its inverse leaves float32."""

EPSILON = 1e-6
"""The small constant that keeps the adaptive scale finite (Section 4; its size is ours)."""

VARIANCES = ("total", "coordinate")


def require_finite(name: str, values: npt.NDArray[Any]) -> None:
    """Raises `InputError` where `values` [N, ...] hold NaN or an infinity, saying where."""
    bad = ~np.isfinite(values)
    if bad.any():
        rows = np.flatnonzero(bad.reshape(len(values), -1).any(axis=1))
        raise InputError(
            name,
            "",
            f"{int(bad.sum())} values are NaN or infinite, the first in token {rows[0]}",
            "encode the frame anew; float16 overflows above 65504",
        )


def lent(array: npt.NDArray[R]) -> npt.NDArray[R]:
    """A view [...] that cannot be written: a pruner that worked in place would spoil all others."""
    view = array.view()
    view.flags.writeable = False
    return view


class Geometry:
    """The geometry of one frame's tokens, computed once and shared by pruners and measures.

    Its arrays cannot be written; who wants to works on a copy.

    x are the L2-normalised features, p the grid coordinates (row / rows, column / columns),
    z = [x ; scale * p] the joint space (paper, Section 4, Equations 2, 3 and 5).

    Args:
        features: the frame.

    Raises:
        InputError: where a feature is NaN or infinite.

    """

    def __init__(self, features: Features) -> None:
        self.grid = features.shape
        self.tokens = features.tokens
        self.width = features.width
        self._given = features.features

    @cached_property
    def raw(self) -> F32:
        """The features as they were given, float32 [N, d], a view of them where possible."""
        return lent(to_numpy(self._given))

    @cached_property
    def _moments(self) -> tuple[F64, F64]:
        """The norms [N] and the mean of the normalised features [d]."""
        compiled = kernels(f"{__package__}.moments_kernel")
        if compiled is not None:
            norms = np.empty(self.tokens)
            mean: F64 = compiled.moments(self.raw, norms, _TINY)
        else:
            raw = self.raw.astype(np.float64)
            norms = np.linalg.norm(raw, axis=1)
            mean = np.divide(1.0, norms, out=np.zeros_like(norms), where=norms > _TINY) @ raw
            mean /= self.tokens
        if not np.isfinite(norms).all():
            require_finite("features", self.raw)
        return norms, lent(mean)

    def require_finite(self) -> None:
        """Raises `InputError` where a feature is NaN or infinite."""
        _ = self._moments

    @cached_property
    def inverse_norms(self) -> F64:
        """1 / |feature|, float64 [N]; 0 for a token of zeros."""
        norms = self._moments[0]
        return lent(np.divide(1.0, norms, out=np.zeros_like(norms), where=norms > _TINY))

    @property
    def mean(self) -> F64:
        """The mean of the normalised features, float64 [d]."""
        return self._moments[1]

    @cached_property
    def x(self) -> F32:
        """L2-normalised features, float32 [N, d]; a token of zeros stays zeros."""
        return lent(self.raw * self.inverse_norms[:, None].astype(np.float32))

    def rows(self, indices: npt.NDArray[np.int64]) -> F32:
        """`x` of some tokens, float32 [K, d], without that of all."""
        rows: F32 = self.raw[indices]  # a copy, whatever the indices
        rows *= self.inverse_norms[indices].astype(np.float32)[:, None]
        return rows

    @cached_property
    def centred(self) -> F32:
        """X less its mean, float32 [N, d]: the same distances, with fewer digits lost."""
        return lent(self.x - self.mean.astype(np.float32))

    @cached_property
    def total_variance(self) -> float:
        """Mean squared distance of the normalised features to their mean, in [0, 1]."""
        # Unit vectors: the mean of the squares is the share of tokens that are not zero. In
        # float64, so that the difference is good to 1e-15 however alike the tokens are.
        unit = np.count_nonzero(self.inverse_norms) / self.tokens
        return max(0.0, unit - float(self.mean @ self.mean))

    @cached_property
    def p(self) -> F32:
        """Grid coordinates (row / rows, column / columns) in [0, 1), float32 [N, 2]."""
        rows, columns = self.grid
        row, column = np.divmod(np.arange(self.tokens), columns)
        return lent(np.stack([row / rows, column / columns], axis=1).astype(np.float32))

    @cached_property
    def places(self) -> F64:
        """`p` in whole numbers, rows * columns times as large, float64 [N, 2].

        Equally far cells are equally far in these: p itself is rounded, and so would decide ties.
        """
        rows, columns = self.grid
        return lent(np.rint(self.p.astype(np.float64) * (rows * columns)))

    def adaptive_scale(self, variance: str = "total") -> float:
        """Lambda = 1 / (var + 1e-6): the more alike the features, the more space counts.

        The paper does not say which variance (Section 4, Equation 4). `total`, the default and
        ours, is the mean squared distance of the normalised features to their mean, so that both
        parts of the joint distance have one scale. `coordinate` is the mean over the d
        coordinates of their variance, d times smaller, which makes the choice almost purely
        spatial.

        Raises:
            InputError: where `variance` is neither.

        """
        if variance not in VARIANCES:
            raise InputError("variance", variance, "no such reading", "choose total or coordinate")
        coordinates = 1 if variance == "total" else self.width
        return 1.0 / (self.total_variance / coordinates + EPSILON)

    def joint(self, scale: float) -> F32:
        """Z = [x ; scale * p], float32 [N, d + 2]."""
        return np.concatenate([self.x, np.float32(scale) * self.p], axis=1)
