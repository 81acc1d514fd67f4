"""SAM's image encoder: a vision transformer with windows and four global layers."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from ..ops import Attention, Matmul, Op, Ops, Pointwise, conv, linear, norm


class SamEncoder(NamedTuple):
    """Windowed and global layers with decomposed relative positions, then a neck.

    Args:
        image: side of the square image, in pixels.
        patch: side of a patch, in pixels.
        width: d.
        layers: L.
        heads: attention heads.
        ffn_width: m.
        window: side of a window, in tokens.
        global_layers: how many of the layers attend to all tokens.
        neck_width: channels of the output.

    """

    image: int
    patch: int
    width: int
    layers: int
    heads: int
    ffn_width: int
    window: int
    global_layers: int
    neck_width: int

    @property
    def tokens(self) -> int:
        """Tokens of an image."""
        return (self.image // self.patch) ** 2

    @property
    def token_width(self) -> int:
        """The width of a token that comes out."""
        return self.neck_width

    @property
    def maps(self) -> tuple[tuple[int, int, int], ...]:
        """Height, width and channels of its one map."""
        side = self.image // self.patch
        return ((side, side, self.neck_width),)

    def ops(self) -> Ops:
        """One image."""
        return tuple(self._ops())

    def _ops(self) -> Iterator[Op]:
        n, d, L, m = self.tokens, self.width, self.layers, self.ffn_width
        side = self.image // self.patch
        windows = (-(-side // self.window)) ** 2
        yield Matmul("patch_embedding", 1, n, 3 * self.patch**2, d, weights=1, bias=True)
        yield Pointwise("position_embedding", "add", n * d, params=n * d)
        yield norm("attention.norm", "layer_norm", n, d, L)
        yield from self._attention("window", L - self.global_layers, windows, self.window)
        yield from self._attention("global", self.global_layers, 1, side)
        yield norm("ffn.norm", "layer_norm", n, d, L)
        yield linear("ffn.up", n, d, m, L)
        yield Pointwise("ffn.activation", "gelu", L * n * m)
        yield linear("ffn.down", n, m, d, L)
        yield Pointwise("residual", "add", L * 2 * n * d)
        yield conv("neck.0", side, side, d, self.neck_width, 1, bias=False)
        yield norm("neck.0.norm", "layer_norm", n, self.neck_width)
        yield conv("neck.1", side, side, self.neck_width, self.neck_width, 3, bias=False)
        yield norm("neck.1.norm", "layer_norm", n, self.neck_width)

    def _attention(self, name: str, L: int, windows: int, side: int) -> Iterator[Op]:
        """Attention inside windows of [side, side]; whole windows, so it also sees the padding."""
        d, inside, head = self.width, side * side, self.width // self.heads
        tokens = windows * inside
        yield linear(f"{name}.query_key_value", tokens, d, 3 * d, L)
        yield Attention(
            f"{name}.attention", L * windows, self.heads, inside, inside, head, self.heads
        )
        # Every query meets a table of its row's and one of its column's distances.
        yield Matmul(f"{name}.row_positions", L * windows * self.heads * side, side, head, side)
        yield Matmul(f"{name}.column_positions", L * windows * self.heads * side, side, head, side)
        yield Pointwise(
            f"{name}.positions",
            "add",
            L * windows * self.heads * 2 * inside**2,
            params=L * 2 * (2 * side - 1) * head,
        )
        yield linear(f"{name}.output", tokens, d, d, L)
