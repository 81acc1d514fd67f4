"""The cards of the report: none that says nothing."""

from __future__ import annotations

from evtp.reports.summary import key_numbers


def cards(cover):
    return [key for key in key_numbers([], cover, []) if "joint radius" in key.label]


def test_one_method_has_no_smallest_radius(cover_records):
    assert cards([record for record in cover_records if record["method"] == "evtp"]) == []


def test_the_smallest_radius_names_its_method_and_the_statistic(cover_records):
    few = [record for record in cover_records if record["method"] in ("evtp", "random")]
    (card,) = cards(few)
    assert "EVTP" in card.label
    assert card.detail.startswith("of 2 methods, median over the frames")
