"""The plain vision transformer: SigLIP, CLIP."""

from __future__ import annotations

from typing import NamedTuple

from ..ops import Attention, Matmul, Ops, Pointwise, linear, norm


class VisionTransformer(NamedTuple):
    """Patches of an image through pre-norm transformer layers with a two-matrix GELU FFN.

    Args:
        image: side of the square image, in pixels.
        patch: side of a patch, in pixels.
        width: d.
        layers: L, the layers that are computed.
        heads: attention heads.
        ffn_width: m.
        class_token: whether a [CLS] token precedes the patches (CLIP); it is dropped after.
        input_norm: whether the embeddings are normalised (CLIP).
        output_norm: whether the output is normalised (SigLIP).
        patch_bias: whether the patch embedding has a bias.
        pooling_head: whether SigLIP's attention-pooling head is computed as well.

    """

    image: int
    patch: int
    width: int
    layers: int
    heads: int
    ffn_width: int
    class_token: bool = False
    input_norm: bool = False
    output_norm: bool = True
    patch_bias: bool = True
    pooling_head: bool = False

    @property
    def tokens(self) -> int:
        """P, the tokens of an image, without [CLS]."""
        return (self.image // self.patch) ** 2

    @property
    def token_width(self) -> int:
        """The width of a token that comes out."""
        return self.width

    def ops(self) -> Ops:
        """One image."""
        P, d, L, m = self.tokens, self.width, self.layers, self.ffn_width
        n = P + self.class_token
        head_width = d // self.heads
        pixels = 3 * self.patch * self.patch
        return (
            Matmul("patch_embedding", 1, P, pixels, d, weights=1, bias=self.patch_bias),
            Pointwise(
                "position_embedding", "add", n * d, params=n * d + (d if self.class_token else 0)
            ),
            *((norm("input_norm", "layer_norm", n, d),) if self.input_norm else ()),
            norm("attention.norm", "layer_norm", n, d, L),
            linear("attention.query", n, d, d, L),
            linear("attention.key", n, d, d, L),
            linear("attention.value", n, d, d, L),
            Attention("attention", L, self.heads, n, n, head_width, self.heads),
            linear("attention.output", n, d, d, L),
            norm("ffn.norm", "layer_norm", n, d, L),
            linear("ffn.up", n, d, m, L),
            Pointwise("ffn.activation", "gelu", L * n * m),
            linear("ffn.down", n, m, d, L),
            Pointwise("residual", "add", L * 2 * n * d),
            *((norm("output_norm", "layer_norm", n, d),) if self.output_norm else ()),
            *(self._pooling() if self.pooling_head else ()),
        )

    def _pooling(self) -> Ops:
        """A learnt probe attends to all tokens, then an FFN."""
        P, d, m = self.tokens, self.width, self.ffn_width
        return (
            Pointwise("pooling.probe", "lookup", 0, params=d),
            linear("pooling.query", 1, d, d),
            linear("pooling.key", P, d, d),
            linear("pooling.value", P, d, d),
            Attention("pooling.attention", 1, self.heads, 1, P, d // self.heads, self.heads),
            linear("pooling.output", 1, d, d),
            norm("pooling.norm", "layer_norm", 1, d),
            linear("pooling.up", 1, d, m),
            Pointwise("pooling.activation", "gelu", m),
            linear("pooling.down", 1, m, d),
        )
