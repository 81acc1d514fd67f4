"""Cover statistics against outcomes, where there is little to correlate."""

from __future__ import annotations

import pytest

from evtp.sweeps.correlate import correlate


@pytest.mark.parametrize("replicates", [0, 5])
def test_a_statistic_without_a_value_is_missing_and_spoils_no_other(replicates):
    points = [
        {
            "sample": sample,
            "frame": 0,
            "method": method,
            "seed": 0,
            "tokens_kept": 1,
            "packing": None,
            "radius": radius,
            "iou": radius,
        }
        for sample in "ab"
        for method, radius in (("evtp", 0.1), ("random", 0.5), ("fps", 0.9))
    ]
    radius, packing = correlate(points, "iou", replicates, seed=0)
    assert (radius["statistic"], packing["statistic"]) == ("radius", "packing")
    assert radius["within_frame"] == pytest.approx(1.0)
    assert packing["points"] == 0
    assert packing.keys() == radius.keys()
    assert {packing[key] for key in packing.keys() - {"statistic", "points"}} == {None}
