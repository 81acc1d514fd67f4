"""What the classes of transformers can be built as: a part as it is described, or a refusal."""

from itertools import product

import pytest

pytest.importorskip("transformers")

from evtp.core.errors import InputError
from evtp.flops import count
from evtp.flops.live.build import live_module
from evtp.flops.live.counting import torch_macs
from evtp.flops.live.verify import thin_overrides
from evtp.flops.ops import macs, params

pytestmark = pytest.mark.slow

CHOICES = {
    "language_model": {
        "norm": ["layer_norm", "rms_norm"],
        "norms_per_layer": [1, 2],
        "ffn_matrices": [2, 3],
        "attention_bias": ["all", "qkv", "none"],
        "ffn_bias": ["true", "false"],
        "head_bias": ["true", "false"],
    },
    "vision_encoder": {
        name: ["true", "false"]
        for name in ("class_token", "input_norm", "output_norm", "patch_bias", "pooling_head")
    },
    "mask_encoder": {"map_norms": ["true", "false"], "classes": [0, 7]},
    "pixel_decoder": {"points": [1, 4, 8]},
}
BUILT = {"language_model": 12, "vision_encoder": 3, "mask_encoder": 3, "pixel_decoder": 1}
"""Phi, Qwen2, and LLaMA with and without biases, each head; CLIP, SigLIP with and without its
pooling head; Swin as a backbone, and as a classifier of 7 or no classes; the pixel
decoder of 4 points."""


@pytest.mark.parametrize("part", CHOICES)
def test_a_part_is_built_as_it_is_described_or_refused(part):
    query = {"dataset": "refcoco", "keep": 5, "accounting": "architecture"}
    small = thin_overrides(count(**query))
    names, built = CHOICES[part], 0
    for values in product(*names.values()):
        asked = [f"{part}.{name}={value}" for name, value in zip(names, values, strict=True)]
        counted = count(**query, overrides=[*small, *asked])
        try:
            live = live_module(counted, part, "meta")
        except InputError as error:
            assert f"model instructseg: {part} is no " in str(error), asked  # noqa: PT017 - most are built
            continue
        built += 1
        agrees(counted, part, live)
    assert built == BUILT[part]


def agrees(counted, part, live):
    module = counted.counted.modules(counted.work)[part]
    ops = module.part(*module.shapes)
    assert sum(p.numel() for p in live.module.parameters()) == params(ops)
    assert torch_macs(live.module, live.inputs) == macs(ops)


@pytest.mark.parametrize("width", range(2, 131, 8))
@pytest.mark.parametrize("model", ["instructseg", "llava-1.5-7b"])
def test_heads_of_any_even_width_agree(model, width):
    query = {"text_tokens": 3, "keep": 5, "accounting": "architecture"}
    counted = count(model, **query)
    heads = counted.counted.model.language_model.heads
    small = [one.replace(f"={20 * heads}", f"={width * heads}") for one in thin_overrides(counted)]
    thin = count(model, **query, overrides=small)
    agrees(thin, "language_model", live_module(thin, "language_model", "meta"))


def test_heads_of_odd_width_are_refused():
    query = {"text_tokens": 3, "keep": 5, "accounting": "architecture"}
    odd = ["language_model.heads=2", "language_model.kv_heads=2", "language_model.width=10"]
    counted = count("llava-1.5-7b", **query, overrides=[*odd, "projector.width=10"])
    with pytest.raises(InputError, match="heads of 5, which rotary positions cannot halve"):
        live_module(counted, "language_model", "meta")


@pytest.mark.parametrize(("side", "built"), [(384, True), (383, True), (352, False)])
def test_a_swin_whose_maps_are_smaller_than_its_window_is_refused(side, built):
    sizes = [f"mask_encoder.{name}={side}" for name in ("height", "width")]
    counted = count("swin-b", accounting="architecture", overrides=sizes)
    if built:
        agrees(counted, "mask_encoder", live_module(counted, "mask_encoder", "meta"))
        return
    with pytest.raises(InputError, match="map of 11 x 11, smaller than its window of 12"):
        live_module(counted, "mask_encoder", "meta")


@pytest.mark.parametrize(("width", "built"), [(96, True), (100, False)])
def test_a_pixel_decoder_whose_width_has_no_32_groups_is_refused(width, built):
    widths = [f"{part}.width={width}" for part in ("pixel_decoder", "mask_decoder")]
    heads = ["pixel_decoder.heads=2", "mask_decoder.heads=2"]
    counted = count("mask2former-swin-b", accounting="architecture", overrides=[*widths, *heads])
    if built:
        agrees(counted, "pixel_decoder", live_module(counted, "pixel_decoder", "meta"))
        return
    with pytest.raises(InputError, match="width of 100, which its norms cannot divide into 32"):
        live_module(counted, "pixel_decoder", "meta")


def test_a_qwen_tower_whose_heads_rotary_positions_cannot_quarter_is_refused():
    query = {"text_tokens": 3, "accounting": "architecture"}
    for width, built in ((8, True), (6, False)):
        sizes = [f"vision_encoder.width={16 * width}", "vision_encoder.layers=4"]
        counted = count("qwen2.5-vl-7b", **query, overrides=sizes)
        if built:
            agrees(counted, "vision_encoder", live_module(counted, "vision_encoder", "meta"))
            continue
        with pytest.raises(InputError, match="heads of 6, which rotary positions of rows"):
            live_module(counted, "vision_encoder", "meta")
