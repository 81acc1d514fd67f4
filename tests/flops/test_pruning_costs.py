"""What choosing the tokens costs: every pruner has a cost, and it is what its steps add up to."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evtp.flops.ops import macs
from evtp.flops.pruning import COSTS, pruning_ops
from evtp.pruners.method import names


def cost(method, N, K, d=1152, h=72):
    return macs(pruning_ops(method, (N, K), d, h))


@pytest.mark.parametrize("method", names())
def test_every_pruner_has_a_cost(method):
    assert method in COSTS


@pytest.mark.parametrize("method", COSTS)
def test_keeping_every_token_costs_nothing(method):
    assert cost(method, 729, 729) == 0


@pytest.mark.parametrize(
    ("method", "expected"),
    [
        ("random", 0),
        ("topk", 0),
        ("kcenter", 72 * 729 * 1152),
        ("kcenter-spatial", 72 * 729 * 1154),
        ("kcenter-adaptive", 72 * 729 * 1154),
        ("evtp", 73 * 729 * 1154),
        ("divprune", 729 * 729 * 1152),
        ("scope", 729 * 729 * 1152),
        ("evs", 729 * 1152),
        ("dpp", 729 * 729 * 1152 + 729 * 73 * 72 // 2),
        ("visionzip", (729 - 62 - 11) * 11 * 72),
    ],
)
def test_costs_by_hand_for_a_tenth_of_a_siglip_frame(method, expected):
    assert cost(method, 729, 73) == expected


def tome_pairs(N, K):
    """Similarities that a round-by-round run over real lists computes."""
    tokens, pairs = list(range(N)), 0
    while len(tokens) > K:
        even, odd = tokens[::2], tokens[1::2]
        pairs += sum(1 for _ in even for _ in odd)
        merged = min(len(tokens) - K, len(tokens) // 2)
        tokens = even[merged:] + odd
    return pairs


def vispruner_pairs(N, K):
    rest, pairs = list(range(N - K // 2)), 0
    while len(rest) > K - K // 2:
        even, odd = rest[::2], rest[1::2]
        pairs += sum(1 for _ in even for _ in odd)
        dropped = min(8, len(rest) - (K - K // 2), len(even))
        rest = even[dropped:] + odd
    return pairs


@given(st.integers(2, 120).flatmap(lambda n: st.tuples(st.just(n), st.integers(1, n - 1))))
def test_round_by_round_methods_cost_what_a_run_over_lists_computes(shape):
    N, K = shape
    assert cost("tome", N, K, d=16, h=4) == tome_pairs(N, K) * 4
    assert cost("vispruner", N, K, d=16, h=4) == vispruner_pairs(N, K) * 16


@given(st.sampled_from(sorted(COSTS)), st.integers(2, 800), st.data())
def test_costs_are_whole_and_never_negative(method, N, data):
    K = data.draw(st.integers(1, N))
    found = cost(method, N, K)
    assert type(found) is int
    assert found >= 0
