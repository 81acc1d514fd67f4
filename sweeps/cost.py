"""What it costs to choose the tokens of a frame."""

from __future__ import annotations

from functools import cache

from ..flops.ops import macs
from ..flops.pruning import COSTS, pruning_ops
from ..pruners.frame import Frame
from ..pruners.method import Pruner


def pruning_macs(pruner: Pruner, frame: Frame, kept: int) -> int | None:
    """Multiply-accumulates of choosing `kept` tokens; None for a method without a closed form."""
    method = pruner.name.partition(":")[0]
    if method not in COSTS or pruner.file is not None:
        return None
    keys = frame.source.keys
    compared = 0 if keys is None else int(keys.shape[-1])
    if "heads" in pruner.options:  # ToMe compares the mean over the heads, not the keys
        compared = frame.width // int(pruner.options["heads"])
    return _macs(method, frame.tokens, kept, frame.width, compared)


@cache  # every frame of a cache asks the same
def _macs(method: str, tokens: int, kept: int, width: int, compared: int) -> int:
    return macs(pruning_ops(method, (tokens, kept), width, compared))
