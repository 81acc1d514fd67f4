"""SAM's mask decoder: a few tokens and the image attend to each other, then masks are upscaled."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from ..ops import Attention, Matmul, Op, Ops, Pointwise, linear, norm
from .pixel_decoder import Map

NARROWED = 2  # attention between tokens and image is half as wide
FINE, FINEST = 4, 8  # by how much the two upscalings narrow the map
HEAD_LAYERS = 3  # linear maps of each head on the output tokens


class SamMaskDecoder(NamedTuple):
    """Two-way layers over the one map of SAM's encoder, then a mask for each output token.

    Args:
        layers: L.
        width: d, the channels of the map.
        heads: attention heads.
        ffn_width: m.
        masks: masks that are predicted, also where only one of them is used.
        prompts: tokens of the prompt; one for the state of LISA's [SEG].
        prompt_width: width of the states that prompts are projected from, by two linear maps
            (LISA); 0 where they come from points or boxes, whose encoding is not counted.

    """

    layers: int
    width: int
    heads: int
    ffn_width: int
    masks: int
    prompts: int
    prompt_width: int = 0

    def ops(self, maps: Sequence[Map]) -> Ops:
        """The one map of the encoder: [height, width, channels]."""
        ((height, width, _),) = maps
        return tuple(self._ops(height * width))

    def _ops(self, n: int) -> Iterator[Op]:
        L, d, m, outputs = self.layers, self.width, self.ffn_width, self.masks + 1
        t = outputs + self.prompts
        if self.prompt_width:
            yield linear("prompt_projection.0", self.prompts, self.prompt_width, self.prompt_width)
            yield Pointwise(
                "prompt_projection.activation", "relu", self.prompts * self.prompt_width
            )
            yield linear("prompt_projection.1", self.prompts, self.prompt_width, d)
        yield Pointwise("output_tokens", "lookup", 0, params=outputs * d)
        yield Pointwise("dense_prompt", "add", n * d)
        yield from self._attention("self", t, t, d, L)
        yield from self._attention("token_to_image", t, n, d // NARROWED, L)
        yield linear("ffn.up", t, d, m, L)
        yield Pointwise("ffn.activation", "relu", L * t * m)
        yield linear("ffn.down", t, m, d, L)
        yield norm("ffn.norm", "layer_norm", t, d, L)
        yield from self._attention("image_to_token", n, t, d // NARROWED, L)
        yield from self._attention("last_token_to_image", t, n, d // NARROWED, 1)
        # A transposed convolution that doubles the side: each pixel makes four.
        yield from self._upscaling("upscaling.0", n, d, d // FINE)
        yield norm("upscaling.norm", "layer_norm", 4 * n, d // FINE)
        yield from self._upscaling("upscaling.1", 4 * n, d // FINE, d // FINEST)
        yield from self._head("mask_embedding", self.masks, d // FINEST)
        yield Matmul("masks", 1, self.masks, d // FINEST, 16 * n)
        yield from self._head("quality", 1, self.masks)

    def _attention(self, name: str, q: int, kv: int, inner: int, L: int) -> Iterator[Op]:
        """[q, d] reads [kv, d] in heads that are `inner` wide together; residual, then a norm."""
        d = self.width
        yield linear(f"{name}.query", q, d, inner, L)
        yield linear(f"{name}.key", kv, d, inner, L)
        yield linear(f"{name}.value", kv, d, inner, L)
        yield Attention(name, L, self.heads, q, kv, inner // self.heads, self.heads)
        yield linear(f"{name}.output", q, inner, d, L)
        yield Pointwise(f"{name}.residual", "add", L * q * d)
        yield norm(f"{name}.norm", "layer_norm", q, d, L)

    def _upscaling(self, name: str, n: int, inputs: int, outputs: int) -> Iterator[Op]:
        yield Matmul(name, 1, n, inputs, 4 * outputs, weights=1)
        yield Pointwise(f"{name}.activation", "gelu", 4 * n * outputs, params=outputs)

    def _head(self, name: str, count: int, outputs: int) -> Iterator[Op]:
        """A stack of linear maps of its own for each of `count` tokens."""
        d = self.width
        yield linear(f"{name}.hidden", 1, d, d, count * (HEAD_LAYERS - 1))
        yield Pointwise(f"{name}.activation", "relu", count * (HEAD_LAYERS - 1) * d)
        yield linear(f"{name}.output", 1, d, outputs, count)
