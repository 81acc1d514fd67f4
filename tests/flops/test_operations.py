"""The operations that a count lists are the ones it adds up."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evtp.core.errors import InputError
from evtp.flops import count, model_names
from evtp.flops.conventions import CONVENTIONS
from evtp.flops.operations import operations


def sums(counted):
    macs = dict.fromkeys(counted.by_module, 0)
    for operation in operations(counted):
        macs[operation.module] += operation.macs
    return macs


@pytest.mark.parametrize("model", model_names())
@pytest.mark.parametrize("accounting", ["architecture", "decoder", "paper"])
def test_the_sums_are_those_of_the_count(model, accounting):
    try:
        counted = count(model, text_tokens=21, accounting=accounting)
    except InputError:
        return  # the accounting does not cover the model
    assert sums(counted) == counted.by_module


@given(
    convention=st.sampled_from(sorted(CONVENTIONS)),
    keep=st.sampled_from([0.05, 0.5, 1.0]),
    prune_at=st.sampled_from([(0,), (2,), (8, 16, 24)]),
    text=st.integers(0, 99),
    frames=st.integers(1, 4),
)
def test_the_sums_hold_in_every_convention_and_placement(convention, keep, prune_at, text, frames):
    counted = count(
        "llava-1.5-7b",
        convention=convention,
        keep=keep,
        prune_at=prune_at,
        text_tokens=text,
        frames=frames,
    )
    assert sums(counted) == counted.by_module
    for operation in operations(counted):
        if operation.repeated is not None:
            repeated, m, k, n = operation[2:6]
            assert operation.macs == repeated * m * k * n


@pytest.mark.parametrize("method", ["evtp", "divprune", "vispruner", "tome", "dpp"])
@pytest.mark.parametrize("layout", ["concat", "ovp"])
def test_elementwise_work_and_passes_are_listed_too(method, layout):
    counted = count(
        dataset="revos", keep=0.1, accounting="architecture", method=method, layout=layout
    )
    beside = counted.counted.elementwise_by_module(counted.work)
    listed = dict.fromkeys(beside, 0)
    for operation in operations(counted):
        listed[operation.module] += operation.elementwise
    assert sums(counted) == counted.by_module
    assert listed == beside


def test_a_layer_of_the_language_model_by_hand():
    counted = count("llava-1.5-7b", text_tokens=36, accounting="architecture", keep=0.5)
    found = {o.operation: o for o in operations(counted, "language_model")}
    n = 288 + 36
    assert found["ffn.up"][2:6] == (32, n, 4096, 11008)
    assert found["attention.scores"][2:6] == (32 * 32, n, 128, n)
    assert found["attention.values"][2:6] == (32 * 32, n, n, 128)
    assert found["head"][2:6] == (1, 1, 4096, 32000)
    assert found["norm"].repeated is None
    assert found["norm"].elementwise == 4 * 32 * 2 * n * 4096


def test_a_module_that_is_not_counted_is_refused_with_those_that_are():
    with pytest.raises(InputError, match="did you mean language_model"):
        list(operations(count(dataset="revos"), "language_modell"))
