"""What every pruner holds to, whichever it is: this suite finds the methods by itself."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from evtp.core.errors import InputError
from evtp.features import Clip, Features
from evtp.features.types import OPTIONAL_INPUTS
from evtp.pruners import Frame, select, select_each
from evtp.pruners.method import METHODS, load

every_method = pytest.mark.parametrize("method", METHODS.names())
WIDTH = 32  # a multiple of the heads that ToMe assumes

_KINDS = ["plain", "offset", "duplicates", "all equal", "outlier", "zero attention", "zeros"]


@st.composite
def frames(draw, most=7):
    rows, columns = draw(st.integers(1, most)), draw(st.integers(1, most))
    tokens = rows * columns
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    kind = draw(st.sampled_from(_KINDS))
    raw = rng.standard_normal((tokens, WIDTH)).astype(np.float32)
    attention = rng.random(tokens, np.float32)
    if kind == "offset":
        raw += 20
    if kind == "duplicates":
        raw = raw[rng.integers(0, max(1, tokens // 3), tokens)]
    if kind == "all equal":
        raw[:] = raw[0]
    if kind == "outlier":
        raw[:] = raw[0]
        raw[tokens // 2] = -raw[0]
    if kind == "zero attention":
        attention[:] = 0
    if kind == "zeros":
        raw[: tokens // 2] = 0
    return Features(
        raw,
        (rows, columns),
        attention=attention,
        probe_attention=attention[::-1].copy(),
        middle_attention=np.roll(attention, 1),
        keys=raw[:, :8].copy(),
    )


def converted(frame, convert):
    given = {name: getattr(frame, name) for name in ("features", *OPTIONAL_INPUTS)}
    return Features(grid=frame.grid, **{name: convert(x) for name, x in given.items()})


def read_only(x):
    """As the arrays of a mapped cache are."""
    x = x.copy()
    x.flags.writeable = False
    return x


@every_method
@settings(max_examples=60, deadline=None)
@given(frame=frames(), data=st.data())
def test_exactly_k_distinct_ascending_indices(method, frame, data):
    k = data.draw(st.integers(1, frame.tokens))
    chosen = select(method, frame, k)
    assert chosen.indices.dtype == np.int64
    assert len(chosen) == k
    assert (np.diff(chosen.indices) > 0).all()
    assert chosen.indices[0] >= 0
    assert chosen.indices[-1] < frame.tokens
    assert chosen.tokens == frame.tokens
    assert chosen.method == method


@every_method
@pytest.mark.parametrize("grid", [(1, 1), (1, 2), (1, 7), (13, 1), (5, 5), (3, 11), (2, 8)])
def test_every_budget_of_odd_even_and_prime_sizes(method, grid, make_frame):
    tokens = grid[0] * grid[1]
    raw = np.random.default_rng(tokens).standard_normal((tokens, WIDTH)).astype(np.float32)
    frame = Frame(make_frame(raw, grid))
    for k in range(1, tokens + 1):
        assert len(set(select(method, frame, k).indices.tolist())) == k


@every_method
@settings(max_examples=25, deadline=None)
@given(frame=frames(), data=st.data())
def test_a_merging_method_partitions_the_tokens(method, frame, data):
    k = data.draw(st.integers(1, frame.tokens))
    chosen = select(method, frame, k)
    assert (chosen.groups is None) == (chosen.merged is None)
    if chosen.groups is None:
        return
    assert chosen.groups.shape == (frame.tokens,)
    assert chosen.merged.shape == (k, WIDTH)
    assert set(chosen.groups.tolist()) == set(range(k))
    assert chosen.groups[chosen.indices].tolist() == list(range(k))
    x = frame.features / np.maximum(np.linalg.norm(frame.features, axis=1, keepdims=True), 1e-30)
    x = x.astype(np.float64)
    for group, kept in enumerate(chosen.indices):
        members = np.flatnonzero(chosen.groups == group)
        spread = {i: ((x[members] - x[i]) ** 2).sum() for i in members}
        assert spread[kept] <= min(spread.values()) + 1e-6


@every_method
@settings(max_examples=15, deadline=None)
@given(frame=frames(), data=st.data())
def test_tensors_and_arrays_of_every_float_type_choose_alike(method, frame, data):
    k = data.draw(st.integers(1, frame.tokens))
    # Values that all the types hold, so that only the type differs.
    frame = converted(frame, lambda x: torch.tensor(x).bfloat16().half().float().numpy())
    expected = select(method, frame, k).indices.tolist()
    as_types = {
        "float16": lambda x: x.astype(np.float16),
        "float64": lambda x: x.astype(np.float64),
        "tensor": torch.from_numpy,
        "bfloat16": lambda x: torch.from_numpy(x).bfloat16(),
        "half": lambda x: torch.from_numpy(x).half(),
        "reversed strides": lambda x: x[::-1].copy()[::-1],
        "read-only": read_only,
        "read-only float16": lambda x: read_only(x.astype(np.float16)),
    }
    for name, convert in as_types.items():
        given_frame = converted(frame, convert)
        chosen = select(method, given_frame, k)
        assert np.asarray(chosen.indices).tolist() == expected, name
        if isinstance(given_frame.features, torch.Tensor):
            assert chosen.indices.dtype == torch.int64
            assert chosen.indices.device == given_frame.features.device
            assert chosen.merged is None or isinstance(chosen.merged, torch.Tensor)


@every_method
def test_a_frame_chooses_alike_alone_and_in_a_clip(method, clip):
    alone = select(method, clip[0], 0.3)
    inside = select(method, clip, 0.3)
    assert len(inside) == len(clip)
    assert inside[0].indices.tolist() == alone.indices.tolist()
    if load(method).seeded:
        kept = {tuple(chosen.indices.tolist()) for chosen in inside}
        assert len(kept) > 1, "every frame drew the same"
    elif method != "evs":
        for f, frame in enumerate(clip):
            assert inside[f].indices.tolist() == select(method, frame, 0.3).indices.tolist()


@every_method
def test_threads_do_not_change_the_answer(method, clip):
    many = Clip.of([clip[f % len(clip)] for f in range(12)])
    one = [chosen.indices.tolist() for chosen in select(method, many, 9)]
    two = [chosen.indices.tolist() for chosen in select(method, many, 9, threads=2)]
    assert one == two


@every_method
@settings(max_examples=25, deadline=None)
@given(frame=frames(), data=st.data())
def test_several_budgets_at_once_are_those_of_one_at_a_time(method, frame, data):
    budgets = data.draw(st.lists(st.integers(1, frame.tokens), max_size=4))
    together = select_each(method, frame, budgets, seed=3)
    for k, chosen in zip(budgets, together, strict=True):
        alone = select(method, frame, k, seed=3)
        assert chosen.indices.tolist() == alone.indices.tolist()


@every_method
def test_a_prepared_frame_serves_many_calls(method, structured_frame):
    prepared = Frame(structured_frame)
    for k in (3, 40, 17):
        shared = select(method, prepared, k).indices.tolist()
        assert shared == select(method, structured_frame, k).indices.tolist()


@every_method
def test_the_seed_matters_only_where_a_method_draws(method, structured_frame):
    kept = {tuple(select(method, structured_frame, 9, seed=s).indices) for s in range(6)}
    assert (len(kept) > 1) == load(method).seeded


@every_method
@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_features_that_are_not_finite_are_refused(method, value, structured_frame):
    raw = structured_frame.features.copy()
    raw[5, 3] = value
    spoilt = dataclasses.replace(structured_frame, features=raw)
    with pytest.raises(InputError, match=r"features: 1 values are NaN or infinite.*token 5"):
        select(method, spoilt, 9)


@every_method
def test_a_missing_input_is_named_with_a_remedy(method, structured_frame):
    bare = Features(structured_frame.features, structured_frame.grid)
    needs = load(method).needs
    if not needs:
        assert len(select(method, bare, 9)) == 9
        return
    with pytest.raises(InputError) as caught:
        select(method, bare, 9)
    assert method in str(caught.value)
    assert any(need.replace("_", " ") in caught.value.problem for need in needs)
    assert caught.value.remedy
    given = {need: getattr(structured_frame, need) for need in needs}
    sufficient = Features(structured_frame.features, structured_frame.grid, **given)
    assert len(select(method, sufficient, 9)) == 9


@pytest.mark.parametrize("method", [name for name in METHODS.names() if load(name).needs])
def test_attention_that_is_not_finite_is_refused(method, structured_frame):
    spoilt = structured_frame.attention.copy()
    spoilt[2] = np.nan
    with pytest.raises(InputError, match="attention"):
        select(method, dataclasses.replace(structured_frame, attention=spoilt), 9)


@every_method
@pytest.mark.parametrize("keep", [0, -1, 0.0, 1.5, float("nan"), "ten", True, 211])
def test_a_keep_out_of_range_is_refused(method, keep, structured_frame):
    with pytest.raises(InputError, match="keep"):
        select(method, structured_frame, keep)


@every_method
def test_an_option_it_lacks_is_refused(method, structured_frame):
    with pytest.raises(InputError, match=f"{method} has no such option"):
        select(method, structured_frame, 9, colour="red")


@every_method
def test_its_docstring_gives_the_idea_in_a_line(method):
    pruner = load(method)
    assert pruner.summary.endswith(".")
    assert len(pruner.summary) < 100
    assert METHODS.summary(method) == pruner.summary


def test_the_documented_rounding_of_the_budget(structured_frame):
    kept = [len(select("random", structured_frame, keep)) for keep in (0.05, 0.1, 0.2, 1.0, 1e-9)]
    assert kept == [11, 21, 42, 210, 1]


def test_an_unknown_method_is_refused_with_a_suggestion(structured_frame):
    with pytest.raises(InputError, match="did you mean divprune"):
        select("divprun", structured_frame, 9)
