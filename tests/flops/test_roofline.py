"""Bytes and bounds, by hand."""

import pytest

from evtp.core.errors import InputError
from evtp.flops import count
from evtp.flops.roofline import BITS, bounds, devices, find_device


def found(model="llava-1.5-7b", dtype="float16", device="a100-80gb", **query):
    counted = count(model, accounting="architecture", **{"text_tokens": 24, **query})
    return {(b.phase, b.module): b for b in bounds(counted, find_device(device), dtype)}


def test_the_cache_holds_two_widths_a_token_and_layer():
    assert found("phi-2", text_tokens=1)["prefill", "total"].kv_cache_bytes == 327_680
    assert found()["prefill", "total"].kv_cache_bytes == 600 * 2 * 32 * 4096 * 2
    grouped = found("qwen2.5-vl-7b")["prefill", "total"]
    assert grouped.kv_cache_bytes == 600 * 2 * 28 * 4 * 128 * 2


def test_pruning_inside_the_model_leaves_the_cache_of_early_layers():
    pruned = found(keep=0.5, prune_at=2)["prefill", "total"]
    assert pruned.kv_cache_bytes == (2 * 600 + 30 * 312) * 2 * 4096 * 2


@pytest.mark.parametrize("dtype", BITS)
def test_weights_take_their_bits(dtype):
    bound = found("phi-2", dtype=dtype)["prefill", "language_model"]
    assert bound.weight_bytes == 2_779_683_840 * BITS[dtype] // 8


def test_decoding_is_limited_by_memory_and_prefill_by_compute():
    bound = found()
    assert bound["decode", "language_model"].limited_by == "memory"
    assert bound["prefill", "language_model"].limited_by == "compute"


def test_a_decode_step_takes_at_least_as_long_as_reading_the_weights():
    bound = found()["decode", "language_model"]
    table = 32000 * 4096  # the embeddings are looked into, not read through
    assert bound.bound_seconds >= (6_738_415_616 - table) * 2 / 2039e9 * 0.999


@pytest.mark.parametrize("device", devices())
def test_the_bound_is_never_below_either_roof(device):
    for bound in found(device=device).values():
        assert bound.bound_seconds >= max(bound.compute_seconds, bound.memory_seconds) * 0.999999


@pytest.mark.parametrize(
    ("option", "name"), [({"dtype": "fp7"}, "dtype"), ({"device": "h1000"}, "device")]
)
def test_unknown_names_are_refused(option, name):
    with pytest.raises(InputError) as caught:
        found(**option)
    assert caught.value.name == name


def test_the_papers_accounting_does_not_say_what_is_moved():
    with pytest.raises(InputError, match="architecture"):
        bounds(count(dataset="revos"), find_device("h100"), "bfloat16")


@pytest.mark.parametrize("tied", ["true", "false"])
def test_intensity_is_of_the_bytes_that_the_time_is_bound_by(tied):
    counted = count(
        "llava-1.5-7b",
        text_tokens=40,
        keep=0.1,
        overrides=[f"language_model.tied_head={tied}"],
    )
    device = find_device("a100-80gb")
    for bound in bounds(counted, device, "bfloat16"):
        assert bound.traffic_bytes == pytest.approx(bound.memory_seconds * device.bandwidth)
        if bound.macs:
            assert bound.intensity == pytest.approx(2 * bound.macs / bound.traffic_bytes)
            # Both roofs meet where intensity is peak over bandwidth.
            limited = "compute" if bound.intensity >= device.peak / device.bandwidth else "memory"
            assert bound.limited_by == limited
