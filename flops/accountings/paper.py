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

from ..workload import Workload


class LanguageModel(NamedTuple):
    """L layers of width d with an FFN of width m, and a vocabulary of V."""

    layers: int
    width: int
    ffn_width: int
    vocabulary: int

    def macs(self, N: int) -> int:
        """L (4 N d² + 2 N² d + 2 N d m) + N d V."""
        L, d, m, V = self
        projections = 4 * N * d * d  # [N, d] by four of [d, d]
        attention = 2 * N * N * d  # [N, d] by [d, N], then [N, N] by [N, d]
        ffn = 2 * N * d * m  # [N, d] by [d, m], then [N, m] by [m, d]
        return L * (projections + attention + ffn) + N * d * V


class VisionEncoder(NamedTuple):
    """L layers of width d."""

    layers: int
    width: int

    def macs(self, P: int) -> int:
        """L (4 P d² + 2 P² d): no FFN, and one frame however many there are (fitted)."""
        L, d = self
        return L * (4 * P * d * d + 2 * P * P * d)


class TokenPruning(NamedTuple):
    """Distances between tokens of width d."""

    width: int

    def macs(self, P: int, K: int, F: int) -> int:
        """F P K d: every token against every kept one; nothing where nothing is dropped."""
        return F * P * K * self.width if K < P else 0


class MaskDecoder(NamedTuple):
    """L layers of Q queries of width d."""

    layers: int
    width: int
    queries: int

    def macs(self) -> int:
        """L (4 Q d² + 2 Q² d)."""
        L, d, Q = self
        return L * (4 * Q * d * d + 2 * Q * Q * d)


class TemporalReasoning(NamedTuple):
    """L layers of Q temporal queries, of inner width d."""

    layers: int
    width: int
    queries: int

    def macs(self, F: int) -> int:
        """L (12 Q d² + 2 Q (F Q) d); nothing for a single frame (fitted)."""
        L, d, Q = self
        return L * (12 * Q * d * d + 2 * Q * (F * Q) * d) if F > 1 else 0


class Vmtf(NamedTuple):
    """L layers of width d."""

    layers: int
    width: int

    def macs(self, N: int, t: int) -> int:
        """L (6 N d² + 2 N t d) (fitted)."""
        L, d = self
        return L * (6 * N * d * d + 2 * N * t * d)


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

    def by_module(self, work: Workload) -> dict[str, int]:
        """MACs of each module, in the order of the forward pass."""
        F, P, K, t = work.frames, work.visual_tokens, work.kept, work.text_tokens
        N = self.sequence_length(work)
        return {
            "vision_encoder": self.vision_encoder.macs(P),
            "token_pruning": self.token_pruning.macs(P, K, F),
            "language_model": self.language_model.macs(N),
            "temporal_reasoning": self.temporal_reasoning.macs(F),
            "vmtf": self.vmtf.macs(N, t),
            "mask_decoder": self.mask_decoder.macs(),
        }

    def limit(self, work: Workload) -> int:
        """MACs if every visual token were dropped."""
        return sum(self.by_module(work.emptied).values())
