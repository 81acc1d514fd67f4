"""The paper's tables as tables."""

from __future__ import annotations

import csv
from importlib.resources import files

import pytest

from evtp.reports.accuracy import ablation_table, accuracy_table, difference_table, figures
from evtp.reports.published import ACCURACY, TABLES, metrics, published
from evtp.reports.settings import instruction_table, statistics_table, token_table


def row(table, keep, method, source="published"):
    (found,) = [
        row
        for row in table.rows
        if (row["keep"], row["method"], row["source"]) == (keep, method, source)
    ]
    return found


@pytest.mark.parametrize("number", TABLES)
def test_every_published_column_has_a_place_in_a_table(number):
    text = files("evtp.reports.published").joinpath(f"{TABLES[number]}.csv").read_text()
    header = next(csv.reader(text.splitlines()))
    known = {metric.key for metric in metrics(number)} | {"keep", "method", "tflops"}
    if number <= 4:
        assert set(header) <= known
    assert len(published(number)) == len(text.splitlines()) - 1


def test_published_and_our_cost_stand_side_by_side(flops_records):
    paper = [record for record in flops_records if record["accounting"] == "paper"]
    shown = row(accuracy_table(2, paper), 0.1, "evtp")
    assert shown["tflops"] == 1.161
    assert shown["macs"] == 1160774577408


def test_without_records_our_cost_is_blank():
    assert row(accuracy_table(1), 0.1, "evtp")["macs"] is None


def test_best_and_second_are_those_of_their_block():
    table = accuracy_table(1)
    marked = {
        (table.rows[index]["keep"], table.rows[index]["method"]): mark
        for (index, key), mark in table.emphasis().items()
        if key == "refcoco_val"
    }
    assert marked == {
        (0.05, "tome"): "best",
        (0.05, "divprune"): "second",
        (0.1, "divprune"): "best",
        (0.1, "evtp"): "second",
        (0.2, "evtp"): "best",
        (0.2, "divprune"): "second",
    }


@pytest.mark.parametrize("number", ACCURACY)
def test_differences_are_to_the_unpruned_row(number):
    original, *others = published(number)
    table = difference_table(number)
    assert len(table.rows) == len(others)
    for printed in others:
        shown = row(table, printed["keep"], printed["method"])
        for metric in metrics(number):
            expected = printed[metric.key] - original[metric.key]
            assert shown[metric.key] == pytest.approx(expected, abs=1e-6)


def test_relative_accuracy_is_the_mean_of_the_shares():
    original, *others = published(3)
    printed = next(r for r in others if (r["keep"], r["method"]) == (0.2, "evtp"))
    shares = [printed[m.key] / original[m.key] for m in metrics(3)]
    assert row(accuracy_table(3), 0.2, "evtp")["relative"] == pytest.approx(
        100 * sum(shares) / len(shares)
    )


OWN = [
    {"method": "mine", "keep": 0.1, "dataset": d, "split": s, "metric": m, "value": v}
    for d, s, m, v in (("refcoco", "val", "giou", 90.0), ("reasonseg", "", "ciou", 10.0))
]


def test_own_figures_stand_in_the_block_of_their_ratio_and_the_rest_is_blank():
    table = accuracy_table(1, own=OWN)
    shown = row(table, 0.1, "mine", "yours")
    assert shown["refcoco_val"] == 90.0
    assert shown.get("refcoco_testA") is None
    assert shown["relative"] is None
    index = table.rows.index(shown)
    assert table.emphasis()[index, "refcoco_val"] == "best"


def test_an_own_figure_at_another_ratio_makes_its_own_block():
    own = [{**OWN[0], "keep": 0.15}]
    keeps = list(dict.fromkeys(row["keep"] for row in accuracy_table(1, own=own).rows))
    assert keeps == [1.0, 0.05, 0.1, 0.15, 0.2]


def test_an_own_figure_of_a_published_method_does_not_hide_the_published_one():
    own = [{**OWN[0], "method": "evtp"}]
    table = accuracy_table(1, own=own)
    assert row(table, 0.1, "evtp")["refcoco_val"] == 75.4
    assert row(table, 0.1, "evtp", "yours")["refcoco_val"] == 90.0


def test_the_ablation_shows_each_step_against_k_center():
    rows = {row["method"]: row for row in ablation_table().rows}
    assert rows["kcenter"]["revos_jf_difference"] == 0
    assert rows["evtp"]["reasonseg_giou_difference"] == pytest.approx(0.8)


def test_the_ablations_last_step_is_the_method_of_the_other_tables():
    ablated = {f["key"]: f["value"] for f in figures(4) if f["method"] == "evtp"}
    assert ablated["reasonseg_giou"] == row(accuracy_table(1), 0.2, "evtp")["reasonseg_giou"]
    assert ablated["revos_jf"] == row(accuracy_table(2), 0.2, "evtp")["overall_jf"]


def test_sequence_lengths_follow_from_text_kept_and_fixed_tokens(flops_records):
    table = token_table([r for r in flops_records if r["accounting"] == "paper"])
    shown = {row["dataset"]: row for row in table.rows}
    assert shown["revos"]["length_0.1"] == 4 * 73 + 25 + 56
    assert shown["refcoco"]["length_1"] == 729 + 15 + 56


def test_settings_tables_show_what_is_published():
    assert len(instruction_table().rows) == 4
    text = {row["statistic"]: row for row in statistics_table().rows}
    assert text["Number of Videos"]["refytvos"] == "3,975"
    assert text["Avg. Frames per Sequence"]["refytvos"] == "126.0"


def test_the_ablation_at_20_percent_takes_no_figure_of_another_ratio():
    own = [
        {"method": "mine", "keep": keep, "dataset": "revos", "split": "overall", "metric": "jf"}
        | {"value": value}
        for keep, value in ((0.1, 49.8), (0.2, 51.2))
    ]
    own_figures = [f["value"] for f in figures(4, own) if f["source"] != "published"]
    assert own_figures == [51.2]


def test_the_published_cost_stands_in_every_published_row_and_in_no_other(flops_records):
    paper = [record for record in flops_records if record["accounting"] == "paper"]
    table = accuracy_table(1, paper, OWN)
    for shown in table.rows:
        assert (shown["tflops"] is None) == (shown["source"] == "yours")
        assert shown["macs"] is not None
    for record in table.machine_records:
        assert (record["tflops_published"] is None) == (record["source"] == "yours")
    # On the page too: a cost that stood in the first row of a ratio alone would be that method's.
    assert not any(column.once for column in table.columns if column.group == "TMAC")


def test_two_methods_of_ones_own_never_share_a_name():
    own = [{**OWN[0], "method": "evtp"}, {**OWN[0], "method": "EVTP-IVS (ours)"}]
    titles = [row["method_title"] for row in accuracy_table(1, own=own).rows if row["keep"] == 0.1]
    assert len(set(titles)) == len(titles)
    assert {"EVTP-IVS", "EVTP-IVS (yours)", "EVTP-IVS (ours) (yours)"} <= set(titles)


def test_the_mark_is_explained_where_a_row_has_it():
    assert any("yours" in note for note in accuracy_table(1, own=OWN).notes)
    assert not any("yours" in note for note in accuracy_table(3, own=OWN).notes)


def test_a_count_between_ratios_is_shown_as_a_count():
    keeps = [row["keep_text"] for row in accuracy_table(1, own=[{**OWN[0], "keep": 74 / 729}]).rows]
    assert "74 tokens" in keeps
    assert {"5%", "10%", "20%", "100%"} <= set(keeps)
