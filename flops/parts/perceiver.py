"""The perceiver resampler, and InstructSeg's two uses of it."""

from __future__ import annotations

from typing import NamedTuple

from ..ops import Attention, Matmul, Ops, Pointwise, linear, norm


class Perceiver(NamedTuple):
    """Latents that attend to other tokens and to themselves, layer by layer.

    Args:
        layers: L.
        width: d of tokens and latents.
        heads: attention heads.
        head_width: their width; the inner width is their product.
        ffn_multiple: the FFN's width, in multiples of d.

    """

    layers: int
    width: int
    heads: int
    head_width: int
    ffn_multiple: int

    def ops(self, latents: int, tokens: int, read_latents: int) -> Ops:
        """`latents` attend to `tokens` and to the first `read_latents` of themselves."""
        L, d, q = self.layers, self.width, latents
        inner, m = self.heads * self.head_width, self.ffn_multiple * d
        kv = tokens + read_latents
        return (
            norm("attention.token_norm", "layer_norm", tokens, d, L),
            norm("attention.latent_norm", "layer_norm", q, d, L),
            linear("attention.query", q, d, inner, L, bias=False),
            linear("attention.key_value", kv, d, 2 * inner, L, bias=False),
            Attention("attention", L, self.heads, q, kv, self.head_width, self.heads),
            linear("attention.output", q, inner, d, L, bias=False),
            norm("ffn.norm", "layer_norm", q, d, L),
            linear("ffn.up", q, d, m, L, bias=False),
            Pointwise("ffn.activation", "gelu", L * q * m),
            linear("ffn.down", q, m, d, L, bias=False),
            Pointwise("residual", "add", L * 2 * q * d),
            norm("output_norm", "layer_norm", q, d),
        )


class VideoPerceiver(NamedTuple):
    """OVP, the object-aware video perceiver: a frame and the prompt into a few latents.

    Args:
        latents: Q, latents of a frame.
        perceiver: the layers, at the language model's width.

    """

    latents: int
    perceiver: Perceiver

    def ops(self, tokens: int, text_tokens: int) -> Ops:
        """One frame: latents attend to [its tokens ; the prompt ; the latents]."""
        Q, d = self.latents, self.perceiver.width
        learnt = Pointwise("latents", "lookup", 0, params=Q * d)
        return (learnt, *self.perceiver.ops(Q, tokens + text_tokens, Q))


class TextFusion(NamedTuple):
    """VMTF, vision-guided text fusion: prompt states refined by the backbone's coarsest map.

    Args:
        perceiver: the layers.
        text_width: the language model's width.
        map_width: channels of the map.
        map_side: its side.
        output_width: the mask decoder's width.

    """

    perceiver: Perceiver
    text_width: int
    map_width: int
    map_side: int
    output_width: int

    def ops(self, text_tokens: int) -> Ops:
        """The prompt's states and their mean are the latents; only the mean is read back."""
        d, text = self.perceiver.width, text_tokens + 1
        pixels = self.map_side**2
        return (
            Matmul("map_projection", 1, pixels, self.map_width, d, weights=1, bias=True),
            linear("text_projection", text, self.text_width, d),
            linear("mean_projection", 1, self.text_width, d),
            *self.perceiver.ops(text, pixels, 1),
            linear("output_projection", 1, 2 * d, self.output_width),
        )
