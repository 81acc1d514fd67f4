"""What pruning papers count: the language model's layers, and nothing else.

A layer of width d with an FFN of width m costs 4 n d² + 2 n² d + c n d m multiply-accumulates for
n tokens, c being the matrices that a convention gives the FFN. Keys and values are counted as wide
as queries, as these papers do, also where the model groups them.
"""

from __future__ import annotations

from typing import NamedTuple

from ..conventions import Convention
from ..ops import Matmul, Ops, macs
from ..parts.language_model import LanguageModel
from ..workload import Workload


def layer_macs(n: int, d: int, m: int, c: int, q: int, kv: int) -> int:
    """2 n d (q + kv) + 2 n² q + c n d m: queries q wide, keys and values kv."""
    return 2 * n * d * (q + kv) + 2 * n * n * q + c * n * d * m


class Decoder(NamedTuple):
    """The layers of a language model, as a convention counts them.

    Args:
        language_model: the shapes.
        convention: FFN matrices and tokens that count.
        prune_at: the layers before which tokens are dropped.

    """

    language_model: LanguageModel
    convention: Convention
    prune_at: tuple[int, ...]

    def sequence_length(self, work: Workload) -> int:
        """Tokens that enter the layers after the last pruning."""
        text = work.text_tokens if self.convention.tokens == "all" else 0
        return work.frames * work.kept + text

    def ops(self, work: Workload) -> dict[str, Ops]:
        """The products of all layers."""
        lm, d, m = self.language_model, self.language_model.width, self.language_model.ffn_width
        wide = (self.convention.ffn_matrices or lm.ffn_matrices) - 1
        text = work.text_tokens if self.convention.tokens == "all" else 0
        runs = [
            (layers, work.frames * visual + text)
            for layers, visual in work.runs(self.prune_at, lm.layers)
        ]
        return {
            "language_model": tuple(
                op
                for L, n in runs
                for op in (
                    Matmul("attention.query", L, n, d, d),
                    Matmul("attention.key", L, n, d, d),
                    Matmul("attention.value", L, n, d, d),
                    Matmul("attention.scores", L, n, d, n),
                    Matmul("attention.values", L, n, n, d),
                    Matmul("attention.output", L, n, d, d),
                    Matmul("ffn.gate_up" if wide > 1 else "ffn.up", wide * L, n, d, m),
                    Matmul("ffn.down", L, n, m, d),
                )
            )
        }

    def by_module(self, work: Workload) -> dict[str, int]:
        """MACs of all layers."""
        return {name: macs(ops) for name, ops in self.ops(work).items()}
