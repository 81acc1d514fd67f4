"""One prompt in every convention, and the way from one figure to another."""

import re
from fractions import Fraction
from importlib.resources import files
from math import prod

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evtp.core.errors import InputError
from evtp.flops import count
from evtp.flops.conventions import CONVENTIONS
from evtp.flops.explain import explain
from evtp.flops.recipe import FIELDS, recipe

SHARED = {"model": "llava-1.5-7b", "frames": 1, "text_tokens": 36, "keep": 1.0, "prune_at": (0,)}


@pytest.mark.parametrize(
    ("convention", "text", "figure"),
    [
        ("fastv", 36, 0.0993e12),
        ("pyramiddrop", 36, 3.82e12),
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
    assert "mask encoder, GMAC: 0.0 → 362.2" in changes
    assert any(change.startswith("vision encoder, GMAC:") for change in changes)
    assert changes[-2:] == [
        "positions of the head: all → none",
        "fixed tokens: 56 → 156",
    ] or changes[:2] == [
        "fixed tokens: 56 → 156",
        "positions of the head: all → none",
    ]


@pytest.mark.parametrize(
    ("a", "b"),
    [
        ("fastv:model=llava-1.5-7b,prune_at=30", "divprune:model=qwen2.5-vl-7b,prune_at=5"),
        ("paper:model=instructseg", "fastv:model=llava-1.5-7b"),
        ("fastv:model=llava-1.5-7b", "paper:model=instructseg"),
        ("architecture:model=llava-1.5-7b,prune_at=31", "paper:model=instructseg"),
        ("fastv:keep=0.5,prune_at=8+16", "divprune:keep=100"),
        ("fastv:keep=100", "divprune:keep=0.5,prune_at=8+16"),
        ("fastv:keep=500", "divprune:keep=50,visual_tokens=60"),
    ],
)
def test_no_step_on_the_way_is_impossible_where_both_ends_are_possible(a, b):
    first, second = (recipe(text, **{**SHARED, "frames": 4}) for text in (a, b))
    factors = (step.factor for step in explain(first, second))
    assert prod(factors, start=Fraction(1)) == second.cost() / first.cost()


def counted(name, model, **query):
    if name in CONVENTIONS:
        return count(model, convention=name, **query).cost
    return count(model, accounting=name, **query).cost


@pytest.mark.parametrize("name", [*CONVENTIONS, "decoder", "architecture", "paper"])
@pytest.mark.parametrize("model", ["llava-1.5-7b", "qwen2.5-vl-7b", "instructseg"])
@pytest.mark.parametrize("keep", [1.0, 0.1])
def test_a_figure_starts_where_evtp_flops_counts_it(name, model, keep):
    if name == "paper" and model != "instructseg":
        return
    query = {"frames": 4, "text_tokens": 25, "keep": keep}
    assert float(recipe(name, **{**SHARED, **query, "model": model}).cost()) == pytest.approx(
        counted(name, model, **query), rel=1e-15
    )


def changes_of(a, b, **query):
    first, second = (recipe(text, **{**SHARED, **query}) for text in (a, b))
    return [step.change.split(":")[0] for step in explain(first, second)]


def test_layers_and_unit_come_first_and_modules_last():
    assert changes_of("fastv", "architecture:unit=FLOP,model=qwen2.5-vl-7b", keep=0.5) == [
        "layers", "unit", "model", "FFN matrices", "heads of keys and values",
        "positions of the head", "vision encoder, GFLOP", "token pruning, GFLOP",
    ]  # fmt: skip


def test_each_step_says_the_unit_of_its_figure():
    there, back = (
        list(explain(*(recipe(text, **{**SHARED, "keep": 0.5}) for text in names)))
        for names in (("fastv", "flop"), ("flop", "fastv"))
    )
    assert [step.unit for step in there[:3]] == ["MAC", "FLOP", "FLOP"]
    assert {step.unit for step in there[2:]} == {"FLOP"}
    assert [step.unit for step in back[-3:]] == ["FLOP", "MAC", "MAC/layer"]
    # What a module adds, in the figure's own unit, is what the step says.
    encoder, before = there[-3], there[-4]
    assert encoder.change.startswith("vision encoder, GFLOP: 0.0 → ")
    added = float(encoder.change.split()[-1].replace(",", "")) * 1e9
    assert encoder.cost - before.cost == pytest.approx(added, rel=1e-3)


def test_the_way_back_is_the_same_way():
    there = changes_of("fastv", "architecture:model=qwen2.5-vl-7b", keep=0.5)
    assert changes_of("architecture:model=qwen2.5-vl-7b", "fastv", keep=0.5) == there[::-1]


def test_every_figure_on_the_way_is_a_count():
    query = {"text_tokens": 36, "keep": 0.5}
    names = ("fastv", "architecture:model=qwen2.5-vl-7b")
    first, second = (recipe(text, **{**SHARED, **query}) for text in names)
    costs = {step.change: step.cost for step in explain(first, second)}
    llava, qwen = count("llava-1.5-7b", **query, convention="fastv"), "qwen2.5-vl-7b"
    assert costs["layers: mean → all"] == llava.total
    # The same tokens on the other model, its FFN in three matrices, its keys grouped, its head.
    n, d, m = 288 + 36, 3584, 18944
    whole = 28 * (4 * n * d * d + 2 * n * n * d + 3 * n * d * m)
    assert costs["FFN matrices: 2 → 3"] == whole
    query["visual_tokens"] = 576
    assert whole == count(qwen, **query, accounting="decoder").total
    for head, change in (("none", "heads of keys"), ("last", "positions of the head")):
        by_module = count(qwen, **query, accounting="architecture", head=head).by_module
        assert by_module["language_model"] in [c for k, c in costs.items() if k.startswith(change)]
    assert list(costs.values())[-1] == count(qwen, **query, accounting="architecture").total


def test_a_model_of_layers_alone_has_no_step_between_accountings(tmp_path):
    path = tmp_path / "layers.toml"
    text = files("evtp.flops").joinpath("models", "phi-2.toml").read_text(encoding="utf-8")
    path.write_text(re.sub('head = ".*"', 'head = "none"', text), encoding="utf-8")
    assert changes_of("architecture", "decoder", model=str(path)) == []
    assert changes_of("decoder", "architecture", model=str(path)) == []


def test_a_choice_that_changes_nothing_is_no_step():
    assert changes_of("pyramiddrop", "decoder") == ["tokens"]


@pytest.mark.parametrize("field", ["layers=mean", "tokens=visual", "ffn_matrices=2"])
def test_a_choice_of_the_decoder_is_refused_where_modules_are_counted(field):
    assert field.split("=")[0] in FIELDS
    with pytest.raises(InputError, match="no meaning in the accounting architecture"):
        recipe(f"architecture:{field}", **SHARED)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("fastvv", "figure fastvv: no such name"),
        ("fastv:kep=0.1", "figure fastv:kep=0.1: kep is no field; did you mean keep?"),
        ("fastv:keep=2.0", "figure fastv:keep=2.0: keep 2.0 is no ratio"),
        ("fastv:text_tokens=many", "text_tokens many is no whole number"),
        ("fastv:unit=TOP", "unit TOP no such name"),
        ("fastv:text_tokens=-1", "text_tokens -1 is no whole number of at least 0"),
        ("paper:model=instructseg,prune_at=2", "prune_at 2: has no meaning"),
    ],
)
def test_a_bad_recipe_is_refused_by_name(text, said):
    with pytest.raises(InputError) as caught:
        recipe(text, **SHARED)
    assert said in str(caught.value)
