"""What a pruner returns."""

from __future__ import annotations

from dataclasses import dataclass

from ..features.arrays import Array


@dataclass(frozen=True, eq=False)
class Selection:
    """The tokens that a pruner keeps of one frame.

    Args:
        method: the pruner's name.
        tokens: N, the number of tokens it chose from.
        indices: int64 [K], distinct and ascending, so that the language model sees the tokens in
            raster order; on the device of the features. For a merging method the medoid of each
            group, which stands for the group in coverage.
        groups: for a merging method int64 [N], for every input token the position in `indices` of
            the group it went into.
        merged: for a merging method the features of the groups [K, d], in the order of `indices`.

    """

    method: str
    tokens: int
    indices: Array
    groups: Array | None = None
    merged: Array | None = None

    def __len__(self) -> int:
        return int(self.indices.shape[0])
