"""Errors that a user can mend."""

from __future__ import annotations

import pickle

from evtp.core.errors import InputError, unknown


def test_an_error_is_one_line_with_the_value_and_the_remedy():
    error = InputError("keep", "a\nb", "is\nodd", "give 1")
    assert str(error) == "keep a b: is odd; give 1"
    assert error.line("--keep") == "--keep a b: is odd; give 1"


def test_a_long_value_is_cut():
    assert len(str(InputError("keep", "x" * 10_000, "is long", "cut it"))) < 200


def test_a_near_name_is_suggested_and_a_far_one_lists_the_choices():
    assert "did you mean kcenter" in str(unknown("method", "kcentre", ["kcenter", "random"]))
    assert "choose from kcenter, random" in str(unknown("method", "zzz", ["kcenter", "random"]))


def test_several_names_where_one_is_taken_are_said_to_be_several():
    several = unknown("method", "random, kcenter", ["kcenter", "random"])
    assert (
        str(several) == "method random, kcenter: is several, where one is taken; give one of them"
    )
    assert "no such name" in str(unknown("method", "random,kcentr", ["kcenter", "random"]))


def test_an_error_survives_the_way_between_processes():
    error = pickle.loads(pickle.dumps(InputError("keep", 2, "is odd", "give 1")))
    assert (error.name, error.value, error.remedy) == ("keep", 2, "give 1")
