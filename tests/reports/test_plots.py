"""Every figure, found by listing them: drawn from records, the same bytes each time."""

from __future__ import annotations

import re
import tempfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evtp.core.errors import InputError
from evtp.flops import count
from evtp.pruners.method import names
from evtp.reports.accuracy import figures
from evtp.reports.hypothesis import joined
from evtp.reports.panels import PANELS, accuracy_points
from evtp.reports.plots import PLOTS
from evtp.reports.plots.accuracy import Point, pareto_front
from evtp.reports.style import check_style, method_looks, save, style

VIEWS = ("across", "partial", "within_ratio", "within_frame")


@pytest.fixture(scope="module")
def records(flops_records, cover_records, timing_records):
    """What each figure reads; a new figure needs a line here."""
    return {
        "ablation": figures(4),
        "accuracy": accuracy_points(),
        "correlation": [
            {
                "statistic": statistic,
                **{f"{view}{end}": value for view in VIEWS for end, value in ends},
            }
            for statistic, ends in (
                ("feature_radius", (("", -0.5), ("_low", -0.7), ("_high", -0.2))),
                ("packing", (("", None), ("_low", None), ("_high", None))),
            )
        ],
        "cost": [r for r in flops_records if r["dataset"] in ("refcoco", "revos")],
        "hypothesis": joined(cover_records),
        "latency": timing_records,
        "radius": cover_records,
    }


def drawn(name, records):
    """The bytes of a figure by ending."""
    figure = PLOTS.load(name)(records)
    with tempfile.TemporaryDirectory() as folder:
        paths = [Path(folder) / f"figure.{ending}" for ending in ("pdf", "svg", "png")]
        for path in paths:
            save(figure, path)
        return {path.suffix[1:]: path.read_bytes() for path in paths}


@pytest.fixture(scope="module", params=PLOTS.names())
def figure(request, records):
    """The name of each figure in turn, and its bytes."""
    with style():
        return request.param, drawn(request.param, records[request.param])


@pytest.mark.slow
def test_a_figure_is_drawn_the_same_every_time(figure, records):
    name, files = figure
    with style():
        assert drawn(name, records[name]) == files


@pytest.mark.slow
def test_text_in_a_figure_is_text_and_legible_in_print(figure):
    svg = figure[1]["svg"].decode()
    sizes = [float(size) for size in re.findall(r"font-size: ([\d.]+)px", svg)]
    assert sizes
    assert min(sizes) >= 6
    width = float(re.search(r'width="([\d.]+)pt"', svg)[1])
    assert width / 72 in (pytest.approx(3.35, abs=0.01), pytest.approx(6.9, abs=0.01))


def test_a_pdf_embeds_its_fonts_as_outlines_that_journals_accept(figure):
    assert figure[1]["pdf"].startswith(b"%PDF")
    assert b"/Type3" not in figure[1]["pdf"]


def test_every_pruner_looks_like_no_other():
    looks = method_looks([*names(), "original"])
    assert len({tuple(look.values()) for look in looks.values()}) == len(names()) + 1


@given(own=st.lists(st.text(min_size=1), min_size=1, max_size=40, unique=True))
def test_own_pruners_look_apart_and_like_no_other_in_the_figure(own):
    methods = ["evtp", "random", *own]
    looks = method_looks(methods)
    assert looks == method_looks(methods[::-1])
    assert len({tuple(look.values()) for look in looks.values()}) == len(set(methods))
    assert looks["evtp"] == method_looks(["evtp"])["evtp"]
    if len(set(own) - {"evtp", "random"}) <= 7:
        assert len({look["color"] for look in looks.values()}) == len(set(methods))


def test_radii_of_frames_spread_wide_are_drawn_above_zero():
    records = [
        {"method": "evtp", "keep": keep, "share_kept": keep}
        | {
            f"{space}_radius_{part}": value
            for space in ("feature", "spatial", "joint")
            for part, value in (("median", 0.2), ("q1", 0.01), ("q3", 90.0))
        }
        for keep in (0.05, 0.4)
    ]
    figure = PLOTS.load("radius")(records)
    assert all(panel.get_ylim()[0] >= 0 for panel in figure.axes)


def test_a_method_looks_the_same_whatever_else_is_drawn(records):
    few = [r for r in records["radius"] if r["method"] in ("evtp", "tome")]
    svg = drawn("radius", few)["svg"].decode()
    assert method_looks(["evtp"])["evtp"]["color"].lower() in svg
    assert method_looks(["random"])["random"]["color"].lower() not in svg


def dominated(point, points):
    return any(
        other.cost <= point.cost
        and other.accuracy >= point.accuracy
        and (other.cost, other.accuracy) != (point.cost, point.accuracy)
        for other in points
    )


def test_the_front_is_what_no_other_point_dominates():
    points = [
        Point(float(cost), float(accuracy), "m", "published")
        for cost, accuracy in ((1, 5), (1, 6), (2, 6), (3, 9), (4, 8), (5, 10), (5, 10))
    ]
    front = {(p.cost, p.accuracy) for p in pareto_front(points)}
    assert front == {(p.cost, p.accuracy) for p in points if not dominated(p, points)}


def test_every_panel_has_its_points():
    points = accuracy_points()
    assert {point["panel"] for point in points} == set(PANELS.values())
    assert all(point["tflops_published"] is not None for point in points)


def test_an_own_style_is_laid_over_ours(records, tmp_path):
    mine = tmp_path / "mine.mplstyle"
    mine.write_text("font.size: 12\nxtick.labelsize: 12\n")
    path = tmp_path / "x.svg"
    with style(mine):
        save(PLOTS.load("ablation")(records["ablation"]), path)
    assert "font-size: 12px" in path.read_text()


def test_an_unknown_style_is_refused_before_anything_is_drawn():
    check_style("grayscale")
    with pytest.raises(InputError, match="did you mean"):
        check_style("greyscale")


def test_own_figures_stand_at_the_cost_published_of_their_ratio():
    """Ours of 5 % differs from the published one, which says nothing about whose method it is."""
    mine = [
        {"method": "mine", "keep": keep, "dataset": "refcoco", "split": "val", "metric": "giou",
         "value": 70.0}
        for keep in (0.05, 0.3)
    ]  # fmt: skip
    costs = [r for keep in (0.05, 0.3) for r in count(dataset="refcoco", keep=keep).records()]
    figure = PLOTS.load("accuracy")(accuracy_points(costs, mine))
    (panel,) = [axes for axes in figure.axes if axes.get_title() == "RefCOCO val, gIoU"]
    (line,) = [one for one in panel.lines if one.get_linestyle() == "--"]
    ours = count(dataset="refcoco", keep=0.3).total / 1e12
    assert list(line.get_xdata()) == [0.447, ours]
