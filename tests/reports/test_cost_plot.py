"""The figure of cost by module: what its panels, bars and line are, read off the drawing."""

from __future__ import annotations

import pytest

from evtp.core.errors import InputError
from evtp.flops import count
from evtp.reports.plots import PLOTS
from evtp.reports.plots.cost import MOST, check_panels


def drawn(*counts):
    figure = PLOTS.load("cost")([record for c in counts for record in c.records()])
    return [panel for panel in figure.axes if panel.patches]


def ticks(panel):
    return [label.get_text() for label in panel.get_xticklabels()]


def height(panel, tick):
    """The top of the stack of bars above a tick."""
    place = panel.get_xticks()[ticks(panel).index(tick)]
    bars = [b for b in panel.patches if abs(b.get_x() + b.get_width() / 2 - place) < 0.01]
    return max(bar.get_y() + bar.get_height() for bar in bars)


def test_a_single_ratio_stands_beside_all_tokens_and_the_least_that_is_left():
    counted = count(dataset="revos", keep=0.1, accounting="architecture")
    (panel,) = drawn(counted)
    assert ticks(panel) == ["10%", "100%"]
    assert height(panel, "10%") == pytest.approx(counted.total / 1e12)
    assert height(panel, "100%") == pytest.approx(counted.full.total / 1e12)
    (line,) = panel.lines
    left = counted.full.total * (1 - counted.reduction_limit)
    assert line.get_ydata()[0] == pytest.approx(left / 1e12)


def test_models_share_one_scale():
    counts = [count(model, keep=0.1, text_tokens=36) for model in ("llava-1.5-7b", "llava-1.5-13b")]
    panels = drawn(*counts)
    assert len(panels) == 2
    assert len({panel.get_ylim() for panel in panels}) == 1
    assert [panel.get_title() for panel in panels] == ["llava-1.5-7b", "llava-1.5-13b"]


def test_what_a_data_set_says_is_not_said_again():
    panels = drawn(*(count(dataset=name, keep=0.1) for name in ("refcoco", "revos")))
    assert [panel.get_title() for panel in panels] == ["RefCOCO", "ReVOS"]
    panels = drawn(*(count(dataset="revos", keep=0.1, frames=frames) for frames in (1, 2)))
    assert [panel.get_title() for panel in panels] == ["Frames: 1", "Frames: 2"]


def test_panels_of_two_accountings_say_which():
    accountings = ("paper", "architecture")
    panels = drawn(*(count(dataset="revos", keep=0.1, accounting=a) for a in accountings))
    assert [panel.get_title() for panel in panels] == [f"Accounting “{a}”" for a in accountings]


def test_the_last_of_many_bars_is_labelled():
    (panel,) = drawn(*(count(dataset="revos", keep=keep / 100) for keep in range(10, 100)))
    shown = [tick for tick in ticks(panel) if tick]
    assert len(shown) <= 10
    assert shown[-1] == "100%"


def test_a_sweep_of_places_has_a_panel_for_each_that_says_which():
    counts = [
        count("llava-1.5-7b", keep=keep, text_tokens=36, prune_at=at)
        for at in (0, 2, (8, 16, 24))
        for keep in (0.25, 0.5)
    ]
    panels = drawn(*counts)
    assert [panel.get_title() for panel in panels] == [
        f"Pruned at layer {at}" for at in ("0", "2", "8,16,24")
    ]
    for panel, (low, high) in zip(panels, zip(counts[::2], counts[1::2], strict=True), strict=True):
        assert ticks(panel) == ["25%", "50%", "100%"]
        assert height(panel, "25%") == pytest.approx(low.total / 1e12)
        assert height(panel, "50%") == pytest.approx(high.total / 1e12)


def test_counts_and_ratios_stand_in_the_order_of_their_tokens():
    (panel,) = drawn(
        *(count("llava-1.5-7b", keep=keep, text_tokens=36) for keep in (0.5, 64, 0.05, 576))
    )
    assert ticks(panel) == ["5%", "64", "50%", "576"]


def test_the_unit_is_that_of_the_convention():
    counted = count("llava-1.5-7b", keep=0.5, text_tokens=36, convention="fastv")
    (panel,) = drawn(counted)
    assert height(panel, "50%") == pytest.approx(counted.cost / 1e9)
    assert panel.get_ylabel() == "Cost (GMAC/layer), convention fastv"


def test_more_panels_than_can_be_read_are_refused():
    def records(frames):
        return [r for f in range(1, frames + 1) for r in count(keep=0.1, frames=f).records()]

    check_panels("x.png", records(MOST))
    with pytest.raises(InputError, match="13 panels"):
        check_panels("x.png", records(MOST + 1))
