"""The pruners between encoder and language model, really running."""

from __future__ import annotations

import math
from collections.abc import Hashable
from functools import partial

import torch
from torch import Tensor

from ..core.budget import Keep
from ..features.types import Clip
from ..flops.parts.qwen_vision import QwenVision
from ..flops.spec import Model, load_model
from ..pruners import Selection, select
from ..pruners.method import Pruner
from .modules import module_of
from .plan import Plan
from .stage import Call, Stage, shape_of, timed


def time_pruning(plan: Plan, encoded: Tensor | None) -> Stage:
    """Every pruner on the encoder's output, up to the kept tokens on the device.

    Args:
        plan: which pruners, on what.
        encoded: [..., width], what the encoder made of the most frames; random where left out.

    """
    device, clips = plan.device, {}
    calls: dict[Hashable, Call] = {}
    for setting in plan.settings:
        for keep in plan.keeps:
            counted = plan.count(setting, keep)
            if not counted.work.pruned:
                continue
            shown = module_of(counted, "token_pruning").passes
            if shown not in clips:
                clips[shown] = _clip(plan, shown, encoded)
            for pruner in plan.pruners:
                shape = shape_of(counted, "token_pruning", pruner)
                calls[shape] = partial(_prune, pruner, clips[shown], counted.work.kept)
    for call in calls.values():
        call()  # compiles, which takes memory of its own
    before = device.used_bytes()
    peaks, samples, rate = timed(plan, plan.dtype, calls, before)
    return Stage("token_pruning", str(plan.dtype).removeprefix("torch."), samples, peaks, rate)


def _clip(plan: Plan, shown: int, encoded: Tensor | None) -> Clip:
    """The encoder's output of `shown` frames, with the inputs that pruners may ask of it.

    Attention and keys are drawn at random: fused kernels give none, and which tokens they point
    to changes little of the time.
    """
    spec = load_model(plan.model, plan.overrides)
    encoder = spec.vision_encoder
    assert encoder is not None
    P, width = spec.visual_tokens, encoder.token_width * spec.merge**2
    device = plan.device.name
    if encoded is None:
        encoded = torch.randn(shown * P, width, dtype=plan.dtype, device=device)
    features = encoded.reshape(-1, width)[: shown * P].reshape(shown, P, width)

    def drawn(*widths: int) -> Tensor:
        return torch.rand(shown, P, *widths, device=device)

    return Clip(
        features,
        _grid(spec),
        attention=drawn(),
        probe_attention=drawn(),
        middle_attention=drawn(),
        keys=drawn(encoder.width // encoder.heads),
    )


def _grid(spec: Model) -> tuple[int, int]:
    """Rows and columns of a frame's tokens; tiles lie one below the other."""
    encoder = spec.vision_encoder
    assert encoder is not None
    if isinstance(encoder, QwenVision):
        rows, columns = (side // encoder.merge for side in encoder.grid)
    else:
        rows = columns = math.isqrt(encoder.tokens)
    return rows * spec.tiles, columns


def _prune(pruner: Pruner, clip: Clip, keep: Keep) -> Tensor:
    """The kept tokens of all frames [F K, d], on the device of the features."""
    kept: list[Selection] = select(pruner, clip, keep)
    dtype = clip.features.dtype
    return torch.cat(
        [
            clip.features[frame][chosen.indices]
            if chosen.merged is None
            else chosen.merged.to(dtype)
            for frame, chosen in enumerate(kept)
        ]
    )
