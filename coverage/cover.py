"""A frame and the tokens kept of it: what every measure of cover looks at."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property

import numpy as np
import numpy.typing as npt

from ..core.errors import InputError
from ..features.arrays import Array, to_numpy
from ..features.geometry import Geometry
from ..features.nearest import NearestInSpaces, nearest_kept


class Cover:
    """How the kept tokens of a frame cover it.

    The joint space takes the frame's own adaptive scale, whichever method chose the tokens, so
    that methods compare.

    Args:
        geometry: of the frame, N tokens.
        indices: the kept tokens [K], distinct, in any order.
        scale: lambda of the joint space, the frame's adaptive one where left out.
        within: a cover of the same frame and scale. Where it is by some of these tokens, as
            greedy methods give at a smaller budget, they need not be searched again.

    Raises:
        InputError: where an index is out of range or repeated, or none is given.

    """

    def __init__(
        self,
        geometry: Geometry,
        indices: Array,
        scale: float | None = None,
        within: Cover | None = None,
    ) -> None:
        kept: npt.NDArray[np.int64] = np.sort(to_numpy(indices, np.int64))
        if kept.ndim != 1 or not len(kept):
            raise InputError("indices", "", "hold no token", "keep at least one token")
        if kept[0] < 0 or kept[-1] >= geometry.tokens:
            raise InputError(
                "indices",
                f"{kept[0]} to {kept[-1]}",
                f"reach outside the {geometry.tokens} tokens",
                f"give indices from 0 to {geometry.tokens - 1}",
            )
        if (kept[1:] == kept[:-1]).any():
            raise InputError("indices", "", "hold a token twice", "give each token once")
        self.geometry = geometry
        self.indices = kept
        self.scale = geometry.adaptive_scale() if scale is None else scale
        self._within = within

    @cached_property
    def nearest(self) -> NearestInSpaces:
        """The nearest kept token of every token, in each space."""
        within = self._within.nearest if self._within else None
        return nearest_kept(self.geometry, self.indices, self.scale, within)


def covers_of(geometry: Geometry, choices: Sequence[Array]) -> list[Cover]:
    """The cover by each of several choices of tokens.

    Where one holds all tokens of a smaller one, as the picks of greedy methods do, it goes on from
    what that one found.

    Args:
        geometry: of the frame, N tokens.
        choices: kept tokens [K], each as `Cover` takes them.

    Raises:
        InputError: as `Cover` does.

    """
    covers: dict[int, Cover] = {}
    inner: Cover | None = None
    for i in sorted(range(len(choices)), key=lambda i: len(choices[i])):
        covers[i] = inner = Cover(geometry, choices[i], within=inner)
    return [covers[i] for i in range(len(choices))]
