"""The tables of `evtp bench model`."""

from __future__ import annotations

import pytest

from evtp.reports.speed import speed_table, stage_table

HEAD = {"model": "m", "dataset": "revos", "layout": "ovp", "frames": 4, "tokens_kept_per_frame": 73}
FULL = {**HEAD, "keep": 1.0, "method": None}
PRUNED = {**HEAD, "keep": 0.1, "method": "evtp"}
STAGE = {
    "stage": "vision_encoder",
    "layers": 27,
    "layers_run": 1,
    "seconds": 0.2,
    "seconds_low": 0.19,
    "seconds_high": 0.23,
    "share": 0.5,
    "macs": 10**9,
    "macs_per_second": 5e9,
    "matmul_macs_per_second": 2e10,
    "peak_bytes": 2**30,
}
WHOLE = {
    "stage": "total",
    "seconds": 0.4,
    "macs": 2 * 10**9,
    "speedup_measured": 1.5,
    "language_model_speedup_low": 2.0,
    "language_model_speedup_high": 2.5,
    "break_even_keep": 0.876,
}
RECORDS = [
    {**FULL, **STAGE},
    {**FULL, "stage": "total", "seconds": 0.6, "macs": 3 * 10**9},
    {**PRUNED, **STAGE},
    {**PRUNED, **WHOLE},
]


def cells(table, row):
    return {
        cell.column.key: cell.text for cell in [r for block in table.body() for r in block][row]
    }


def test_a_speed_up_has_its_spread_and_the_break_even_in_per_cent():
    row = cells(speed_table(RECORDS, {}), 0)
    assert row["setting"] == "ReVOS, ovp"
    assert (row["iqr"], row["break_even"], row["speedup_measured"]) == ("0.50", "87.60 %", "1.50")


def test_where_no_ratio_pays_it_says_so():
    never = [*RECORDS[:3], {**PRUNED, **WHOLE, "break_even_keep": None}]
    assert cells(speed_table(never, {}), 0)["break_even"] == "none"


def test_a_break_even_is_never_rounded_up_to_all():
    near = [*RECORDS[:3], {**PRUNED, **WHOLE, "break_even_keep": 0.99998}]
    assert cells(speed_table(near, {}), 0)["break_even"] == "> 99.99 %"


def test_with_the_pruner_alone_there_is_no_speed_up_and_no_break_even():
    alone = [{**PRUNED, **WHOLE, "speedup_measured": None, "break_even_keep": None}]
    row = cells(speed_table(alone, {}), 0)
    assert (row["speedup_measured"], row["break_even"]) == ("", "")


def test_a_figure_that_was_not_measured_is_empty():
    row = cells(speed_table(RECORDS, {}), 0)
    assert (row["speedup_paper"], row["pruning_seconds"]) == ("", "")


def test_only_what_pruning_was_measured_for_is_a_row():
    assert len(speed_table(RECORDS, {}).rows) == 1
    assert len(stage_table(RECORDS, {}).rows) == 4


def test_a_stage_is_compared_with_a_matrix_product():
    row = cells(stage_table(RECORDS, {}), 0)
    assert (row["of_matmul"], row["iqr"], row["peak_bytes"]) == ("25", "40.0", "1.00")


@pytest.mark.parametrize("table", [speed_table, stage_table])
def test_layers_that_did_not_run_are_said(table):
    assert "1 of 27 of the vision encoder" in " ".join(table(RECORDS, {}).notes)
    whole = [{**r, "layers_run": 27} if r["stage"] == "vision_encoder" else r for r in RECORDS]
    assert "scaled" not in " ".join(table(whole, {}).notes)


@pytest.mark.parametrize("table", [speed_table, stage_table])
def test_stages_left_out_of_the_whole_are_said(table):
    some = [{**r, "stages_left_out": "vmtf mask_encoder"} for r in RECORDS]
    assert "The whole is without VMTF, mask encoder." in table(some, {}).notes
