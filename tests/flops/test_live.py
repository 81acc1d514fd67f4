"""The closed forms against live counting, and the traps that counters set."""

from importlib.resources import files

import pytest
import torch
from torch import nn

pytest.importorskip("transformers")

from evtp.core.errors import InputError
from evtp.flops import count
from evtp.flops.live.build import live_builders, live_module
from evtp.flops.live.counting import fvcore_macs, torch_macs
from evtp.flops.live.verify import thin_overrides, verify
from evtp.flops.ops import macs, params

LIGHT = [
    ("instructseg", "concat"),
    ("instructseg", "ovp"),
    ("llava-1.5-7b", "concat"),
    ("qwen2.5-vl-7b", "concat"),
    ("swin-b", "concat"),
    ("mask2former-swin-b", "concat"),
    ("sam-vit-h", "concat"),
]


@pytest.mark.slow
@pytest.mark.parametrize(("model", "layout"), LIGHT)
def test_thin_models_agree_with_torchs_counter_module_by_module(model, layout):
    query = {"dataset": "revos", "accounting": "architecture", "layout": layout}
    thin = count(model, **query, overrides=thin_overrides(count(model, **query)))
    for name in live_builders(thin):
        live = live_module(thin, name, "meta")
        module = thin.counted.modules(thin.work)[name]
        once = module.part(*module.shapes)
        assert torch_macs(live.module, live.inputs) == macs(once), name
        assert sum(p.numel() for p in live.module.parameters()) == params(once), name


@pytest.fixture
def lisa(tmp_path):
    """LLaVA-1.5-7B with SAM beside it, as a user's own file."""
    folder = files("evtp.flops").joinpath("models")
    llava, sam = (
        folder.joinpath(f"{name}.toml").read_text("utf-8") for name in ("llava-1.5-7b", "sam-vit-h")
    )
    table = sam[sam.index("[vision_encoder]") :].replace("vision_encoder", "mask_encoder")
    path = tmp_path / "lisa.toml"
    path.write_text(f"{llava}\n{table}\n{SAM_DECODER}", encoding="utf-8")
    return str(path)


SAM_DECODER = """
[mask_decoder]
kind = "sam"
layers = 2
width = 256
heads = 8
ffn_width = 2048
masks = 4
prompts = 1
prompt_width = 4096
"""


@pytest.mark.parametrize("name", ["mask_encoder", "mask_decoder"])
def test_sams_two_halves_agree_with_both_counters_when_thin(lisa, name):
    query = {"text_tokens": 9, "accounting": "architecture"}
    thin = count(lisa, **query, overrides=thin_overrides(count(lisa, **query)))
    live, small = live_module(thin, name, "meta"), live_module(thin, name)
    closed = thin.by_module[name]
    assert torch_macs(live.module, live.inputs) == closed
    assert fvcore_macs(small.module, small.inputs) == (closed, {})
    assert sum(p.numel() for p in live.module.parameters()) == params(
        thin.counted.ops(thin.work)[name]
    )
    assert live.passes == 1


@pytest.mark.parametrize("change", ["prompts=3", "masks=2", "layers=1", "prompt_width=0"])
def test_sams_mask_decoder_agrees_at_other_shapes(lisa, change):
    counted = count(lisa, accounting="architecture", overrides=[f"mask_decoder.{change}"])
    live = live_module(counted, "mask_decoder", "meta")
    assert torch_macs(live.module, live.inputs) == counted.by_module["mask_decoder"]
    parameters = params(counted.counted.ops(counted.work)["mask_decoder"])
    assert sum(p.numel() for p in live.module.parameters()) == parameters


@pytest.mark.slow
def test_a_lisa_like_model_agrees_with_both_counters_at_full_size(lisa):
    found = {c.module: c for c in verify(count(lisa, dataset="refcoco", keep=0.1))}
    assert set(found) == {
        "vision_encoder", "projector", "language_model", "mask_encoder", "mask_decoder",
    }  # fmt: skip
    assert all(comparison.agrees for comparison in found.values())
    assert found["mask_encoder"].closed == count("sam-vit-h").total


