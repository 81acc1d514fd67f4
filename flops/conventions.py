"""How the literature counts: what has to be fixed before two figures can be compared."""

from __future__ import annotations

from fractions import Fraction
from typing import Literal, NamedTuple

from ..core.errors import unknown


class Convention(NamedTuple):
    """Four choices that together explain most differences between published figures.

    Args:
        name: what tables are stamped with.
        unit: a multiply-accumulate is 1 MAC or 2 FLOPs.
        ffn_matrices: matrices of width d x m counted for an FFN; None for what the model has.
        tokens: which tokens count: all that enter the language model, or the visual ones only.
        layers: the sum over all layers, or the mean of one.
        source: who counts so.

    """

    name: str
    unit: Literal["MAC", "FLOP"]
    ffn_matrices: int | None
    tokens: Literal["all", "visual"]
    layers: Literal["all", "mean"]
    source: str

    @property
    def decoder_only(self) -> bool:
        """Whether it counts the language model's layers and nothing else."""
        return self.ffn_matrices is not None

    @property
    def per(self) -> str:
        """The unit as records and tables say it, with what it is of where that is one layer."""
        return f"{self.unit}/layer" if self.layers == "mean" else self.unit

    def cost(self, macs: int, layers: int = 1) -> Fraction:
        """MACs of `layers` layers in this convention's unit."""
        return Fraction(
            macs * (2 if self.unit == "FLOP" else 1), layers if self.layers == "mean" else 1
        )

    def sentence(self, accounting: str | None = None) -> str:
        """What is counted, for a table's stamp; without an accounting, what holds for any."""
        if accounting == "paper":
            return "the six modules of EVTP-IVS, Appendix A.2"
        if accounting == "architecture":
            return "every module, all tokens and layers"
        if accounting is None and not self.decoder_only:
            return "every module that the accounting has"
        matrices = "the model's" if self.ffn_matrices is None else self.ffn_matrices
        tokens = "text and visual tokens" if self.tokens == "all" else "visual tokens only"
        layers = "all layers" if self.layers == "all" else "mean of one layer"
        only = " only, no head, keys as wide as queries" if accounting else ""
        return f"language model's layers{only}, {matrices} FFN matrices, {tokens}, {layers}"


CONVENTIONS = {
    convention.name: convention
    for convention in (
        Convention("mac", "MAC", None, "all", "all", "EVTP-IVS, fvcore, timm"),
        Convention("flop", "FLOP", None, "all", "all", "torch.utils.flop_counter"),
        Convention("fastv", "MAC", 2, "all", "mean", "FastV, arXiv:2403.06764, Section 4.1"),
        Convention("divprune", "MAC", 2, "all", "all", "DivPrune, arXiv:2503.02175, Table 1"),
        Convention("pyramiddrop", "MAC", 3, "visual", "all", "PyramidDrop, arXiv:2410.17247"),
        Convention("llm-viewer", "FLOP", 3, "all", "all", "LLM-Viewer, arXiv:2402.16363"),
    )
}


def find_convention(name: str) -> Convention:
    """The convention called `name`; an unknown name is an `InputError` with suggestions."""
    try:
        return CONVENTIONS[name]
    except KeyError:
        raise unknown("convention", name, CONVENTIONS) from None
