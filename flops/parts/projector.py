"""From the vision encoder's width to the language model's."""

from __future__ import annotations

from typing import NamedTuple

from ..ops import Ops, Pointwise, linear


class Projector(NamedTuple):
    """Two linear maps with a GELU between them.

    Args:
        inputs: the vision encoder's width.
        width: the language model's width, also that of the hidden layer.

    """

    inputs: int
    width: int

    def ops(self, tokens: int) -> Ops:
        """[tokens, inputs] to [tokens, width]."""
        return (
            linear("up", tokens, self.inputs, self.width),
            Pointwise("activation", "gelu", tokens * self.width),
            linear("out", tokens, self.width, self.width),
        )
