"""Mask2Former's pixel decoder: deformable attention over three maps, then one FPN level."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from ..ops import Op, Ops, Pointwise, conv, linear, norm

Map = tuple[int, int, int]


class PixelDecoder(NamedTuple):
    """A deformable-attention encoder over the three coarser maps of a backbone.

    Args:
        layers: L.
        width: d.
        heads: attention heads.
        points: sampled points of a head and map.
        ffn_width: m.
        mask_width: channels of the mask features.

    """

    layers: int
    width: int
    heads: int
    points: int
    ffn_width: int
    mask_width: int

    def ops(self, maps: Sequence[Map]) -> Ops:
        """The maps of a backbone, finest first: [height, width, channels] each."""
        return tuple(self._ops(maps))

    def _ops(self, maps: Sequence[Map]) -> Iterator[Op]:
        d, L, m = self.width, self.layers, self.ffn_width
        (fine_h, fine_w, fine_c), coarse = maps[0], maps[1:]
        for h, w, c in coarse:
            yield conv(f"input_projection.{h}x{w}", h, w, c, d, 1, bias=True)
            yield norm(f"input_projection.{h}x{w}.norm", "group_norm", h * w, d)
        n = sum(h * w for h, w, _ in coarse)
        samples = self.heads * len(coarse) * self.points
        yield Pointwise("level_embedding", "add", n * d, params=len(coarse) * d)
        yield linear("attention.offsets", n, d, 2 * samples, L)
        yield linear("attention.weights", n, d, samples, L)
        yield Pointwise("attention.softmax", "softmax", L * n * samples)
        yield linear("attention.value", n, d, d, L)
        # Each sample is a bilinear mean of four values, a head's width wide; then the weighted sum.
        sampled = L * n * samples * (d // self.heads)
        yield Pointwise("attention.sampling", "sample", sampled)
        yield Pointwise("attention.weighting", "multiply", sampled)
        yield Pointwise("attention.sum", "add", sampled)
        yield linear("attention.output", n, d, d, L)
        yield norm("attention.norm", "layer_norm", n, d, L)
        yield linear("ffn.up", n, d, m, L)
        yield Pointwise("ffn.activation", "relu", L * n * m)
        yield linear("ffn.down", n, m, d, L)
        yield norm("ffn.norm", "layer_norm", n, d, L)
        yield Pointwise("residual", "add", L * 2 * n * d)
        yield conv("fpn.lateral", fine_h, fine_w, fine_c, d, 1, bias=False)
        yield norm("fpn.lateral.norm", "group_norm", fine_h * fine_w, d)
        yield Pointwise("fpn.upsampling", "sample", fine_h * fine_w * d)
        yield Pointwise("fpn.sum", "add", fine_h * fine_w * d)
        yield conv("fpn.output", fine_h, fine_w, d, d, 3, bias=False)
        yield norm("fpn.output.norm", "group_norm", fine_h * fine_w, d)
        yield conv("mask_features", fine_h, fine_w, d, self.mask_width, 1, bias=True)
