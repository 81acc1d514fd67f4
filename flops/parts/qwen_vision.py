"""The vision towers of Qwen2.5-VL and Qwen2-VL: any image size, and a merger of 2 x 2 tokens."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal, NamedTuple

from ..ops import Attention, Matmul, Op, Ops, Pointwise, linear, norm


class QwenVision(NamedTuple):
    """Windowed and global layers over patches of any image size.

    Args:
        height: of the image, in pixels, a multiple of patch x merge.
        width_pixels: of the image, in pixels, a multiple of patch x merge.
        patch: side of a patch, in pixels.
        patch_frames: frames in a patch; a still image is repeated to fill them.
        width: d.
        layers: L.
        heads: attention heads.
        ffn_width: m.
        window: side of a window, in patches; of no effect where all layers are global.
        global_layers: how many of the layers attend to all patches: all of them in Qwen2-VL.
        merge: side of the square of patches that become one token.
        output_width: the language model's width.
        ffn_matrices: 2 for up and down (Qwen2-VL), 3 with a gate.
        norm: the kind of normalisation; layer norms in Qwen2-VL.

    """

    height: int
    width_pixels: int
    patch: int
    patch_frames: int
    width: int
    layers: int
    heads: int
    ffn_width: int
    window: int
    global_layers: int
    merge: int
    output_width: int
    ffn_matrices: Literal[2, 3] = 3
    norm: Literal["layer_norm", "rms_norm"] = "rms_norm"

    @property
    def grid(self) -> tuple[int, int]:
        """Rows and columns of patches."""
        return self.height // self.patch, self.width_pixels // self.patch

    @property
    def tokens(self) -> int:
        """Tokens of an image, after the merger."""
        rows, columns = self.grid
        return rows * columns // self.merge**2

    @property
    def token_width(self) -> int:
        """The width of a token that comes out."""
        return self.output_width

    def ops(self) -> Ops:
        """One image."""
        return tuple(self._ops())

    def _ops(self) -> Iterator[Op]:
        (rows, columns), d, L, m = self.grid, self.width, self.layers, self.ffn_width
        n, head = rows * columns, d // self.heads
        pixels = 3 * self.patch_frames * self.patch**2
        yield Matmul("patch_embedding", 1, n, pixels, d, weights=1)
        yield norm("attention.norm", self.norm, n, d, L)
        yield linear("attention.query_key_value", n, d, 3 * d, L)
        yield Pointwise("attention.rotary", "rotary", L * 2 * n * d)
        for count, inside in self._windows():
            layers = L - self.global_layers
            yield Attention(
                "window.attention", layers * count, self.heads, inside, inside, head, self.heads
            )
        yield Attention("global.attention", self.global_layers, self.heads, n, n, head, self.heads)
        yield linear("attention.output", n, d, d, L)
        yield norm("ffn.norm", self.norm, n, d, L)
        gated = self.ffn_matrices == 3
        if gated:
            yield linear("ffn.gate", n, d, m, L)
            yield Pointwise("ffn.gating", "multiply", L * n * m)
        yield linear("ffn.up", n, d, m, L)
        yield Pointwise("ffn.activation", "silu" if gated else "gelu", L * n * m)
        yield linear("ffn.down", n, m, d, L)
        yield Pointwise("residual", "add", L * 2 * n * d)
        merged, inner = n // self.merge**2, d * self.merge**2
        yield norm("merger.norm", self.norm, n, d)
        yield linear("merger.up", merged, inner, inner)
        yield Pointwise("merger.activation", "gelu", merged * inner)
        yield linear("merger.out", merged, inner, self.output_width)

    def _windows(self) -> Iterator[tuple[int, int]]:
        """How many windows there are of each number of patches: whole ones, then edges."""
        (rows, columns), side = self.grid, self.window
        for row_count, height in ((rows // side, side), (1, rows % side)):
            for column_count, width in ((columns // side, side), (1, columns % side)):
                if row_count * height * column_count * width:
                    yield row_count * column_count, height * width
