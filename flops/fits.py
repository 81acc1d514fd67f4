"""Whether the parts of a model fit together: widths, heads, maps."""

from __future__ import annotations

from collections.abc import Iterator
from operator import attrgetter
from typing import TYPE_CHECKING, NamedTuple

from .parts.mask_decoder import MaskDecoder
from .parts.qwen_vision import QwenVision
from .parts.sam import SamEncoder
from .parts.sam_decoder import SamMaskDecoder
from .parts.swin import Swin
from .parts.vit import VisionTransformer

if TYPE_CHECKING:
    from .spec import Model

MULTIPLES = (
    ("language_model.heads", "language_model.kv_heads"),
    ("vision_encoder.width", "vision_encoder.heads"),
    ("pixel_decoder.width", "pixel_decoder.heads"),
    ("mask_decoder.width", "mask_decoder.heads"),
)
EQUALS = (
    ("projector.width", "language_model.width"),
    ("ovp.perceiver.width", "language_model.width"),
    ("vmtf.text_width", "language_model.width"),
    ("mask_decoder.width", "pixel_decoder.width"),
)


class Misfit(NamedTuple):
    """What does not fit.

    Args:
        fields: the fields it lies between, the one that is named first as ``table.field``.
        problem: what is wrong with the first, as a clause.
        remedy: what to do about it.

    """

    fields: tuple[str, ...]
    problem: str
    remedy: str


def misfits(model: Model) -> Iterator[Misfit]:
    """What does not fit in a model, in the order of its parts."""
    if model.language_model and not model.language_model.head_width:
        yield from _multiple(model, "language_model.width", "language_model.heads")
    for whole, divisor in MULTIPLES:
        yield from _multiple(model, whole, divisor)
    yield from _encoder(model)
    yield from _projector(model)
    for field, other in EQUALS:
        yield from _equal(model, field, other)
    if model.mask_decoder and model.mask_decoder.prompt_width:
        yield from _equal(model, "mask_decoder.prompt_width", "language_model.width")
    if isinstance(model.mask_decoder, MaskDecoder):
        yield from _equal(model, "mask_decoder.mask_width", "pixel_decoder.mask_width")
    if model.vmtf:
        yield from _equal(model, "vmtf.output_width", "mask_decoder.width")
    yield from _masks(model)


def _encoder(model: Model) -> Iterator[Misfit]:
    encoder = model.vision_encoder
    if isinstance(encoder, QwenVision):
        side = encoder.patch * encoder.merge
        for field in ("height", "width_pixels"):
            if getattr(encoder, field) % side:
                yield Misfit(
                    (f"vision_encoder.{field}", "vision_encoder.patch", "vision_encoder.merge"),
                    f"{getattr(encoder, field)} is no multiple of patch x merge, {side} pixels",
                    "round it to one",
                )
        # Windows are of whole tokens, after the merger.
        yield from _multiple(model, "vision_encoder.window", "vision_encoder.merge")
        yield from _at_most(model, "vision_encoder.global_layers", "vision_encoder.layers")
        yield from _equal(model, "vision_encoder.output_width", "language_model.width")
    elif isinstance(encoder, SamEncoder):
        yield from _sam(model, "vision_encoder")
    elif isinstance(encoder, VisionTransformer):
        yield from _at_most(model, "vision_encoder.patch", "vision_encoder.image")


def _projector(model: Model) -> Iterator[Misfit]:
    """What lies between the vision encoder and the language model."""
    encoder, projector, lm = model.vision_encoder, model.projector, model.language_model
    if encoder is None:
        return
    field = {QwenVision: "output_width", SamEncoder: "neck_width"}.get(type(encoder), "width")
    width, named = encoder.token_width, f"vision_encoder.{field}"
    if projector is None:
        if lm and width != lm.width:
            problem = f"{width} is not language_model.width {lm.width}"
            yield Misfit((named, "language_model.width"), problem, "add `[projector]`")
        return
    if projector.inputs != width * projector.merge**2:
        times = f" x projector.merge {projector.merge} squared" if projector.merge > 1 else ""
        remedy = "make them equal; projector.merge joins squares of tokens before the first map"
        problem = f"{projector.inputs} is not {named} {width}{times}"
        yield Misfit(("projector.inputs", "projector.merge", named), problem, remedy)
    if projector.merge > 1 and isinstance(encoder, QwenVision):
        remedy = "leave it out"
        yield Misfit(("projector.merge",), "joins what vision_encoder.merge has joined", remedy)
    elif not isinstance(encoder, QwenVision):
        side = encoder.image // encoder.patch
        if side % projector.merge:
            between = f"the {side} x {side} tokens of vision_encoder"
            problem = f"{projector.merge} does not divide {between}"
            yield Misfit(("projector.merge", "vision_encoder.image"), problem, "mend one of them")


