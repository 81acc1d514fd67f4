"""The decoder-only language model: Phi-2, LLaMA, Qwen2."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal, NamedTuple

from ..ops import Attention, Matmul, Op, Ops, Pointwise, linear, norm

Head = Literal["all", "last", "none"]
HEADS: tuple[Head, ...] = ("all", "last", "none")


class Segment(NamedTuple):
    """A run of layers that see the same number of tokens.

    Args:
        layers: how many layers.
        tokens: tokens that pass through them.
        context: tokens that they attend to: the same in prefill, all before in decoding.

    """

    layers: int
    tokens: int
    context: int


class LanguageModel(NamedTuple):
    """Transformer layers with grouped-query attention.

    Args:
        layers: L.
        width: d.
        heads: query heads.
        kv_heads: key and value heads; as many as query heads without grouping.
        ffn_width: m.
        ffn_matrices: 2 for up and down, 3 with a gate (SwiGLU).
        vocabulary: V.
        norm: the kind of normalisation.
        norms_per_layer: 1 where attention and FFN run in parallel on one normalised input.
        attention_bias: which of the attention's projections have a bias.
        ffn_bias: whether the FFN's matrices have one.
        head_bias: whether the output head has one.
        head: at which positions the output head is computed by default.
        tied_head: whether the head's matrix is the table of the token embeddings, one set of
            weights for both (``tie_word_embeddings`` of transformers).
        head_width: of an attention head where heads times it is not d (``head_dim`` of
            transformers); 0 for d / heads.

    """

    layers: int
    width: int
    heads: int
    kv_heads: int
    ffn_width: int
    ffn_matrices: Literal[2, 3]
    vocabulary: int
    norm: Literal["layer_norm", "rms_norm"]
    norms_per_layer: int
    attention_bias: Literal["all", "qkv", "none"]
    ffn_bias: bool
    head_bias: bool
    head: Head
    tied_head: bool = False
    head_width: int = 0

    @property
    def width_of_head(self) -> int:
        """The width of an attention head, given or d / heads."""
        return self.head_width or self.width // self.heads

    @property
    def query_width(self) -> int:
        """The width of all queries: d but where the heads have a width of their own."""
        return self.heads * self.width_of_head

    @property
    def key_width(self) -> int:
        """The width of all keys, and of all values."""
        return self.kv_heads * self.width_of_head

    def ops(self, segments: tuple[Segment, ...], head: Head) -> Ops:
        """Every layer, then the head at the positions that `head` names."""
        d, V = self.width, self.vocabulary
        last = segments[-1].tokens
        positions = {"all": last, "last": min(1, last), "none": 0}[head]
        return (
            # Tied weights stand where they are read whole, which a looked-up table is not.
            Pointwise("token_embedding", "lookup", 0, params=0 if self.tied_head else V * d),
            *(op for segment in segments for op in self._layers(*segment)),
            norm("output_norm", self.norm, last, d),
            Matmul("head", 1, positions, d, V, weights=1, bias=self.head_bias),
        )

    def _layers(self, L: int, n: int, context: int) -> Iterator[Op]:
        d, m, h = self.width, self.ffn_width, self.width_of_head
        q, kv = self.query_width, self.key_width
        qkv_bias, output_bias = self.attention_bias != "none", self.attention_bias == "all"
        gated = self.ffn_matrices == 3
        yield norm("norm", self.norm, n, d, L * self.norms_per_layer)
        yield linear("attention.query", n, d, q, L, bias=qkv_bias)
        yield linear("attention.key", n, d, kv, L, bias=qkv_bias)
        yield linear("attention.value", n, d, kv, L, bias=qkv_bias)
        yield Pointwise("attention.rotary", "rotary", L * n * (q + kv))
        yield Attention("attention", L, self.heads, n, context, h, self.kv_heads)
        yield linear("attention.output", n, q, d, L, bias=output_bias)
        if gated:
            yield linear("ffn.gate", n, d, m, L, bias=self.ffn_bias)
            yield Pointwise("ffn.gating", "multiply", L * n * m)
        yield linear("ffn.up", n, d, m, L, bias=self.ffn_bias)
        yield Pointwise("ffn.activation", "silu" if gated else "gelu", L * n * m)
        yield linear("ffn.down", n, m, d, L, bias=self.ffn_bias)
        yield Pointwise("residual", "add", L * 2 * n * d)

    def cache_elements(self, segments: tuple[Segment, ...]) -> int:
        """Keys and values kept for decoding: 2 widths of the key heads a token and layer."""
        return sum(2 * s.layers * s.context * self.key_width for s in segments)
