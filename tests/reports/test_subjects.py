"""Names of models, and labels."""

from __future__ import annotations

from evtp.reports.subjects import label_of, model_names


def test_a_file_goes_by_its_name_unless_another_has_it_too():
    assert model_names(["phi-2", "a/mine.toml"]) == {"phi-2": "phi-2", "a/mine.toml": "mine"}
    twice = model_names(["phi-2", "a/phi-2.toml", "b/x.toml"])
    assert twice == {"phi-2": "phi-2", "a/phi-2.toml": "a/phi-2.toml", "b/x.toml": "x"}


def test_a_label_holds_nothing_that_latex_acts_on():
    assert label_of("flops", "explain", "fastv", "mac:keep=10%,x_y", "--keep", "5%:10%") == (
        "tab:flops-explain-fastv-mac:keep-10pct-x-y-keep-5pct:10pct"
    )
