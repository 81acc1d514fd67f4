"""The accounting `architecture`, by hand and by its invariants."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evtp.core.errors import InputError
from evtp.flops import count, model_names
from evtp.flops.ops import Pointwise, params


def architecture(model="instructseg", **query):
    return count(model, accounting="architecture", **query)


def test_the_language_model_by_hand():
    n = 73 + 15 + 56 + 100
    counted = architecture(dataset="refcoco", keep=0.1, head="all")
    assert counted.sequence_length == n
    layers = 32 * (4 * n * 2560**2 + 2 * n**2 * 2560 + 2 * n * 2560 * 10240)
    assert counted.by_module["language_model"] == layers + n * 2560 * 51200


@pytest.mark.parametrize(("head", "positions"), [("all", 244), ("last", 1), ("none", 0)])
def test_the_head_is_computed_where_it_is_asked_for(head, positions):
    without = architecture(dataset="refcoco", keep=0.1, head="none").total
    counted = architecture(dataset="refcoco", keep=0.1, head=head).total
    assert counted - without == positions * 2560 * 51200


def test_grouped_queries_make_narrower_keys():
    n, d, kv, m = 10, 3584, 4 * 128, 18944
    counted = architecture("qwen2.5-vl-7b", text_tokens=n - 1, visual_tokens=1, head="none")
    layer = 2 * n * d * d + 2 * n * d * kv + 2 * n * n * d + 3 * n * d * m
    assert counted.by_module["language_model"] == 28 * layer


def test_every_frame_is_encoded_in_the_concat_layout():
    one = architecture(dataset="refcoco").by_module["vision_encoder"]
    assert architecture(dataset="revos").by_module["vision_encoder"] == 4 * one


def test_the_ovp_layout_encodes_the_key_frame_and_every_reference():
    one = architecture(dataset="refcoco").by_module["vision_encoder"]
    assert architecture(dataset="revos", layout="ovp").by_module["vision_encoder"] == 5 * one
    # A single image is its own reference.
    assert architecture(dataset="refcoco", layout="ovp").by_module["vision_encoder"] == 2 * one


def test_in_the_ovp_layout_references_enter_as_latents():
    counted = architecture(dataset="revos", keep=0.1, layout="ovp")
    assert counted.sequence_length == 73 + 4 * 128 + 25 + 56 + 100


def test_pruning_touches_no_reference_that_the_perceiver_reads():
    full, pruned = (architecture(dataset="revos", keep=k, layout="ovp") for k in (1.0, 0.1))
    assert full.by_module["temporal_reasoning"] == pruned.by_module["temporal_reasoning"]


def test_norms_and_softmax_are_never_in_the_products():
    counted = architecture(dataset="revos", keep=0.1)
    for ops in counted.counted.ops(counted.work).values():
        assert all(op.macs == 0 for op in ops if isinstance(op, Pointwise))
    elementwise = counted.counted.elementwise_by_module(counted.work)
    assert elementwise["vision_encoder"] > 0
    assert elementwise.keys() == counted.by_module.keys()


@pytest.mark.parametrize(
    ("model", "part", "parameters"),
    [
        ("phi-2", "language_model", 2_779_683_840),
        ("llava-1.5-7b", "language_model", 6_738_415_616),
        ("llava-1.5-13b", "language_model", 13_015_864_320),
        ("qwen2.5-vl-7b", "language_model", 7_615_616_512),
        ("swin-b", "mask_encoder", 87_903_584),
    ],
)
def test_parameters_are_those_of_the_released_weights(model, part, parameters):
    counted = architecture(model, text_tokens=1)
    assert params(counted.counted.ops(counted.work)[part]) == parameters


@given(
    keep=st.integers(1, 728),
    frames=st.integers(1, 8),
    text=st.integers(0, 200),
    layout=st.sampled_from(["concat", "ovp"]),
)
def test_no_pruning_saves_more_than_the_limit(keep, frames, text, layout):
    query = {"frames": frames, "text_tokens": text, "layout": layout}
    counted = architecture(keep=keep, **query)
    assert counted.reduction < counted.reduction_limit < 1
    assert counted.total == sum(counted.by_module.values())
    assert counted.full.work.kept == 729


@given(layers=st.integers(1, 31), keep=st.integers(1, 575))
def test_pruning_later_saves_less(layers, keep):
    early, late = (
        count("llava-1.5-7b", text_tokens=36, keep=keep, prune_at=at, convention="divprune").total
        for at in (layers - 1, layers)
    )
    assert early < late


def test_steps_keep_their_ratio_of_what_is_left():
    counted = count("llava-1.5-7b", keep=0.5, prune_at=(8, 16, 24), convention="pyramiddrop")
    assert counted.work.stages == (288, 144, 72)
    assert counted.equivalent_tokens == (576 + 288 + 144 + 72) * 8 / 32


def test_the_projector_sees_what_the_first_step_leaves():
    steps = architecture("llava-1.5-7b", keep=0.5, prune_at=(0, 16)).by_module["projector"]
    once = architecture("llava-1.5-7b", keep=0.5).by_module["projector"]
    late = architecture("llava-1.5-7b", keep=0.5, prune_at=16).by_module["projector"]
    assert steps == once == late // 2


@pytest.mark.parametrize(
    ("query", "name"),
    [
        ({"prune_at": 32}, "prune_at"),
        ({"prune_at": (8, 4)}, "prune_at"),
        ({"prune_at": (8, 16), "keep": 73}, "keep"),
        ({"layout": "ovp", "model": "llava-1.5-7b"}, "layout"),
        ({"layout": "concta"}, "layout"),
        ({"head": "first"}, "head"),
        ({"method": "kcentre"}, "method"),
        ({"model": "swin-b", "keep": 0.5}, "keep"),
    ],
    ids=str,
)
def test_bad_choices_are_refused_by_name(query, name):
    with pytest.raises(InputError) as caught:
        architecture(**query)
    assert caught.value.name == name


@pytest.mark.parametrize("option", [{"layout": "ovp"}, {"head": "all"}, {"method": "tome"}])
def test_an_option_of_another_accounting_is_refused_not_ignored(option):
    with pytest.raises(InputError, match="architecture"):
        count(accounting="paper", **option)


@pytest.mark.parametrize("model", model_names())
def test_every_model_that_ships_can_be_counted(model):
    counted = architecture(model, text_tokens=10)
    assert counted.total > 10**9
    assert all(type(macs) is int for macs in counted.by_module.values())
