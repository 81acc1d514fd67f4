"""The closed forms against two live counters, module by module."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

from ...core.budget import Keep
from ..accountings.architecture import Architecture
from ..count import count
from ..forward_pass import Count
from ..ops import macs, params
from ..parts.qwen_vision import QwenVision
from ..parts.sam import SamEncoder
from ..parts.swin import Swin
from ..parts.vit import VisionTransformer
from ..spec import KINDS, Model
from .build import live_builders, live_module
from .counting import fvcore_macs, torch_macs

# fvcore traces a real run, so it gets every part at its true kind but few layers and small maps.
_SAM = ("layers=4", "global_layers=2", "image=320", "width=64", "heads=4", "ffn_width=96")
THIN = {
    "vision_encoder": {
        "vit": ("layers=2", "image=98"),
        "sam": _SAM,
        "qwen2.5-vl": ("layers=4", "global_layers=2", "height=280", "width_pixels=168"),
    },
    "mask_encoder": {
        # Every map stays larger than a window: transformers' class is not sound below that.
        "swin": (
            "depths=[1, 2, 1, 1]",
            "channels=32",
            "heads=[1, 2, 4, 8]",
            "height=416",
            "width=416",
        ),
        "sam": _SAM,
    },
    "pixel_decoder": ("layers=2",),
    "mask_decoder": {"mask2former": ("layers=4",), "sam": ()},
}


class Comparison(NamedTuple):
    """One module, three ways.

    Args:
        module: its name.
        closed: multiply-accumulates of one call by the closed form, at full size.
        torch: the same by torch's counter.
        parameters: parameters by the closed form.
        live_parameters: parameters of the torch module.
        thin_closed: multiply-accumulates of one call by the closed form, at thin shapes.
        fvcore: the same by fvcore.
        unknown: operators that fvcore dropped and that may hide products.

    """

    module: str
    closed: int
    torch: int
    parameters: int
    live_parameters: int
    thin_closed: int
    fvcore: int
    unknown: dict[str, int]

    @property
    def agrees(self) -> bool:
        """Whether all three agree exactly."""
        return (
            self.closed == self.torch
            and self.thin_closed == self.fvcore
            and self.parameters == self.live_parameters
        )


def verify(
    full: Count,
    overrides: Sequence[str] = (),
    modules: Sequence[str] | None = None,
    progress: Callable[[str], None] = lambda _: None,
) -> Iterator[Comparison]:
    """Compares the modules of a model that torch modules are built for.

    Args:
        full: a count of the accounting `architecture`.
        overrides: fields of the model that were changed for it.
        modules: which of them; all by default.
        progress: called with the name of each module before it is counted.

    """
    thin = _thin(full, overrides)
    for name in live_builders(full) if modules is None else modules:
        progress(name)
        live = live_module(full, name, "meta")
        small = live_module(thin, name)
        seen, unknown = fvcore_macs(small.module, small.inputs)
        closed, parameters = _once(full, name)
        yield Comparison(
            name,
            closed,
            torch_macs(live.module, live.inputs),
            parameters,
            sum(parameter.numel() for parameter in live.module.parameters()),
            _once(thin, name)[0],
            seen,
            unknown,
        )


def _thin(full: Count, overrides: Sequence[str]) -> Count:
    """The same workload on shapes small enough to run; of fewer tokens, the same share is kept."""
    how, work = full.counted, full.work
    assert isinstance(how, Architecture)
    keep: Keep = full.keep
    if not isinstance(keep, float):
        keep = keep / work.visual_tokens
    return count(
        full.model,
        keep=keep,
        accounting="architecture",
        frames=work.frames,
        text_tokens=work.text_tokens,
        layout=how.layout,
        head=how.head,
        overrides=(*overrides, *thin_overrides(full)),
    )


def thin_overrides(counted: Count) -> list[str]:
    """The fields that make every part of a model small enough to run at once."""
    assert isinstance(counted.counted, Architecture)
    model = counted.counted.model
    overrides = []
    for part, fields in THIN.items():
        shapes = getattr(model, part)
        if shapes is None:
            continue
        if isinstance(fields, dict):
            fields = fields[next(k for k, cls in KINDS if isinstance(shapes, cls))]
        overrides += [f"{part}.{field}" for field in fields]
    encoder = model.vision_encoder
    if isinstance(encoder, QwenVision) and encoder.global_layers == encoder.layers:
        overrides.append("vision_encoder.global_layers=4")  # all of them, again
    if isinstance(encoder, VisionTransformer | SamEncoder) and model.merge > 1:
        # Few tokens, of whole squares that are joined.
        least = 20 if isinstance(encoder, SamEncoder) else 3 * model.merge
        side = -(-least // model.merge) * model.merge
        overrides.append(f"vision_encoder.image={side * encoder.patch}")
    if lm := model.language_model:
        width = 20 * lm.heads
        if encoder and not model.projector and not isinstance(encoder, QwenVision):
            width = lm.width  # that of the encoder's tokens, which nothing maps to another
        thinner = [f"width={width}", "layers=2", "ffn_width=640", "vocabulary=320"]
        # Heads of a width of their own keep one, so that queries stay wider than states.
        thinner += ["head_width=24"] * bool(lm.head_width)
        overrides += [f"language_model.{field}" for field in thinner]
        overrides += [f"{field}={width}" for field in _as_wide(model)]
    if model.vmtf and model.mask_encoder:
        # The coarsest of the maps above.
        neck = model.mask_encoder.maps[-1][-1]
        side, channels = (13, 256) if isinstance(model.mask_encoder, Swin) else (20, neck)
        overrides += [f"vmtf.map_side={side}", f"vmtf.map_width={channels}"]
    return overrides


def _as_wide(model: Model) -> Iterator[str]:
    """The fields that follow the width of a model's language model."""
    if model.projector:
        yield "projector.width"
    if isinstance(model.vision_encoder, QwenVision):
        yield "vision_encoder.output_width"
    if model.ovp:
        yield "ovp.perceiver.width"
    if model.vmtf:
        yield "vmtf.text_width"
    if model.mask_decoder and model.mask_decoder.prompt_width:
        yield "mask_decoder.prompt_width"


def _once(counted: Count, name: str) -> tuple[int, int]:
    """MACs and parameters of a single call of a module, by the closed form."""
    assert isinstance(counted.counted, Architecture)
    module = counted.counted.modules(counted.work)[name]
    ops = module.part(*module.shapes)
    return macs(ops), params(ops)