def test_global_layers_that_do_not_divide_the_layers_are_still_as_many(lisa):
    changes = ("layers=10", "global_layers=4", "image=320", "width=64", "heads=4")
    query = {"accounting": "architecture", "overrides": [f"mask_encoder.{c}" for c in changes]}
    counted = count(lisa, **query)
    live = live_module(counted, "mask_encoder", "meta")
    assert torch_macs(live.module, live.inputs) == counted.by_module["mask_encoder"]


@pytest.mark.slow
@pytest.mark.parametrize("layout", ["concat", "ovp"])
def test_instructseg_agrees_with_both_counters_at_full_size(layout):
    query = {"accounting": "architecture", "layout": layout, "head": "all"}
    found = list(verify(count("instructseg", dataset="revos", keep=0.1, **query)))
    assert {c.module for c in found} == {
        "vision_encoder", "projector", "temporal_reasoning", "language_model", "vmtf",
        "mask_encoder", "pixel_decoder", "mask_decoder",
    }  # fmt: skip
    for comparison in found:
        assert comparison.agrees, comparison
        assert comparison.unknown == {}


@pytest.mark.slow
def test_more_tokens_than_the_thin_variant_has_can_be_kept():
    wide = count("llava-1.5-7b", keep=64)
    found = {c.module: c for c in verify(wide)}
    assert found["language_model"].closed == wide.by_module["language_model"]
    assert found["language_model"].agrees


@pytest.mark.slow
@pytest.mark.parametrize(
    "model",
    [
        "llava-1.5-7b",
        "qwen2.5-vl-7b",
        "qwen2-vl-7b",
        "swin-b",
        "mask2former-swin-b",
        "sam-vit-h",
        "clip-l-336",
    ],
)
def test_other_models_agree_with_both_counters(model):
    for comparison in verify(count(model, dataset="revos", accounting="architecture")):
        assert comparison.agrees, comparison
        assert comparison.unknown == {}


@pytest.mark.parametrize("head", ["all", "last", "none"])
def test_the_head_is_run_where_it_is_counted(head):
    query = {"text_tokens": 9, "keep": 5, "accounting": "architecture", "head": head}
    thin = count("llava-1.5-7b", **query, overrides=thin_overrides(count("llava-1.5-7b", **query)))
    live = live_module(thin, "language_model", "meta")
    assert torch_macs(live.module, live.inputs) == thin.by_module["language_model"]


class Fused(nn.Module):
    def forward(self, x):
        return nn.functional.scaled_dot_product_attention(x, x, x)


def test_a_tied_head_has_no_weights_of_its_own():
    import transformers

    shapes = {
        "layers": ("num_hidden_layers", 28),
        "width": ("hidden_size", 1536),
        "heads": ("num_attention_heads", 12),
        "kv_heads": ("num_key_value_heads", 2),
        "ffn_width": ("intermediate_size", 8960),
        "vocabulary": ("vocab_size", 151936),
    }
    config = transformers.Qwen2Config(**dict(shapes.values()), tie_word_embeddings=True)
    with torch.device("meta"):
        whole = transformers.Qwen2ForCausalLM(config)
    qwen2 = [f"language_model.{field}={value}" for field, (_, value) in shapes.items()]
    tied = count(
        "llava-onevision-7b",
        text_tokens=9,
        visual_tokens=4,
        overrides=[*qwen2, "projector.width=1536", "language_model.tied_head=true"],
    )
    ops = tied.counted.ops(tied.work)["language_model"]
    live = live_module(tied, "language_model", "meta").module
    assert params(ops) == whole.num_parameters() == 1_543_714_304
    assert sum(p.numel() for p in live.parameters()) == 1_543_714_304
    assert ops[-1].macs == 1536 * 151936  # the product is computed all the same


