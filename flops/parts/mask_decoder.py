"""Mask2Former's transformer decoder: queries into masks."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from ..ops import Attention, Matmul, Op, Ops, Pointwise, linear, norm
from .pixel_decoder import Map


class MaskDecoder(NamedTuple):
    """Layers of cross-attention, self-attention and FFN, with a mask prediction after each.

    Args:
        layers: L.
        width: d.
        queries: Q.
        heads: attention heads.
        ffn_width: m.
        mask_width: channels of the mask features.
        classes: width of a linear classifier at each prediction, 0 without one.
        prompt_width: width of the states that queries are projected from, 0 where they are learnt.
        prompt_classifier: whether a query's class is its product with the prompt's embedding,
            after a two-layer projection (InstructSeg).

    """

    layers: int
    width: int
    queries: int
    heads: int
    ffn_width: int
    mask_width: int
    classes: int = 0
    prompt_width: int = 0
    prompt_classifier: bool = False

    def ops(self, maps: Sequence[Map]) -> Ops:
        """The maps of the backbone, finest first; layers attend to the coarser three in turn."""
        return tuple(self._ops(maps))

    def _ops(self, maps: Sequence[Map]) -> Iterator[Op]:
        L, d, Q, m, head = (
            self.layers,
            self.width,
            self.queries,
            self.ffn_width,
            self.width // self.heads,
        )
        if self.prompt_width:
            yield linear("query_projection", Q, self.prompt_width, d)
        else:
            yield Pointwise("query_features", "lookup", 0, params=Q * d)
        yield Pointwise("query_positions", "add", L * Q * d, params=Q * d)
        coarse = maps[:0:-1]
        yield Pointwise(
            "level_embedding", "add", sum(h * w for h, w, _ in coarse) * d, params=len(coarse) * d
        )
        yield linear("cross.query", Q, d, d, L)
        for number, (h, w, _) in enumerate(coarse):
            turns = len(range(number, L, len(coarse)))
            yield linear(f"cross.key.{h}x{w}", h * w, d, d, turns)
            yield linear(f"cross.value.{h}x{w}", h * w, d, d, turns)
            yield Attention(f"cross.{h}x{w}", turns, self.heads, Q, h * w, head, self.heads)
        yield linear("cross.output", Q, d, d, L)
        yield norm("cross.norm", "layer_norm", Q, d, L)
        yield linear("self.query", Q, d, d, L)
        yield linear("self.key", Q, d, d, L)
        yield linear("self.value", Q, d, d, L)
        yield Attention("self", L, self.heads, Q, Q, head, self.heads)
        yield linear("self.output", Q, d, d, L)
        yield norm("self.norm", "layer_norm", Q, d, L)
        yield linear("ffn.up", Q, d, m, L)
        yield Pointwise("ffn.activation", "relu", L * Q * m)
        yield linear("ffn.down", Q, m, d, L)
        yield norm("ffn.norm", "layer_norm", Q, d, L)
        yield Pointwise("residual", "add", L * 3 * Q * d)
        yield from self._predictions(maps[0])

    def _predictions(self, finest: Map) -> Iterator[Op]:
        """Before the first layer and after each: one set of weights, L + 1 times."""
        L, d, Q, mask = self.layers, self.width, self.queries, self.mask_width
        h, w, _ = finest
        once: list[Op] = [
            norm("prediction.norm", "layer_norm", Q, d),
            linear("prediction.mask_embedding.0", Q, d, d),
            linear("prediction.mask_embedding.1", Q, d, d),
            linear("prediction.mask_embedding.2", Q, d, mask),
            Matmul("prediction.masks", 1, Q, mask, h * w),
        ]
        if self.classes:
            once.append(linear("prediction.classes", Q, d, self.classes))
        if self.prompt_classifier:
            once += [
                linear("prediction.prompt_projection.0", Q, d, d),
                linear("prediction.prompt_projection.1", Q, d, d),
                Matmul("prediction.prompt_score", 1, Q, d, 1),
            ]
        yield from (op.times(L + 1) for op in once)
