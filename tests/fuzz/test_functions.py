"""Public functions: an answer that an independent look confirms, or an `InputError`."""

from __future__ import annotations

import json
import math
import os

import numpy as np
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from evtp.core.budget import keep_text, parse_keep, tokens_kept
from evtp.core.errors import InputError
from evtp.coverage.cover import Cover
from evtp.coverage.measures import measure_all
from evtp.features import Clip, Features
from evtp.features.geometry import Geometry
from evtp.flops import count, datasets, model_names
from evtp.pruners import select, select_each
from evtp.pruners.method import names

fuzzed = settings.get_profile(os.environ.get("HYPOTHESIS_PROFILE", "quick"))

anything = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=20)
    | st.sampled_from([0, -1, 1, 1.0, 0.0, "", 10**400, math.nan, math.inf])
)
keeps = (
    st.floats(0.001, 1.0)
    | st.integers(1, 40)
    | st.sampled_from([1.0, 5e-324, 0.5])
    | st.integers(-3, 0)
    | st.sampled_from([0.0, -0.5, 1.5, math.nan, math.inf, True, None, "10%", 10**30])
)


@st.composite
def arrays(draw, shape):
    """Values of every sort that a broken encoder gives: zeros, repeats, extremes, NaN."""
    random = np.random.default_rng(draw(st.integers(0, 2**32)))
    dtype = draw(st.sampled_from([np.float16, np.float32, np.float64]))
    values = random.standard_normal(shape)
    kind = draw(st.sampled_from(["plain", "plain", "zeros", "alike", "repeats", "scaled", "bad"]))
    with np.errstate(over="ignore"):
        if kind == "zeros":
            values = np.where(random.random(shape) < draw(st.floats(0, 1)), 0.0, values)
        elif kind == "alike":
            values = np.ones(shape) + draw(st.sampled_from([0.0, 1e-7, 1e-3])) * values
        elif kind == "repeats":
            values = np.round(values)
        elif kind == "scaled":
            values = values * 10.0 ** draw(st.integers(-45, 38))
        elif kind == "bad" and values.size:
            bad = draw(st.sampled_from([np.nan, np.inf, -np.inf]))
            values.reshape(-1)[random.integers(values.size)] = bad
        return values.astype(dtype)


@st.composite
def frames(draw, clip=False):
    rows, columns = draw(st.integers(1, 6)), draw(st.integers(1, 6))
    leading = (draw(st.integers(1, 3)), rows * columns) if clip else (rows * columns,)
    inputs = {"features": draw(arrays((*leading, draw(st.integers(1, 6)))))}
    for name in ("attention", "probe_attention", "middle_attention"):
        if draw(st.booleans()):
            inputs[name] = np.abs(draw(arrays(leading)))
    if draw(st.booleans()):
        inputs["keys"] = draw(arrays((*leading, draw(st.integers(1, 4)))))
    return (Clip if clip else Features)(grid=(rows, columns), **inputs)


def check_selection(selection, features, keep):
    tokens = features.tokens
    expected = min(tokens, max(1, math.floor(keep * tokens + 0.5))) if keep <= 1.0 else keep
    if isinstance(keep, int):
        expected = keep
    indices = selection.indices
    assert len(indices) == expected
    assert indices.dtype == np.int64
    assert indices[0] >= 0
    assert indices[-1] < tokens
    assert (np.diff(indices) > 0).all()
    if selection.groups is not None:
        assert selection.groups.shape == (tokens,)
        assert set(selection.groups.tolist()) <= set(range(expected))
        assert (selection.groups[indices] == np.arange(expected)).all()
        assert np.isfinite(selection.merged).all()


@fuzzed
@given(st.sampled_from(names()), frames(), keeps, st.integers(0, 3))
def test_a_frame_is_pruned_to_its_budget_or_refused(bounded, method, features, keep, seed):
    try:
        with bounded():
            selection = select(method, features, keep, seed=seed)
    except InputError:
        return
    check_selection(selection, features, keep)
    again = select(method, features, keep, seed=seed)
    assert (again.indices == selection.indices).all()


