"""The k-center family and DivPrune against plain float64 loops and the true optimum."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evtp.core.errors import InputError
from evtp.features import Features
from evtp.features.geometry import Geometry
from evtp.pruners import Frame, select
from evtp.pruners.greedy import Space, farthest_first
from evtp.pruners.method import load

TIE = 1e-6
"""Relative difference of squared distances below which two candidates count as tied."""


def normalised(raw):
    x = np.asarray(raw, np.float64)
    norms = np.sqrt((x * x).sum(axis=1, keepdims=True))
    return np.divide(x, norms, out=np.zeros_like(x), where=norms > 0)


def coordinates(rows, columns):
    return np.array([(r / rows, c / columns) for r in range(rows) for c in range(columns)])


def plain_distances(method, raw, grid):
    """All pairwise distances in the method's space, from the definitions, by difference."""
    x = normalised(raw)
    if method == "divprune":
        return 1.0 - x @ x.T
    scale = 0.0
    if method == "kcenter-spatial":
        scale = 1.0
    if method in ("kcenter-adaptive", "evtp"):
        mean = x.mean(axis=0)
        scale = 1.0 / (np.mean([((row - mean) ** 2).sum() for row in x]) + 1e-6)
    z = np.hstack([x, scale * coordinates(*grid)])
    return np.array([[math.dist(a, b) for b in z] for a in z]), z


def follow(distances, order, power):
    """Walks a pick order and checks that each pick is the loop's own, or tied with it.

    Returns the number of near-ties met. Following the order that is checked keeps one tie from
    making all later picks differ.
    """
    ties = 0
    for step in range(1, len(order)):
        nearest = distances[:, order[:step]].min(axis=1)
        nearest[order[:step]] = -np.inf
        wanted = int(nearest.argmax())
        if order[step] != wanted:
            gap = nearest[wanted] ** power - nearest[order[step]] ** power
            assert gap <= TIE * max(nearest[wanted] ** power, 1e-6), (step, order[step], wanted)
            ties += 1
    return ties


def picks(method, frame, k, **options):
    """The order of picking, from the nested selections."""
    order = []
    for j in range(1, k + 1):
        chosen = select(method, frame, j, **options).indices.tolist()
        (new,) = set(chosen) - set(order)
        order.append(new)
    return order


@st.composite
def frames(draw, largest=6):
    rows, columns = draw(st.integers(1, largest)), draw(st.integers(1, largest))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    raw = rng.standard_normal((rows * columns, draw(st.integers(1, 40)))).astype(np.float32)
    raw += draw(st.sampled_from([0.0, 1.0, 10.0]))
    kind = draw(st.sampled_from(["plain", "duplicates", "near-duplicates", "zeros", "large"]))
    blocks = rng.integers(0, max(1, len(raw) // 3), len(raw))
    if kind == "duplicates":
        raw = raw[blocks]
    if kind == "near-duplicates":
        raw = raw[blocks] + 1e-4 * rng.standard_normal(raw.shape).astype(np.float32)
    if kind == "zeros":
        raw[blocks == 0] = 0
    if kind == "large":
        raw *= 1e20
    return Features(raw, (rows, columns))


FAMILY = ["kcenter", "kcenter-spatial", "kcenter-adaptive", "evtp"]


@pytest.mark.parametrize("method", FAMILY)
@settings(max_examples=40, deadline=None)
@given(frame=frames(), data=st.data())
def test_greedy_order_is_that_of_a_float64_loop(method, frame, data):
    k = data.draw(st.integers(1, frame.tokens))
    order = picks(method, frame, k)
    distances, z = plain_distances(method, frame.features, frame.grid)
    follow(distances, order, 2)
    if method == "evtp":
        away = ((z - z.mean(axis=0)) ** 2).sum(axis=1)
        assert away[order[0]] >= away.max() * (1 - TIE) - 1e-12


@settings(max_examples=60, deadline=None)
@given(frame=frames(), data=st.data())
def test_divprune_order_is_that_of_a_float64_loop(frame, data):
    k = data.draw(st.integers(1, frame.tokens))
    order = picks("divprune", frame, k)
    distances = plain_distances("divprune", frame.features, frame.grid)
    zero = ~np.asarray(frame.features).any(axis=1)
    distances[np.ix_(zero, zero)] = 0.0  # among themselves tokens of zeros are duplicates
    follow(distances, order, 1)
    others = distances + np.diag(np.full(len(distances), np.inf))
    isolation = others.min(axis=1)
    if len(isolation) > 1:
        assert isolation[order[0]] >= isolation.max() - TIE * max(isolation.max(), 1e-6)


@pytest.mark.parametrize("method", FAMILY)
@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), k=st.integers(1, 5))
def test_covering_radius_is_within_twice_the_optimum(method, seed, k):
    raw = np.random.default_rng(seed).standard_normal((12, 3)).astype(np.float32)
    distances, _ = plain_distances(method, raw, (3, 4))
    best = min(
        distances[:, list(kept)].min(axis=1).max() for kept in itertools.combinations(range(12), k)
    )
    kept = select(method, Features(raw, (3, 4)), k).indices
    assert distances[:, kept].min(axis=1).max() <= 2 * best + 1e-6