def _sam(model: Model, part: str) -> Iterator[Misfit]:
    yield from _multiple(model, f"{part}.width", f"{part}.heads")
    yield from _at_most(model, f"{part}.patch", f"{part}.image")
    yield from _at_most(model, f"{part}.global_layers", f"{part}.layers")


def _masks(model: Model) -> Iterator[Misfit]:
    encoder = model.mask_encoder
    for part in ("pixel_decoder", "mask_decoder"):
        shapes = getattr(model, part)
        if shapes is None:
            continue
        if encoder is None:
            yield Misfit((part,), "has no maps to read", "add `[mask_encoder]`")
        if isinstance(encoder, SamEncoder) and not isinstance(shapes, SamMaskDecoder):
            yield Misfit(
                (part, "mask_encoder.kind"),
                "is Mask2Former's, which reads four maps, and a mask_encoder of kind sam gives one",
                f"leave `[{part}]` out, or use a mask_encoder of kind swin",
            )
        if isinstance(encoder, Swin) and isinstance(shapes, SamMaskDecoder):
            yield Misfit(
                (part, "mask_encoder.kind"),
                "is SAM's, which reads one map, and a mask_encoder of kind swin gives four",
                "use a mask_encoder of kind sam, or a mask_decoder of kind mask2former",
            )
    if isinstance(encoder, SamEncoder):
        yield from _sam(model, "mask_encoder")
        yield from _equal(model, "mask_decoder.width", "mask_encoder.neck_width")
    if isinstance(masks := model.mask_decoder, SamMaskDecoder) and masks.width % (2 * masks.heads):
        yield Misfit(
            ("mask_decoder.width", "mask_decoder.heads"),
            f"{masks.width} is no multiple of 2 x mask_decoder.heads, {2 * masks.heads}",
            "mend one of them",
        )
    if isinstance(encoder, Swin):
        yield from _stages(encoder)
    if encoder and model.vmtf:
        h, w, channels = encoder.maps[-1]
        if (model.vmtf.map_side**2, model.vmtf.map_width) != (h * w, channels):
            yield Misfit(
                ("vmtf.map_side", "vmtf.map_width", "mask_encoder"),
                f"{model.vmtf.map_side} and map_width {model.vmtf.map_width} are not those of "
                f"mask_encoder's coarsest map, {h} x {w} of {channels} channels",
                "take the map's",
            )


def _stages(swin: Swin) -> Iterator[Misfit]:
    for field in ("depths", "heads"):
        stages = len(getattr(swin, field))
        if stages != 4:
            yield Misfit(
                (f"mask_encoder.{field}",),
                f"has {stages} numbers, and Swin has 4 stages",
                "give a number a stage",
            )
            return
    for stage, heads in enumerate(swin.heads):
        width = swin.channels << stage
        if width % heads:
            yield Misfit(
                ("mask_encoder.heads", "mask_encoder.channels"),
                f"has {heads} for stage {stage + 1}, whose width {width} is no multiple of it",
                "choose heads that divide channels x 1, 2, 4 and 8",
            )


def _multiple(model: Model, field: str, divisor: str) -> Iterator[Misfit]:
    a, b = _value(model, field), _value(model, divisor)
    if a is not None and b is not None and a % b:
        yield Misfit((field, divisor), f"{a} is no multiple of {divisor} {b}", "mend one of them")


def _equal(model: Model, field: str, other: str) -> Iterator[Misfit]:
    a, b = _value(model, field), _value(model, other)
    if a is not None and b is not None and a != b:
        yield Misfit((field, other), f"{a} is not {other} {b}", "make them equal")


def _at_most(model: Model, field: str, most: str) -> Iterator[Misfit]:
    a, b = _value(model, field), _value(model, most)
    if a is not None and b is not None and a > b:
        yield Misfit((field, most), f"{a} is above {most} {b}", f"give 1 to {b}")


def _value(model: Model, field: str) -> int | None:
    """The value of ``table.field``, None where the model lacks the table."""
    if getattr(model, field.split(".")[0]) is None:
        return None
    value: int = attrgetter(field)(model)
    return value