@fuzzed
@given(
    st.sampled_from(names()),
    frames(clip=True),
    st.lists(keeps, max_size=3),
    st.sampled_from(["frame", "clip", "nothing"]),
    st.integers(1, 2),
)
def test_several_budgets_of_a_clip_are_those_one_by_one(
    bounded, method, clip, several, scope, threads
):
    try:
        with bounded():
            each = select_each(method, clip, several, scope=scope, threads=threads)
    except InputError:
        return
    assert len(each) == len(several)
    for keep, selections in zip(several, each, strict=True):
        alone = select(method, clip, keep, scope=scope)
        assert len(alone) == len(selections) == len(clip)
        for one, other in zip(alone, selections, strict=True):
            assert (one.indices == other.indices).all()
        if scope == "frame":
            for frame, selection in zip(clip, selections, strict=True):
                check_selection(selection, frame, keep)


@fuzzed
@given(frames(), st.data())
def test_every_measure_is_finite_and_the_radii_are_those_of_brute_force(bounded, features, data):
    some = st.lists(st.integers(-1, features.tokens), max_size=features.tokens + 1)
    distinct = st.lists(st.integers(0, features.tokens - 1), min_size=1, unique=True)
    indices = data.draw(distinct | some)
    try:
        with bounded():
            found = measure_all(Cover(Geometry(features), np.array(indices, np.int64)))
    except InputError:
        return
    may_be_missing = {"packing", "certificate"}
    assert all(math.isfinite(v) for k, v in found.items() if k not in may_be_missing), found
    raw = features.features.astype(np.float32).astype(np.float64)
    norms = np.linalg.norm(raw, axis=1, keepdims=True)
    x = np.divide(raw, norms, out=np.zeros_like(raw), where=norms > 1e-30)
    assume(not ((norms > 0) & (norms < 1e-30)).any())
    gaps = np.linalg.norm(x[:, None] - x[None, indices], axis=2).min(axis=1)
    assert abs(found["feature_radius"] - gaps.max()) < 2e-3
    rows, columns = features.shape
    cells = np.stack(np.divmod(np.arange(rows * columns), columns), 1) / [rows, columns]
    gaps = np.linalg.norm(cells[:, None] - cells[None, indices], axis=2).min(axis=1)
    assert abs(found["spatial_radius"] - gaps.max()) < 1e-4
    if not math.isnan(found["certificate"]):
        assert found["certificate"] >= 1 - 1e-3


@fuzzed
@given(
    st.text(max_size=12)
    | st.from_regex(r"\s*[+-]?[0-9.eE]{1,8}%?\s*", fullmatch=True)
    | anything.map(str),
    st.integers(1, 10**6),
)
def test_a_budget_is_read_within_its_range_or_refused(text, total):
    try:
        keep = parse_keep(text)
        kept = tokens_kept(keep, total)
    except InputError:
        return
    assert 1 <= kept <= total
    if isinstance(keep, float):
        assert abs(parse_keep(keep_text(keep)) - keep) <= 1e-5 * keep
    else:
        assert parse_keep(keep_text(keep)) == keep == kept


sizes = st.none() | st.integers(-2, 3000) | st.sampled_from([10**12, 10**30, 0, True, 1.5])


@fuzzed
@given(
    st.sampled_from(model_names()),
    st.fixed_dictionaries(
        {"keep": keeps},
        optional={
            "dataset": st.sampled_from([*datasets(), "x"]),
            "accounting": st.sampled_from(["paper", "architecture", "decoder", "x"]),
            "convention": st.sampled_from(["mac", "flop", "fastv", "divprune", "llm-viewer", "x"]),
            "frames": sizes,
            "text_tokens": sizes,
            "visual_tokens": sizes,
            "layout": st.sampled_from(["concat", "ovp", "x"]),
            "head": st.sampled_from(["all", "last", "none", "x"]),
            "method": st.sampled_from([*names(), "x"]),
            "prune_at": st.integers(-1, 40) | st.lists(st.integers(-1, 40), max_size=4),
            "overrides": st.lists(
                st.sampled_from(
                    ["tiles=2", "vision_encoder.layers=1", "language_model.width=7", "x", "=", "a="]
                ),
                max_size=2,
            ),
        },
    ),
)
def test_a_count_adds_up_or_is_refused(bounded, model, options):
    try:
        with bounded():
            counted = count(model, **options)
            records = list(counted.records())
            summary = counted.summary()
    except InputError:
        return
    assert all(type(macs) is int and macs >= 0 for macs in counted.by_module.values())
    assert sum(r["macs"] for r in records[:-1]) == records[-1]["macs"] == summary["macs"]
    assert summary["reduction"] <= summary["reduction_limit"] + 1e-9 <= 1 + 1e-9
    json.dumps([*records, summary], allow_nan=False)
