"""Accuracy against coverage: the join, and correlations beside SciPy's."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import spearmanr

from evtp.reports.hypothesis import correlation_table, correlations, joined, rank_correlation

values = st.lists(st.tuples(st.integers(0, 6), st.integers(0, 6)), min_size=3, max_size=20)


@given(values)
def test_rank_correlation_is_scipys_ties_included(pairs):
    x, y = np.array(pairs, float).T
    if len(set(x)) < 2 or len(set(y)) < 2:
        assert np.isnan(rank_correlation(x, y))
    else:
        assert rank_correlation(x, y) == pytest.approx(spearmanr(x, y).statistic)


def test_only_methods_and_ratios_that_both_know_are_joined(cover_records):
    points = joined(cover_records)
    assert {point["method"] for point in points} == {
        "evtp",
        "divprune",
        "tome",
        "vispruner",
        "visionzip",
        "kcenter",  # of the ablation, at 20 % on two data sets
    }
    assert {p["panel"] for p in points if p["method"] == "kcenter"} == {
        "ReasonSeg, gIoU",
        "ReVOS, J&F",
    }
    keys = [(p["key"], p["method"], p["keep"]) for p in points]
    assert len(keys) == len(set(keys)) == 7 * 5 * 3 + 2


def test_a_known_point_is_joined_as_it_is(cover_records):
    (point,) = [
        p
        for p in joined(cover_records)
        if (p["key"], p["method"], p["keep"]) == ("refcoco_val", "divprune", 0.2)
    ]
    assert point["accuracy"] == 80.2
    assert point["feature_radius"] == pytest.approx(1 + 0.2 - 0.2)


def test_at_the_same_ratio_a_common_trend_is_taken_off():
    """More tokens, smaller radius, higher accuracy; but the better cover is the worse method."""
    points = [
        {
            "panel": "p",
            "method": f"m{method}",
            "source": "published",
            "keep": keep,
            "accuracy": 100 * keep + method,
            **{
                f"{space}_radius": 9 - 10 * keep + method
                for space in ("feature", "spatial", "joint")
            },
        }
        for method in range(5)
        for keep in (0.1, 0.5, 0.9)
    ]
    row = correlations(points)[0]
    assert row["pooled"] < 0
    assert row["fixed"] == pytest.approx(1)


def test_intervals_hold_the_estimate_and_are_the_same_every_time(cover_records):
    once, again = (correlations(joined(cover_records), draws=300) for _ in range(2))
    assert once == again
    for row in once:
        assert row["pooled_low"] <= row["pooled"] <= row["pooled_high"]
        assert -1 <= row["fixed_low"] <= row["fixed_high"] <= 1


def test_few_methods_are_correlated_with_nothing_and_the_table_says_so(cover_records):
    few = [record for record in cover_records if record["method"] in ("evtp", "divprune")]
    rows = correlations(joined(few))
    for row in rows:
        assert row["methods"] == 2
        assert {row[f"{name}{end}"] for name in ("pooled", "fixed") for end in ("", "_low")} == {
            None
        }
    assert any("Empty below 4" in note for note in correlation_table(rows, {}).notes)
    whole = correlation_table(correlations(joined(cover_records), draws=10), {})
    assert not any("Empty below" in note for note in whole.notes)


def test_nothing_in_common_is_an_empty_table():
    assert correlation_table(correlations(joined([])), {}).rows == []
