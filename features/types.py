"""What a pruner sees: the tokens of one frame, or of the frames of a clip."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import ClassVar

from ..core.errors import InputError
from .arrays import Array, is_real, stack

OPTIONAL_INPUTS = ("attention", "probe_attention", "middle_attention", "keys")
"""What an encoder may give beside the features, in the order it is stored."""


@dataclass(frozen=True, eq=False)
class _Tokens:
    """Arrays of tokens that agree in shape: the leading axes, then for some a width."""

    features: Array
    grid: tuple[int, int] | None = None
    attention: Array | None = None
    probe_attention: Array | None = None
    middle_attention: Array | None = None
    keys: Array | None = None
    sample: str = ""

    axes: ClassVar[tuple[str, ...]]

    def __post_init__(self) -> None:
        for name in ("features", *OPTIONAL_INPUTS):
            value = getattr(self, name)
            if value is not None and not is_real(value):
                raise InputError(name, f"of {value.dtype}", "are no numbers", "give real numbers")
        shape = tuple(self.features.shape)
        if len(shape) != len(self.axes) + 1 or 0 in shape:
            raise InputError(
                "features",
                f"of shape {list(shape)}",
                f"are not {' by '.join(self.axes)} by width",
                f"give an array [{', '.join(self.axes)}, width] with at least one of each",
            )
        object.__setattr__(self, "grid", self._resolved_grid())
        for name in OPTIONAL_INPUTS:
            value = getattr(self, name)
            if value is None:
                continue
            given = tuple(value.shape)
            if given[: len(self.axes)] != shape[:-1] or len(given) != len(self.axes) + (
                name == "keys"
            ):
                raise InputError(
                    name,
                    f"of shape {list(given)}",
                    f"does not match features of shape {list(shape)}",
                    f"give [{', '.join(self.axes)}{', width' if name == 'keys' else ''}]",
                )

    def _resolved_grid(self) -> tuple[int, int]:
        if self.grid is None:
            side = math.isqrt(self.tokens)
            if side * side != self.tokens:
                raise InputError(
                    "grid",
                    "",
                    f"is not given, and {self.tokens} tokens make no square",
                    "give its rows and columns; a class token is left out first",
                )
            return side, side
        if len(self.grid) != 2 or min(self.grid) < 1 or math.prod(self.grid) != self.tokens:
            raise InputError(
                "grid",
                "x".join(map(str, self.grid)),
                f"does not hold {self.tokens} tokens",
                "give rows and columns whose product is the number of tokens",
            )
        return int(self.grid[0]), int(self.grid[1])

    @property
    def tokens(self) -> int:
        """N, the number of tokens of a frame."""
        return int(self.features.shape[-2])

    @property
    def width(self) -> int:
        """d, the width of a token's feature."""
        return int(self.features.shape[-1])

    @property
    def shape(self) -> tuple[int, int]:
        """The grid as (rows, columns)."""
        assert self.grid is not None  # resolved on construction
        return self.grid


@dataclass(frozen=True, eq=False)
class Features(_Tokens):
    """The tokens of one frame, in raster order.

    Arrays are NumPy arrays or torch tensors, of any floating type. Finiteness is checked where
    the values are first read, not here.

    Args:
        features: token features [N, d].
        grid: (rows, columns) with rows * columns = N; a square is assumed where it is left out.
        attention: attention received by each token [N], mean over heads and queries. SigLIP has
            no [CLS] token to ask.
        probe_attention: attention of the pooling head's probe on each token [N].
        middle_attention: as `attention`, from a block in the middle of the encoder [N].
        keys: the attention keys of each token, mean over heads [N, d_key].
        sample: id of the image or clip it is of, which methods that draw at random draw by.

    Raises:
        InputError: where a shape does not fit the others, or values are no real numbers.

    """

    axes: ClassVar[tuple[str, ...]] = ("tokens",)


@dataclass(frozen=True, eq=False)
class Clip(_Tokens):
    """The tokens of F frames on one grid; an image is a clip of one frame.

    Args:
        features: token features [F, N, d].
        grid, attention, probe_attention, middle_attention, keys: as in `Features`, with the axis
            of the frames in front.
        sample: as in `Features`.

    Raises:
        InputError: where a shape does not fit the others, or values are no real numbers.

    """

    axes: ClassVar[tuple[str, ...]] = ("frames", "tokens")

    def __len__(self) -> int:
        return int(self.features.shape[0])

    def __getitem__(self, frame: int) -> Features:
        """Frame number `frame`, a view of the clip's arrays."""
        given = {name: getattr(self, name) for name in OPTIONAL_INPUTS}
        return Features(
            self.features[frame],
            self.grid,
            sample=self.sample,
            **{name: x[frame] for name, x in given.items() if x is not None},
        )

    def __iter__(self) -> Iterator[Features]:
        return (self[frame] for frame in range(len(self)))

    @classmethod
    def of(cls, frames: Sequence[Features]) -> Clip:
        """The clip of these frames.

        Raises:
            InputError: where they differ in grid, in width or in the inputs they have.

        """

        def layout(frame: Features) -> tuple[object, ...]:
            given = tuple(name for name in OPTIONAL_INPUTS if getattr(frame, name) is not None)
            return frame.grid, frame.width, given

        for index, frame in enumerate(frames):
            if layout(frame) != layout(frames[0]):
                raise InputError(
                    "frames",
                    index,
                    "differs from the first frame in grid, width or inputs",
                    "encode all frames of a clip by one encoder at one size",
                )
        names = ("features", *layout(frames[0])[2])  # type: ignore[misc]
        arrays = {name: stack([getattr(frame, name) for frame in frames]) for name in names}
        return cls(grid=frames[0].grid, **arrays)
