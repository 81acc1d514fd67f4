"""Names and labels of the tables of `evtp flops`."""

from __future__ import annotations

from evtp.flops import count
from evtp.reports.subjects import label, label_of, label_of_methods, model_names


def test_a_file_goes_by_its_name_unless_another_has_it_too():
    assert model_names(["phi-2", "a/mine.toml"]) == {"phi-2": "phi-2", "a/mine.toml": "mine"}
    twice = model_names(["phi-2", "a/phi-2.toml", "b/x.toml"])
    assert twice == {"phi-2": "phi-2", "a/phi-2.toml": "a/phi-2.toml", "b/x.toml": "x"}


def test_a_label_says_what_is_the_same_in_the_whole_table():
    def records(*queries):
        return [count(**query).summary() for query in queries]

    one = {"dataset": "revos", "keep": 0.1}
    assert label("flops", records(one)) == "tab:flops-instructseg-revos-paper"
    two = records(one, {**one, "dataset": "refcoco"})
    assert label("flops", two) == "tab:flops-instructseg-paper"
    late = {"model": "llava-1.5-7b", "convention": "fastv", "keep": 0.5, "prune_at": (8, 16)}
    assert label("flops", records(late)) == "tab:flops-llava-1.5-7b-decoder-fastv-8-16"


def test_a_label_holds_nothing_that_latex_acts_on():
    assert label_of("flops-explain", "fastv", "mac:keep=10%,x_y") == (
        "tab:flops-explain-fastv-mac-keep-10-x-y"
    )


def test_a_label_names_up_to_three_methods_and_the_one_ratio():
    def rows(methods, keeps):
        return [{"method": method, "keep": keep} for method in methods for keep in keeps]

    few = label_of_methods("coverage", rows(["evtp", "random"], [0.1]), "siglip")
    assert few == "tab:coverage-siglip-evtp-random-keep-10"
    assert few != label_of_methods("coverage", rows(["evtp", "random"], [10]), "clip")
    assert label_of_methods("coverage", rows("abcd", [0.1, 0.2]), None) == "tab:coverage-4-methods"
