"""Modules of any shape: the closed forms say what torch's counter counts, or none is built."""

from __future__ import annotations

import os

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

pytest.importorskip("transformers")

from evtp.core.errors import InputError
from evtp.flops import count
from evtp.flops.live.build import live_module
from evtp.flops.live.counting import torch_macs
from evtp.flops.ops import macs, params

pytestmark = pytest.mark.slow

fuzzed = settings.get_profile(os.environ.get("HYPOTHESIS_PROFILE", "quick"))

few = st.integers(1, 4)
some = st.integers(1, 100)
many = st.integers(1, 300)


@st.composite
def headed(draw, part):
    """Heads of 2 or more: of 1, torch multiplies by element, which its counter leaves out."""
    heads = draw(st.sampled_from([1, 2, 3, 4, 8]))
    return {f"{part}.heads": heads, f"{part}.width": heads * draw(st.integers(2, 20))}


@st.composite
def vit(draw):
    shapes = draw(headed("vision_encoder"))
    patch = draw(st.sampled_from([7, 10, 14, 16]))
    image = patch * draw(st.integers(1, 9)) + draw(st.sampled_from([0, 3]))
    return shapes | {
        "vision_encoder.patch": patch,
        "vision_encoder.image": image,
        "vision_encoder.layers": draw(few),
        "vision_encoder.ffn_width": draw(some),
        "projector.inputs": shapes["vision_encoder.width"],
    }


@st.composite
def windowed(draw, part="vision_encoder"):
    shapes = draw(headed(part))
    layers = draw(st.integers(1, 6))
    return shapes | {
        f"{part}.layers": layers,
        f"{part}.global_layers": draw(st.integers(1, layers)),
        f"{part}.ffn_width": draw(some),
        f"{part}.window": draw(st.sampled_from([3, 4, 7, 8, 14])),
    }


@st.composite
def sam(draw):
    return draw(windowed()) | {"vision_encoder.image": 16 * draw(st.integers(1, 40))}


@st.composite
def qwen_vision(draw):
    sides = {
        f"vision_encoder.{side}": 28 * draw(st.integers(1, 30))
        for side in ("height", "width_pixels")
    }
    return draw(windowed()) | sides


@st.composite
def language_model(draw, widths):
    shapes = draw(headed("language_model"))
    heads = shapes["language_model.heads"]
    share = draw(st.sampled_from([g for g in range(1, heads + 1) if heads % g == 0]))
    return shapes | {
        "language_model.kv_heads": share,
        "language_model.layers": draw(few),
        "language_model.ffn_width": draw(some),
        "language_model.vocabulary": draw(many),
        **dict.fromkeys(widths, shapes["language_model.width"]),
    }


@st.composite
def perceiver(draw, part):
    return {
        f"{part}.perceiver.{field}": draw(size)
        for field, size in {
            "layers": few,
            "heads": few,
            "head_width": st.integers(2, 100),
            "ffn_multiple": few,
        }.items()
    }


@st.composite
def swin(draw):
    first = draw(st.sampled_from([1, 2, 3]))
    heads = [first, 2 * first, 4 * first, 8 * first]
    return {
        "mask_encoder.height": draw(st.integers(65, 700)),
        "mask_encoder.width": draw(st.integers(65, 700)),
        "mask_encoder.patch": draw(st.sampled_from([2, 4, 8])),
        "mask_encoder.channels": first * draw(st.sampled_from([8, 16])),
        "mask_encoder.depths": [draw(st.integers(1, 3)) for _ in heads],
        "mask_encoder.heads": heads,
        "mask_encoder.window": draw(st.sampled_from([4, 7, 12])),
        "mask_encoder.ffn_multiple": draw(few),
    }


@st.composite
def mask2former(draw):
    width = draw(st.sampled_from([32, 48, 96, 256]))
    features = draw(st.integers(2, 300))
    shapes = {"pixel_decoder.points": draw(st.sampled_from([4, 4, 4, 1]))}
    for part in ("pixel_decoder", "mask_decoder"):
        shapes |= {
            f"{part}.width": width,
            f"{part}.mask_width": features,
            f"{part}.heads": draw(st.sampled_from([1, 2, 4, 8])),
            f"{part}.layers": draw(few),
            f"{part}.ffn_width": draw(some),
        }
    return shapes | {"mask_decoder.queries": draw(some)}


INSTRUCTSEG = (
    "projector.width", "ovp.perceiver.width", "vmtf.text_width", "mask_decoder.prompt_width",
)  # fmt: skip
PARTS = [
    ("instructseg", "vision_encoder", vit()),
    ("llava-1.5-7b", "vision_encoder", vit()),
    ("sam-vit-h", "vision_encoder", sam()),
    ("qwen2.5-vl-7b", "vision_encoder", qwen_vision()),
    ("instructseg", "language_model", language_model(INSTRUCTSEG)),
    ("llava-onevision-7b", "language_model", language_model(["projector.width"])),
    ("instructseg", "temporal_reasoning", perceiver("ovp")),
    ("instructseg", "vmtf", perceiver("vmtf")),
    ("swin-b", "mask_encoder", swin()),
    ("mask2former-swin-b", "pixel_decoder", mask2former()),
    ("mask2former-swin-b", "mask_decoder", mask2former()),
]


@st.composite
def queries(draw, model):
    if model in ("sam-vit-h", "swin-b", "mask2former-swin-b"):
        return {}
    query = {
        "keep": draw(st.sampled_from([0.1, 0.5, 1.0])),
        "text_tokens": draw(st.integers(0, 40)),
        "frames": draw(st.integers(1, 5)),
        "head": draw(st.sampled_from(["all", "last", "none"])),
    }
    return query | ({"layout": "ovp"} if model == "instructseg" else {})


@pytest.mark.parametrize(
    ("model", "part", "shapes"), PARTS, ids=[f"{model}-{part}" for model, part, _ in PARTS]
)
@settings(fuzzed, max_examples=max(10, fuzzed.max_examples // 20))
@given(data=st.data())
def test_a_module_of_any_shape_counts_as_torch_says_or_is_refused(
    bounded, model, part, shapes, data
):
    overrides = [f"{field}={value}" for field, value in data.draw(shapes).items()]
    query = data.draw(queries(model))
    with bounded():
        try:
            counted = count(model, accounting="architecture", overrides=overrides, **query)
            live = live_module(counted, part, "meta")
        except InputError:
            return
        module = counted.counted.modules(counted.work)[part]
        ops = module.part(*module.shapes)
        assert torch_macs(live.module, live.inputs) == macs(ops)
        assert sum(p.numel() for p in live.module.parameters()) == params(ops)
