"""From the vision encoder's width to the language model's."""

from __future__ import annotations

from typing import Literal, NamedTuple

from ..ops import Ops, Pointwise, linear, norm


class Projector(NamedTuple):
    """One or two linear maps, a GELU between two, of tokens that may be joined before.

    Args:
        inputs: the width of a token that comes in: the vision encoder's, times merge x merge.
        width: the language model's width, also that of the hidden layer.
        maps: 2 as in LLaVA-1.5, or 1 as in PaliGemma.
        merge: side of the square of the encoder's tokens that are joined into one before the
            first map (the pixel shuffle of InternVL); pruning chooses among the joined ones.
        input_norm: whether a layer norm precedes the first map (InternVL).

    """

    inputs: int
    width: int
    maps: Literal[1, 2] = 2
    merge: int = 1
    input_norm: bool = False

    def ops(self, tokens: int) -> Ops:
        """[tokens, inputs] to [tokens, width]."""
        first = linear("up", tokens, self.inputs, self.width)
        second = (
            Pointwise("activation", "gelu", tokens * self.width),
            linear("out", tokens, self.width, self.width),
        )
        before = (norm("input_norm", "layer_norm", tokens, self.inputs),) * self.input_norm
        return (*before, first, *(second if self.maps == 2 else ()))
