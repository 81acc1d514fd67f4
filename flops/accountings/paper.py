"""What EVTP-IVS counts: the six modules of its Appendix A.2, in multiply-accumulates.

The published text names the symbols of each formula, but the formulas themselves are lost from
it; what stands here is a reconstruction. The language model's form is that of Section 6.2; the
other forms were fitted to the twelve totals of Tables 1 to 3, of which eleven come out within
0.1 %. The paper calls the unit "TFLOPs"; the totals fit multiply-accumulates (MACs), half as many
as floating-point operations.

The text tokens are t, the visual tokens of a frame P, those kept K, the frames F, and the language
model reads N = F K + t + f tokens, f of them fixed.
"""

from __future__ import annotations

from typing import NamedTuple

from ..ops import Matmul, Ops, macs
from ..workload import Workload


class LanguageModel(NamedTuple):
    """L layers of width d with an FFN of width m, and a vocabulary of V."""

    layers: int
    width: int
    ffn_width: int
    vocabulary: int

    def ops(self, N: int) -> Ops:
        """L (4 N d² + 2 N² d + 2 N d m) + N d V."""
        L, d, m, V = self
        return (
            *_attention(L, N, d, N),
            Matmul("ffn.up", L, N, d, m),
            Matmul("ffn.down", L, N, m, d),
            Matmul("head", 1, N, d, V),
        )


class VisionEncoder(NamedTuple):
    """L layers of width d."""

    layers: int
    width: int

    def ops(self, P: int) -> Ops:
        """L (4 P d² + 2 P² d): no FFN, and one frame however many there are (fitted)."""
        return _attention(self.layers, P, self.width, P)


class TokenPruning(NamedTuple):
    """Distances between tokens of width d."""

    width: int

    def ops(self, P: int, K: int, F: int) -> Ops:
        """F P K d: every token against every kept one; nothing where nothing is dropped."""
        return (Matmul("distances", F, P, self.width, K),) if K < P else ()


class MaskDecoder(NamedTuple):
    """L layers of Q queries of width d."""

    layers: int
    width: int
    queries: int

    def ops(self) -> Ops:
        """L (4 Q d² + 2 Q² d)."""
        return _attention(self.layers, self.queries, self.width, self.queries)


class TemporalReasoning(NamedTuple):
    """L layers of Q temporal queries, of inner width d."""

    layers: int
    width: int
    queries: int

    def ops(self, F: int) -> Ops:
        """L (12 Q d² + 2 Q (F Q) d); nothing for a single frame (fitted)."""
        return _attention(self.layers, self.queries, self.width, F * self.queries, 12) * (F > 1)


class Vmtf(NamedTuple):
    """L layers of width d."""

    layers: int
    width: int

    def ops(self, N: int, t: int) -> Ops:
        """L (6 N d² + 2 N t d) (fitted)."""
        return _attention(self.layers, N, self.width, t, 6)


def _attention(L: int, q: int, d: int, kv: int, projections: int = 4) -> Ops:
    """L (projections q d² + 2 q kv d)."""
    return (
        Matmul("projections", projections * L, q, d, d),
        Matmul("attention.scores", L, q, d, kv),
        Matmul("attention.values", L, q, kv, d),
    )


class Paper(NamedTuple):
    """The constants of this accounting, as a model's ``[paper]`` table holds them."""

    visual_tokens: int
    fixed_tokens: int
    language_model: LanguageModel
    vision_encoder: VisionEncoder
    token_pruning: TokenPruning
    mask_decoder: MaskDecoder
    temporal_reasoning: TemporalReasoning
    vmtf: Vmtf

    def sequence_length(self, work: Workload) -> int:
        """N, the tokens that enter the language model."""
        return work.frames * work.kept + work.text_tokens + self.fixed_tokens

    def ops(self, work: Workload) -> dict[str, Ops]:
        """The products of each module, in the order of the forward pass."""
        F, P, K, t = work.frames, work.visual_tokens, work.kept, work.text_tokens
        N = self.sequence_length(work)
        return {
            "vision_encoder": self.vision_encoder.ops(P),
            "token_pruning": self.token_pruning.ops(P, K, F),
            "language_model": self.language_model.ops(N),
            "temporal_reasoning": self.temporal_reasoning.ops(F),
            "vmtf": self.vmtf.ops(N, t),
            "mask_decoder": self.mask_decoder.ops(),
        }

    def by_module(self, work: Workload) -> dict[str, int]:
        """MACs of each module."""
        return {name: macs(ops) for name, ops in self.ops(work).items()}
