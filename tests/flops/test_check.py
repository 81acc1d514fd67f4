"""Published figures: each in its tolerance, and a row that is out is seen."""

import pytest

from evtp.flops import check
from evtp.flops.check import Figure, figures

FIGURES = list(figures())


def test_every_figure_is_in_its_tolerance_or_a_known_misfit():
    assert [f.name for f in FIGURES if f.status == "OUT"] == []
    assert len(FIGURES) > 50


def test_the_known_misfits_are_these():
    assert [(f.source[:8], f.published) for f in FIGURES if f.status == "known misfit"] == [
        ("EVTP-IVS", 0.447),
        ("FastV, a", 18.9),
        ("EVTP-IVS", 5.3),
    ]


def figure(published, ours, misfit=""):
    return Figure("a figure", published, ours, "GMAC", 0.01, "somewhere", "somewhere", misfit)


@pytest.mark.parametrize(
    ("published", "ours", "misfit", "status"),
    [
        (100, 100.9, "", "ok"),
        (100, 101.1, "", "OUT"),
        (100, 98.9, "", "OUT"),
        (100, 120, "why", "known misfit"),
        (100, 100, "why", "OUT"),  # it fits after all: the list is out of date
    ],
)
def test_the_status_follows_from_the_error(published, ours, misfit, status):
    assert figure(published, ours, misfit).status == status


def test_a_figure_that_is_out_ends_the_command_with_exit_code_1(monkeypatch):
    from typer.testing import CliRunner

    from evtp.cli.main import app

    monkeypatch.setattr(check, "figures", lambda: iter([figure(100, 150)]))
    done = CliRunner().invoke(app, ["flops", "check", "--format", "json"])
    assert done.exit_code == 1
    assert "a figure" in done.stderr
    assert '"status": "OUT"' in done.stdout
