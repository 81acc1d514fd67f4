"""Modules as they are run: all layers or a few, and the language model at gapped positions."""

from __future__ import annotations

import pytest
import torch

pytest.importorskip("transformers")

from evtp.core.errors import InputError
from evtp.flops import count
from evtp.flops.live.build import live_module
from evtp.flops.live.counting import torch_macs
from evtp.timing.device import Cpu
from evtp.timing.modules import build, inputs_of, module_of

SCALED = ("vision_encoder", "language_model", "pixel_decoder")


@pytest.fixture(scope="module")
def counted(plan):
    whole = plan()
    return whole.count(whole.settings[1], 0.5)


@pytest.mark.parametrize("name", SCALED)
def test_a_few_layers_scaled_are_the_cost_of_all(counted, name):
    """What the time is scaled by is right for the work, as torch's counter sees it."""
    built = build(counted, name, 1, Cpu(), torch.float32)
    inputs, passes = inputs_of(counted, name, Cpu(), torch.float32)
    some = torch_macs(built.module, inputs)
    seen = []

    class Bare(torch.nn.Module):
        def forward(self, *values):
            return built.without_layers(lambda: seen.append(built.module(*values)))()

    rest = torch_macs(Bare(), inputs)
    assert len(seen) == 1
    assert passes == 1
    layers = (some - rest) * built.layers / built.layers_run
    assert rest + layers == module_of(counted, name).macs


@pytest.mark.parametrize("name", SCALED)
def test_after_a_call_without_layers_they_are_back(counted, name):
    built = build(counted, name, 1, Cpu(), torch.float32)
    inputs, _ = inputs_of(counted, name, Cpu(), torch.float32)
    before = torch_macs(built.module, inputs)

    def broken():
        raise ArithmeticError

    with pytest.raises(ArithmeticError):
        built.without_layers(broken)()
    assert torch_macs(built.module, inputs) == before


def test_weights_that_did_not_run_are_known(counted):
    few = build(counted, "language_model", 1, Cpu(), torch.float32)
    all_ = live_module(counted, "language_model")
    weights = [sum(p.numel() for p in m.parameters()) for m in (all_.module, few.module)]
    assert few.bytes_left_out == 4 * (weights[0] - weights[1])


def test_more_weights_than_memory_are_refused_before_they_are_made(counted):
    class Full(Cpu):
        def free_bytes(self):
            return 1 << 10

    with pytest.raises(InputError, match="are free; give fewer"):
        build(counted, "language_model", None, Full(), torch.float32)


@pytest.fixture
def language_model(counted):
    torch.manual_seed(0)
    live = live_module(counted, "language_model", attention="sdpa")
    with torch.inference_mode():
        yield live.module, live.inputs[0]


def test_gaps_in_positions_hide_no_token(language_model):
    """A later token sees those before the gap: they are not taken for another sequence."""
    module, tokens = language_model
    n = tokens.shape[1]
    positions = torch.arange(n)[None] * 3
    changed = tokens.clone()
    changed[:, 0] *= -1
    assert not torch.allclose(module(tokens, positions)[:, -1], module(changed, positions)[:, -1])


def test_gaps_in_positions_change_the_answer_and_a_mere_shift_does_not(language_model):
    module, tokens = language_model
    plain = module(tokens)
    steps = torch.arange(tokens.shape[1])[None]
    assert torch.allclose(plain, module(tokens, steps + 7), atol=1e-4)
    assert not torch.allclose(plain, module(tokens, steps * 3), atol=1e-4)


def test_a_token_never_sees_a_later_one(language_model):
    module, tokens = language_model
    changed = tokens.clone()
    changed[:, -1] *= -1
    assert torch.allclose(module(tokens)[:, :-1], module(changed)[:, :-1], atol=1e-5)


def test_fused_attention_gives_what_the_counted_products_give(counted):
    torch.manual_seed(0)
    plain = live_module(counted, "language_model")
    torch.manual_seed(0)
    fused = live_module(counted, "language_model", attention="sdpa")
    with torch.inference_mode():
        answers = [live.module(plain.inputs[0]) for live in (plain, fused)]
    assert torch.allclose(*answers, atol=1e-4)


def test_any_models_language_model_is_built_from_its_file():
    llava = count(
        "llava-1.5-7b",
        dataset="refcoco",
        overrides=(
            *("language_model.width=64", "language_model.heads=4", "language_model.kv_heads=4"),
            *("language_model.ffn_width=96", "projector.width=64"),
        ),
    )
    built = build(llava, "language_model", 2, Cpu(), torch.bfloat16)
    inputs, _ = inputs_of(llava, "language_model", Cpu(), torch.bfloat16)
    with torch.inference_mode():
        logits = built.module(*inputs)
    assert (built.layers, built.layers_run) == (32, 2)
    assert logits.shape == (1, 1, 32000)  # the head, at the last position
    assert logits.dtype == torch.bfloat16
