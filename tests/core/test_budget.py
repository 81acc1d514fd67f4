"""Keep ratios and counts."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evtp.core.budget import parse_keep, tokens_kept
from evtp.core.errors import InputError


@pytest.mark.parametrize(("keep", "kept"), [(0.05, 36), (0.1, 73), (0.2, 146), (1.0, 729)])
def test_the_papers_ratios_keep_the_papers_counts(keep, kept):
    assert tokens_kept(keep, 729) == kept


@given(st.integers(1, 100), st.integers(1, 5000))
def test_a_percentage_rounds_half_up_and_stays_within_the_tokens(percent, total):
    exact = int(Fraction(percent, 100) * total + Fraction(1, 2))
    # A float ratio can miss a tie by one ulp; everywhere else it equals exact arithmetic.
    tie = (2 * percent * total) % 100 == 0
    found = tokens_kept(percent / 100, total)
    assert 1 <= found <= total
    assert abs(found - max(1, exact)) <= tie


@given(st.integers(1, 5000), st.integers(1, 5000))
def test_a_count_is_itself_or_refused(keep, total):
    if keep <= total:
        assert tokens_kept(keep, total) == keep
    else:
        with pytest.raises(InputError, match=f"above the number of tokens, {total};"):
            tokens_kept(keep, total)


@pytest.mark.parametrize(
    ("text", "keep"),
    [
        ("0.1", 0.1),
        ("10%", 0.1),
        (" 5 % ", 0.05),
        ("73", 73),
        ("1", 1),
        ("1.0", 1.0),
        ("100%", 1.0),
    ],
)
def test_ratios_percentages_and_counts_are_read(text, keep):
    assert parse_keep(text) == keep
    assert type(parse_keep(text)) is type(keep)


@pytest.mark.parametrize(
    "text", ["0", "1.5", "-1", "nan", "inf", "ten", "", "0%", "101%", "-0.1", "1e999", "%", "0x10"]
)
def test_anything_else_is_refused_with_what_was_written(text):
    with pytest.raises(InputError) as caught:
        parse_keep(text)
    assert caught.value.value == text
    assert "ratio" in caught.value.remedy


@given(st.text(max_size=12))
def test_any_text_is_a_keep_or_an_input_error(text):
    try:
        keep = parse_keep(text)
    except InputError:
        return
    assert keep >= 1 if isinstance(keep, int) else 0 < keep <= 1
