"""From a count to torch modules of its shapes, with inputs to run them on."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from ...core.errors import InputError
from ..accountings.architecture import Architecture
from ..forward_pass import Count
from ..parts.pixel_decoder import Map
from ..parts.qwen_vision import QwenVision
from ..parts.sam import SamEncoder
from ..parts.sam_decoder import SamMaskDecoder
from ..parts.swin import Swin
from ..spec import AnyMaskDecoder, MaskEncoder, VisionEncoder
from .encoders import LiveQwenVision, LiveSam, LiveSwin, LiveVit
from .language_models import LiveLanguageModel
from .masks import LiveMaskDecoder, LivePixelDecoder, LiveSamMaskDecoder
from .perceiver import LiveProjector, LiveTextFusion, LiveVideoPerceiver


@dataclass(frozen=True)
class Live:
    """A module of a model, ready to run.

    Args:
        name: the module's name in a count.
        module: in evaluation mode, its weights as they were initialised.
        inputs: what it is called with.
        passes: how often a forward pass of the model calls it.

    """

    name: str
    module: nn.Module
    inputs: tuple[object, ...]
    passes: int


Builder = Callable[[], tuple[nn.Module, tuple[object, ...]]]


# Attention in products that counters see: a fused kernel is one operator that most do not know.
PLAIN = "eager"


def live_builders(counted: Count, attention: str = PLAIN) -> dict[str, Builder]:
    """How to build each module of a model at the shapes of `counted`, by the module's name.

    A builder makes everything on torch's current default device and dtype: the meta device to
    count, another to run; `attention` is the implementation that transformers' classes are
    asked for. Token pruning is not among them: the pruners are code of their own.

    Raises:
        InputError: where the count is of another accounting than `architecture`, or drops tokens
            inside the language model, which these modules do not.

    """
    how = counted.counted
    if not isinstance(how, Architecture):
        raise InputError(
            "accounting", counted.accounting, "describes no modules", "use architecture"
        )
    if not how.early:
        steps = ",".join(map(str, how.prune_at))
        raise InputError("prune_at", steps, "is inside the language model", "use 0")
    model, work, modules = how.model, counted.work, how.modules(counted.work)
    builders: dict[str, Builder] = {}
    if encoder := model.vision_encoder:
        builders["vision_encoder"] = lambda: _encoder(encoder, attention)
    if projector := model.projector:
        (tokens,) = modules["projector"].shapes
        builders["projector"] = lambda: (
            LiveProjector(projector),
            (torch.randn(tokens, projector.inputs),),
        )
    if (ovp := model.ovp) and modules["temporal_reasoning"].passes:
        read = sum(modules["temporal_reasoning"].shapes)
        builders["temporal_reasoning"] = lambda: (
            LiveVideoPerceiver(ovp),
            (torch.randn(read, ovp.perceiver.width),),
        )
    if lm := model.language_model:
        n = counted.sequence_length
        builders["language_model"] = lambda: (
            LiveLanguageModel(lm, how.head, attention),
            (torch.randn(1, n, lm.width),),
        )
    if vmtf := model.vmtf:
        builders["vmtf"] = lambda: (
            LiveTextFusion(vmtf),
            (
                torch.randn(work.text_tokens, vmtf.text_width),
                torch.randn(1, vmtf.map_width, vmtf.map_side, vmtf.map_side),
            ),
        )
    if mask_encoder := model.mask_encoder:
        maps = mask_encoder.maps
        builders["mask_encoder"] = lambda: _encoder(mask_encoder, attention)
        if pixels := model.pixel_decoder:
            builders["pixel_decoder"] = lambda: (
                LivePixelDecoder(pixels, maps),
                tuple(torch.randn(1, c, h, w) for h, w, c in maps),
            )
        if masks := model.mask_decoder:
            builders["mask_decoder"] = lambda: _mask_decoder(masks, maps)
    return builders


def live_module(
    counted: Count,
    name: str,
    device: str = "cpu",
    dtype: torch.dtype = torch.float32,
    attention: str = PLAIN,
) -> Live:
    """One module of a model, built on a device; on `meta` it takes no memory and cannot run.

    Raises:
        InputError: where the model has no such module, and for what `live_builders` refuses.

    """
    builders = live_builders(counted, attention)
    if name not in builders:
        raise InputError("module", name, "is not built here", f"use {', '.join(builders)}")
    before = torch.get_default_dtype()
    torch.set_default_dtype(dtype)
    try:
        with torch.device(device):
            module, inputs = builders[name]()
    except InputError as error:
        problem = f"{error.value} {error.problem}"
        raise error.but(value=counted.model, problem=problem) from None
    finally:
        torch.set_default_dtype(before)
    assert isinstance(counted.counted, Architecture)
    passes = counted.counted.modules(counted.work)[name].passes
    # Some classes make a parameter on the CPU whatever the default device is.
    return Live(name, module.eval().to(device), inputs, passes)


def _mask_decoder(
    part: AnyMaskDecoder, maps: tuple[Map, ...]
) -> tuple[nn.Module, tuple[object, ...]]:
    d, states = part.width, None
    if isinstance(part, SamMaskDecoder):
        prompts = torch.randn(part.prompts, part.prompt_width or d)
        return LiveSamMaskDecoder(part), (torch.randn(1, d, *maps[0][:2]), prompts)
    if part.prompt_width:
        states = torch.randn(part.queries, part.prompt_width)
    return LiveMaskDecoder(part), (
        torch.randn(1, part.mask_width, *maps[0][:2]),
        [torch.randn(1, d, h, w) for h, w, _ in maps[:0:-1]],
        states,
        torch.randn(1, d) if part.prompt_classifier else None,
    )


def _encoder(
    part: VisionEncoder | MaskEncoder, attention: str
) -> tuple[nn.Module, tuple[object, ...]]:
    if isinstance(part, QwenVision):
        rows, columns = part.grid
        pixels = 3 * part.patch_frames * part.patch**2
        # The grid is read as numbers, which a tensor on the meta device does not have.
        grid = torch.tensor([[1, rows, columns]], device="cpu")
        return LiveQwenVision(part, attention), (torch.randn(rows * columns, pixels), grid)
    if isinstance(part, Swin):
        return LiveSwin(part, attention), (torch.randn(1, 3, part.height, part.width),)
    images: Tensor = torch.randn(1, 3, part.image, part.image)
    return (
        LiveSam(part, attention) if isinstance(part, SamEncoder) else LiveVit(part, attention),
        (images,),
    )
