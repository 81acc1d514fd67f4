"""One prompt in every convention, and the way from one figure to another."""

from fractions import Fraction
from math import prod

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evtp.core.errors import InputError
from evtp.flops import count
from evtp.flops.conventions import CONVENTIONS
from evtp.flops.explain import explain, recipe

SHARED = {"model": "llava-1.5-7b", "frames": 1, "text_tokens": 36, "keep": 1.0, "prune_at": (0,)}


@pytest.mark.parametrize(
    ("convention", "text", "figure"),
    [
        ("fastv", 36, 0.0993e12),
        ("divprune", 36, 3.18e12),
        ("pyramiddrop", 36, 3.82e12),
        ("llm-viewer", 64, 8.5e12),
        ("llm-viewer", 120, 9.3e12),
    ],
)
def test_the_figures_of_the_literature_for_one_prompt(convention, text, figure):
    ours = count("llava-1.5-7b", text_tokens=text, convention=convention)
    assert ours.cost == pytest.approx(figure, rel=0.01)
    assert ours.accounting == "decoder"


def test_a_flop_is_half_a_multiply_accumulate():
    in_macs, in_flops = (count(dataset="revos", convention=c) for c in ("mac", "flop"))
    assert in_flops.cost == 2 * in_macs.cost
    assert in_flops.total == in_macs.total


def test_a_decoder_convention_does_not_go_with_another_accounting():
    with pytest.raises(InputError, match="--accounting decoder"):
        count(accounting="paper", convention="fastv")


names = st.sampled_from([*CONVENTIONS, "decoder", "architecture"])
fields = st.fixed_dictionaries(
    {},
    optional={
        "text_tokens": st.integers(1, 200),
        "visual_tokens": st.integers(1, 3000),
        "frames": st.integers(1, 8),
        "keep": st.sampled_from(["10%", "0.5", "1.0"]),
        "prune_at": st.integers(0, 27),
        "model": st.sampled_from(["llava-1.5-13b", "qwen2.5-vl-7b"]),
    },
)


def written(name, values):
    return f"{name}:" + ",".join(f"{key}={value}" for key, value in values.items())


@settings(max_examples=60, deadline=None)
@given(names, fields, names, fields)
def test_the_factors_multiply_to_exactly_the_ratio(a, a_fields, b, b_fields):
    first, second = recipe(written(a, a_fields), **SHARED), recipe(written(b, b_fields), **SHARED)
    steps = list(explain(first, second))
    assert prod((step.factor for step in steps), start=Fraction(1)) == second.cost() / first.cost()
    if steps:
        assert steps[-1].cost == second.cost()


def test_the_step_between_accountings_is_taken_module_by_module():
    shared = {**SHARED, "model": "instructseg", "frames": 4, "text_tokens": 25}
    first, second = (recipe(name, **shared) for name in ("paper", "architecture"))
    changes = [step.change for step in explain(first, second)]
    assert any(change.startswith("mask encoder: 0.0 →") for change in changes)
    assert any(change.startswith("vision encoder:") for change in changes)


@pytest.mark.parametrize(
    ("a", "b"),
    [
        ("fastv:model=llava-1.5-7b,prune_at=30", "divprune:model=qwen2.5-vl-7b,prune_at=5"),
        ("paper:model=instructseg", "fastv:model=llava-1.5-7b"),
        ("fastv:model=llava-1.5-7b", "paper:model=instructseg"),
    ],
)
def test_no_step_on_the_way_is_impossible_where_both_ends_are_possible(a, b):
    first, second = (recipe(text, **{**SHARED, "frames": 4}) for text in (a, b))
    factors = (step.factor for step in explain(first, second))
    assert prod(factors, start=Fraction(1)) == second.cost() / first.cost()


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("fastvv", "figure"),
        ("fastv:kep=0.1", "figure"),
        ("fastv:keep=2.0", "keep"),
        ("fastv:text_tokens=many", "text_tokens"),
        ("fastv:unit=TOP", "unit"),
        ("paper:model=instructseg,prune_at=2", "prune_at"),
    ],
)
def test_a_bad_recipe_is_refused_by_name(text, name):
    with pytest.raises(InputError) as caught:
        recipe(text, **SHARED)
    assert caught.value.name == name
