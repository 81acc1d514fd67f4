"""The Swin transformer: windowed attention over a pyramid of four maps."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from ..ops import Attention, Matmul, Op, Ops, Pointwise, linear, norm


class Swin(NamedTuple):
    """Four stages; the map halves and the width doubles between them.

    Args:
        height: of the image, in pixels.
        width: of the image, in pixels.
        patch: side of a patch, in pixels.
        channels: C of the first stage.
        depths: layers of each stage.
        heads: attention heads of each stage.
        window: side of a window, in tokens.
        ffn_multiple: the FFN's width, in multiples of C.
        map_norms: whether the map of each stage is normalised (as a backbone), or only the last.
        classes: width of the classifier on the pooled last map, 0 without one.

    """

    height: int
    width: int
    patch: int
    channels: int
    depths: tuple[int, ...]
    heads: tuple[int, ...]
    window: int
    ffn_multiple: int
    map_norms: bool = True
    classes: int = 0

    @property
    def maps(self) -> tuple[tuple[int, int, int], ...]:
        """Height, width and channels of each stage's map, finest first."""
        h, w = -(-self.height // self.patch), -(-self.width // self.patch)
        maps = []
        for stage in range(len(self.depths)):
            maps.append((h, w, self.channels << stage))
            h, w = -(-h // 2), -(-w // 2)
        return tuple(maps)

    def ops(self) -> Ops:
        """One image."""
        return tuple(self._ops())

    def _ops(self) -> Iterator[Op]:
        h, w, C = self.maps[0]
        pixels = 3 * self.patch**2
        yield Matmul("patch_embedding", 1, h * w, pixels, C, weights=1, bias=True)
        yield norm("patch_embedding.norm", "layer_norm", h * w, C)
        for stage, (h, w, C) in enumerate(self.maps):
            if stage:
                yield norm(f"merge{stage}.norm", "layer_norm", h * w, 2 * C)
                yield linear(f"merge{stage}", h * w, 2 * C, C, bias=False)
            yield from self._stage(
                f"stage{stage + 1}", h, w, C, self.depths[stage], self.heads[stage]
            )
            if self.map_norms:
                yield norm(f"stage{stage + 1}.map_norm", "layer_norm", h * w, C)
        if not self.map_norms:
            yield norm("output_norm", "layer_norm", h * w, C)
        if self.classes:
            yield linear("classifier", 1, C, self.classes)

    def _stage(self, name: str, h: int, w: int, C: int, L: int, heads: int) -> Iterator[Op]:
        rows, columns = -(-h // self.window), -(-w // self.window)
        windows, inside = rows * columns, self.window**2
        padded = windows * inside  # whole windows: the attention also sees the padding
        n, m = h * w, self.ffn_multiple * C
        table = (2 * self.window - 1) ** 2 * heads
        yield norm(f"{name}.attention.norm", "layer_norm", n, C, L)
        yield linear(f"{name}.attention.query", padded, C, C, L)
        yield linear(f"{name}.attention.key", padded, C, C, L)
        yield linear(f"{name}.attention.value", padded, C, C, L)
        yield Attention(f"{name}.attention", L * windows, heads, inside, inside, C // heads, heads)
        yield Pointwise(
            f"{name}.attention.position", "add", L * windows * heads * inside**2, params=L * table
        )
        yield linear(f"{name}.attention.output", padded, C, C, L)
        yield norm(f"{name}.ffn.norm", "layer_norm", n, C, L)
        yield linear(f"{name}.ffn.up", n, C, m, L)
        yield Pointwise(f"{name}.ffn.activation", "gelu", L * n * m)
        yield linear(f"{name}.ffn.down", n, m, C, L)
        yield Pointwise(f"{name}.residual", "add", L * 2 * n * C)
