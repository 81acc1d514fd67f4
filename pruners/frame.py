"""What a pruner is given: the tokens of one frame, their geometry and the encoder's extras."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from ..core.errors import InputError
from ..features.arrays import to_numpy
from ..features.geometry import F32, Geometry, lent, require_finite
from ..features.types import Clip, Features

_HOW = {
    "attention": "encode with `evtp features extract`, or choose a method that needs no attention",
    "probe_attention": "encode with an encoder that has a pooling probe, such as SigLIP",
    "middle_attention": "encode with `evtp features extract`, which stores a middle block's too",
    "keys": "encode with `evtp features extract`, which stores the attention keys",
}


class Frame(Geometry):
    """The geometry of a frame, with the further inputs that a pruner may ask for.

    Everything is computed when it is first read and then shared by all methods and ratios that
    look at this frame, so one `Frame` serves a whole sweep. Arrays are NumPy, float32.

    Args:
        features: the frame, N tokens; or a clip, whose F frames of N / F tokens then lie one
            behind the other and are chosen from together.
        index: the number of the frame in its clip.
        previous: the frame before it in its clip.

    Attributes:
        source: the features it was made from.
        frames: F, 1 but for a clip.
        grid: (rows, columns) of one frame.

    """

    def __init__(
        self, features: Features | Clip, index: int = 0, previous: Frame | None = None
    ) -> None:
        self.source = features
        self.index = index
        self.previous = previous
        self.frames = 1
        if isinstance(features, Clip):
            self.frames = len(features)
            flat = features.features.reshape(-1, features.width)
            # The grid of the tokens that lie one behind the other: F grids, one below the other.
            super().__init__(Features(flat, (features.shape[0] * self.frames, features.shape[1])))
            self.grid = features.shape
        else:
            super().__init__(features)

    @cached_property
    def p(self) -> F32:
        """Grid coordinates (row / rows, column / columns), float32 [N, 2], alike in all frames."""
        rows, columns = self.grid
        row, column = np.divmod(np.arange(rows * columns), columns)
        p = np.stack([row / rows, column / columns], axis=1).astype(np.float32)
        return lent(np.tile(p, (self.frames, 1)))

    def given(self, name: str) -> npt.NDArray[Any]:
        """The optional input `name`, float32 [N] ([N, d_key] for keys).

        Raises:
            InputError: where the encoder gave none, or where it is not finite.

        """
        value = getattr(self.source, name)
        if value is None:
            raise InputError(
                "features", "", f"have no {name.replace('_', ' ')}, which is needed", _HOW[name]
            )
        value = to_numpy(value)
        value = value.reshape(self.tokens, *(value.shape[-1:] if name == "keys" else ()))
        require_finite(name, value)
        return lent(value)

    @cached_property
    def attention(self) -> F32:
        """Attention received by each token [N]."""
        return self.given("attention")

    @cached_property
    def probe_attention(self) -> F32:
        """Attention of the pooling head's probe on each token [N]."""
        return self.given("probe_attention")

    @cached_property
    def middle_attention(self) -> F32:
        """Attention received by each token in a middle block [N]."""
        return self.given("middle_attention")

    @cached_property
    def keys(self) -> F32:
        """Attention keys, mean over heads [N, d_key]."""
        return self.given("keys")

    def stream(self, seed: int) -> tuple[int, ...]:
        """What a method that draws at random on this frame seeds its generator with."""
        return stream_of(seed, self.index, self.source.sample)


def stream_of(seed: int, index: int, sample: str) -> tuple[int, ...]:
    """The stream of a frame: seed, number in its clip, 64 bits of the SHA-256 of its sample's id.

    Without the last all photographs, each frame 0 of its own sample, would get the same draw; an id
    rather than a place makes it the same in any order and any part of a cache. Features of no
    sample have the first two alone.
    """
    if not sample:
        return seed, index
    digest = hashlib.sha256(sample.encode("utf-8", "surrogatepass")).digest()
    return seed, index, int.from_bytes(digest[:8], "big")


def frames_of(clip: Clip) -> Iterator[Frame]:
    """The frames of a clip, each knowing its number and the one before it."""
    previous = None
    for index, features in enumerate(clip):
        yield Frame(features, index, previous)
        # A frame of its own, so that not the chain of all earlier ones is kept alive.
        previous = Frame(features, index)
