"""What users are told who give a pruner of their own in a way that it is not taken."""

from __future__ import annotations

import numpy as np
import pytest

from evtp.core.errors import InputError
from evtp.features import Features
from evtp.pruners import select
from evtp.pruners.checking import check
from evtp.pruners.method import from_file


@pytest.fixture
def write(tmp_path):
    def write(source):
        path = tmp_path / "mine.py"
        path.write_text(source)
        return path

    return write


def test_a_failure_says_once_for_which_budget_it_is_and_what_its_author_advises(write):
    body = "raise InputError('mix', 'no', 'is no mix', 'choose from add, mul')"
    for source, problem in (
        ("def prune(frame, k): 1 / 0", "fails at K = 146 of 729 tokens (ZeroDivisionError in line"),
        (f"from evtp.core.errors import InputError\ndef prune(frame, k): {body}",
         "K = 146 of 729: is no mix; choose from add, mul"),
    ):  # fmt: skip
        assert next(check(from_file(write(source)))).problem.startswith(problem)


def test_a_function_is_refused_with_the_way_to_make_a_pruner_of_it():
    def mine(frame, k):
        return range(k)

    with pytest.raises(InputError, match=r"method mine: is a function.*give from_file\(Path"):
        select(mine, Features(np.eye(4)), 2)


def test_options_joined_by_a_comma_are_refused_and_words_with_commas_are_not(write):
    source = "def prune(frame, k, *, mix='add', alpha=1.0): return range(k)"
    pruner = from_file(write(source))
    with pytest.raises(InputError, match=r"joins options by a comma; .*:mix=add:alpha=2"):
        pruner.with_options(["mix=add,alpha=2"])
    assert pruner.with_options(["mix=a,b=c"]).options["mix"] == "a,b=c"
