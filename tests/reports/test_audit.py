"""The audit: findings that were worked out by hand, and arithmetic done another way."""

from __future__ import annotations

from fractions import Fraction

import pytest

from evtp.reports.audit import audit, audit_table, count_table
from evtp.reports.published import published


@pytest.fixture(scope="module")
def findings(flops_records):
    return audit(flops_records)


def wrong(findings, check):
    return [f.where for f in findings if f.check.startswith(check) and f.verdict != "holds"]


def test_four_means_of_j_and_f_do_not_add_up(findings):
    assert wrong(findings, "J&F") == [
        "Table 2, EVTP-IVS at 5%, ReVOS referring J&F",
        "Table 2, VisPruner at 20%, ReVOS reasoning J&F",
        "Table 3, VisionZip at 5%, Ref-DAVIS17 (val) J&F",
        "Table 3, VisPruner at 10%, Ref-YouTube-VOS (val) J&F",
    ]


def test_every_mean_is_checked_and_agrees_with_interval_arithmetic(findings):
    """A mean holds just where some J, F and J&F that round to what is printed agree."""
    checked = [f for f in findings if f.check.startswith("J&F")]
    stems = {2: ("reasoning", "referring", "overall"), 3: ("refytvos", "refdavis17")}
    half = Fraction(1, 20)
    expected = []
    for number, names in stems.items():
        for row in published(number):
            for stem in names:
                j, f, jf = (Fraction(str(row[f"{stem}_{part}"])) for part in ("j", "f", "jf"))
                lowest, highest = (j + f) / 2 - half, (j + f) / 2 + half
                expected.append(lowest <= jf + half and jf - half <= highest)
    assert sorted(f.verdict == "holds" for f in checked) == sorted(expected)
    assert len(checked) == 80


def test_exchanged_columns_are_recognised(findings):
    (exchanged,) = [f for f in findings if "exchanged" in f.found]
    assert exchanged.where == "Table 3, VisPruner at 10%, Ref-YouTube-VOS (val) J&F"
    assert "F and J&F" in exchanged.found


def test_one_overall_is_off_the_mean_of_its_parts(findings):
    assert wrong(findings, "ReVOS overall") == ["Table 2, VisPruner at 20%, overall J"]


def test_the_claim_on_refcoco_plus_and_g_at_5_percent_fails_in_two_cells(findings):
    (claim,) = [f for f in findings if "(said of 5%)" in f.states]
    assert claim.verdict == "does not hold"
    assert "RefCOCO+ val at 5%: 54.8 against DivPrune's 55.3" in claim.found
    assert "RefCOCO+ testB at 5%: 52.6 against DivPrune's 54.9" in claim.found
    assert claim.found.startswith("best alone in 3 of 5 cells")


def test_a_claim_of_best_counts_what_a_plain_loop_counts(findings):
    wins = ties = losses = 0
    for number in (1, 2, 3):
        rows = published(number)
        for keep in (0.05, 0.1, 0.2):
            block = [row for row in rows if row["keep"] == keep]
            ours = next(row for row in block if row["method"] == "evtp")
            for key in set(ours) - {"keep", "method", "tflops"}:
                best = max(row[key] for row in block if row["method"] != "evtp")
                wins += ours[key] > best
                ties += ours[key] == best
                losses += ours[key] < best
    (claim,) = [f for f in findings if f.states.startswith("Outperforms")]
    assert f"best alone in {wins} of {wins + ties + losses} cells" in claim.found
    assert f"tied in {ties}:" in claim.found
    assert f"beaten in {losses}:" in claim.found


def test_a_claim_that_holds_is_said_to_hold(findings):
    (claim,) = [f for f in findings if f.states == "On ReasonSeg, ahead at every ratio"]
    assert claim.verdict == "holds"


def test_one_total_is_inconsistent_with_the_accounting(findings):
    assert wrong(findings, "TFLOPs") == ["Table 1, TFLOPs at 5%"]


def test_without_flops_records_totals_are_unchecked_not_wrong():
    totals = [f for f in audit() if f.check.startswith("TFLOPs")]
    assert {f.verdict for f in totals} == {"cannot be checked"}


def test_speed_ups_are_held_against_the_ratio_of_the_totals(findings):
    ups = {f.states: f for f in findings if f.check.startswith("Speed-ups")}
    video, image, cost_image, cost_video = ups.values()
    assert video.verdict == "holds in part"
    assert f"{9.590 / 1.975:.2f}" in video.found
    assert image.verdict == "does not hold"
    assert f"{2.376 / 0.724:.2f}" in image.found
    assert cost_image.verdict == cost_video.verdict == "holds"


def test_the_claim_on_radii_is_held_against_measurements():
    def measured(kcenter):
        radii = {"kcenter": kcenter, "divprune": 0.9, "random": 1.0}
        return [
            {"method": m, "keep": 0.1, "feature_radius_median": r, "share_kept": 0.1}
            for m, r in radii.items()
        ]

    verdicts = [
        next(f for f in audit(cover=measured(radius)) if f.check.startswith("Figure 3")).verdict
        for radius in (0.8, 0.95)
    ]
    assert verdicts == ["holds", "does not hold"]


def test_the_tables_of_the_audit_lose_nothing(findings):
    assert len(audit_table(findings).machine_records) == len(findings)
    counted = count_table(findings).rows
    total = sum(v for row in counted for v in row.values() if isinstance(v, int))
    assert total == len(findings)


def test_every_finding_that_does_not_hold_is_shown(findings):
    shown = {row["where"] for row in audit_table(findings).rows}
    assert {f.where for f in findings if f.verdict == "does not hold"} <= shown