def test_fused_attention_is_not_counted_as_nothing():
    x = torch.randn(1, 2, 10, 8)
    expected = 2 * (2 * 10 * 10 * 8)
    assert torch_macs(Fused(), (x,)) == expected


def test_fused_attention_is_reported_where_a_counter_drops_it():
    seen, unknown = fvcore_macs(Fused(), (torch.randn(1, 2, 10, 8),))
    assert seen == 0
    assert unknown == {"scaled_dot_product_attention": 1}


def test_multi_head_attention_of_torch_is_counted_whole():
    attention = nn.MultiheadAttention(16, 4, batch_first=True).eval()
    x, n, d = torch.randn(1, 10, 16), 10, 16
    expected = 4 * n * d * d + 2 * n * n * d
    assert torch_macs(attention, (x, x, x)) == expected


def test_a_multiply_accumulate_counts_as_one():
    layer, x = nn.Linear(3, 5), torch.randn(2, 3)
    assert torch_macs(layer, (x,)) == fvcore_macs(layer, (x,))[0] == 2 * 3 * 5


def test_a_convolution_with_named_padding_is_counted():
    layer, x = nn.Conv2d(3, 8, 4, stride=4, padding="valid"), torch.randn(1, 3, 8, 8)
    assert torch_macs(layer, (x,)) == fvcore_macs(layer, (x,))[0] == 4 * 48 * 8


def test_an_einsum_is_counted_to_the_last_digit():
    class Einsum(nn.Module):
        def forward(self, a, b):
            return torch.einsum("bqc,bchw->bqhw", a, b)

    inputs = (torch.randn(1, 101, 257), torch.randn(1, 257, 13, 17))
    assert fvcore_macs(Einsum(), inputs)[0] == torch_macs(Einsum(), inputs) == 101 * 257 * 13 * 17


def test_norms_are_left_out_of_fvcores_total():
    norm, x = nn.LayerNorm(16), torch.randn(4, 16)
    assert fvcore_macs(norm, (x,)) == (0, {})


def test_counting_twice_gives_the_same():
    layer, x = nn.Linear(3, 5), torch.randn(2, 3)
    assert torch_macs(layer, (x,)) == torch_macs(layer, (x,))


def test_modules_run_with_random_weights():
    query = {"dataset": "refcoco", "keep": 5, "accounting": "architecture", "layout": "ovp"}
    thin = count(**query, overrides=thin_overrides(count(**query)))
    for name in ("projector", "temporal_reasoning", "vmtf", "mask_decoder"):
        live = live_module(thin, name)
        with torch.no_grad():
            out = live.module(*live.inputs)
        for tensor in out if isinstance(out, tuple) else (out,):
            assert torch.isfinite(tensor).all(), name


@pytest.mark.parametrize(
    ("query", "name"),
    [
        ({"accounting": "paper"}, "accounting"),
        ({"accounting": "architecture", "prune_at": 2}, "prune_at"),
    ],
)
def test_what_cannot_be_built_is_refused(query, name):
    with pytest.raises(InputError) as caught:
        live_builders(count(**query))
    assert caught.value.name == name


@pytest.mark.slow
def test_verify_fails_on_a_dropped_operator_only_when_strict(monkeypatch):
    from typer.testing import CliRunner

    from evtp.cli.main import app
    from evtp.flops.live import counting

    line = ["flops", "verify", "--model", "swin-b", "--format", "json"]
    line += ["--set", "mask_encoder.depths=[1, 1, 1, 1]"]
    assert CliRunner().invoke(app, [*line, "--strict"]).exit_code == 0
    monkeypatch.setattr(counting, "HARMLESS", frozenset())
    lenient, strict = (CliRunner().invoke(app, [*line, *more]) for more in ([], ["--strict"]))
    assert lenient.exit_code == 0
    assert "softmax" in lenient.stdout
    assert strict.exit_code == 1
    assert "mask_encoder" in strict.stderr