@pytest.mark.parametrize("method", [*FAMILY, "divprune"])
def test_a_large_structured_frame_agrees_with_a_float64_loop(method, smooth_frame):
    walked = picks(method, smooth_frame, 60)
    x = normalised(smooth_frame.features)
    scale = {"kcenter": 0.0, "divprune": 0.0, "kcenter-spatial": 1.0}.get(method)
    if scale is None:
        scale = 1.0 / (((x - x.mean(axis=0)) ** 2).sum(axis=1).mean() + 1e-6)
    z = np.hstack([x, scale * coordinates(*smooth_frame.grid)])
    squares = (z * z).sum(axis=1)
    gram = np.maximum(squares[:, None] + squares[None, :] - 2 * z @ z.T, 0)
    follow(gram, walked, 1)


def test_duplicates_are_chosen_only_after_every_distinct_token():
    raw = np.repeat(np.eye(4, dtype=np.float32), 4, axis=0)
    for method in ("kcenter", "divprune"):
        first = select(method, Features(raw), 4).indices // 4
        assert sorted(first) == [0, 1, 2, 3]
        assert select(method, Features(raw), 16).indices.tolist() == list(range(16))


def test_ties_go_to_the_lowest_index():
    same = Features(np.ones((9, 5), np.float32))
    assert select("divprune", same, 3).indices.tolist() == [0, 1, 2]
    chosen = select("kcenter", same, 3, seed=3).indices.tolist()
    start = int(np.random.default_rng((3, 0)).integers(9))
    assert chosen == sorted([start, *[i for i in range(9) if i != start][:2]])


def test_alike_tokens_make_the_adaptive_choice_spatial():
    corners = select("evtp", Features(np.ones((25, 5), np.float32)), 4).indices.tolist()
    assert corners == [0, 4, 20, 24]


def test_the_coordinate_variance_counts_space_more_than_the_total_one(smooth_frame):
    p = coordinates(*smooth_frame.grid)

    def spatial_radius(**options):
        kept = p[select("evtp", smooth_frame, 24, **options).indices]
        return np.linalg.norm(p[:, None] - kept[None], axis=2).min(axis=1).max()

    assert spatial_radius(variance="coordinate") < spatial_radius(variance="total")


@pytest.mark.parametrize("value", [-1.0, math.nan, math.inf])
def test_a_scale_that_is_no_weight_is_refused(value):
    with pytest.raises(InputError, match="scale"):
        select("kcenter-spatial", Features(np.eye(4)), 2, scale=value)


@settings(max_examples=60, deadline=None)
@given(frame=frames())
def test_greedy_gaps_never_grow(frame):
    geometry = Geometry(frame)
    gaps = farthest_first(Space(geometry), geometry.tokens, 0).gaps
    assert (np.diff(gaps[1:]) <= 0).all()


def test_gaps_of_scaled_copies_of_one_token_do_not_grow():
    one = np.random.default_rng(0).standard_normal(64)
    raw = np.outer(np.linspace(0.1, 7, 36), one).astype(np.float32)
    gaps = farthest_first(Space(Geometry(Features(raw))), 36, 0).gaps
    assert (np.diff(gaps[1:]) <= 0).all()


@pytest.mark.parametrize("grid", [(27, 27), (5, 30), (9, 16), (1, 7), (24, 24)])
@pytest.mark.parametrize("method", ["evtp", "kcenter-spatial", "kcenter-adaptive"])
def test_on_a_blank_frame_cells_equally_far_go_to_the_lowest_index(method, grid):
    rows, columns = grid
    # In units of 1 / (rows * columns), where every distance is a whole number.
    cells = [(r * columns, c * rows) for r in range(rows) for c in range(columns)]
    k = min(len(cells), 30)
    picks = select_in_order(method, Features(np.ones((len(cells), 8)), grid), k)
    middle = tuple(sum(cell[axis] for cell in cells) for axis in (0, 1))

    def apart(one, other):
        return (one[0] - other[0]) ** 2 + (one[1] - other[1]) ** 2

    if method == "evtp":
        scaled = [tuple(len(cells) * value for value in cell) for cell in cells]
        assert picks[0] == max(range(len(cells)), key=lambda i: (apart(scaled[i], middle), -i))
    for step in range(1, k):
        gaps = {
            i: min(apart(cells[i], cells[o]) for o in picks[:step])
            for i in range(len(cells))
            if i not in picks[:step]
        }
        assert picks[step] == max(gaps, key=lambda i: (gaps[i], -i))


@given(st.integers(0, 2**32 - 1))
def test_of_two_tokens_neither_is_farther_from_their_mean(seed):
    pair = np.random.default_rng(seed).standard_normal((2, 24))
    assert select("evtp", Features(pair, (1, 2)), 1).indices.tolist() == [0]


def select_in_order(method, features, k):
    pruner = load(method)
    seed = {"seed": (0,)} if pruner.seeded else {}
    return [int(i) for i in pruner.prune(Frame(features), k, **seed)]
