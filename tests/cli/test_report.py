"""`evtp report`: one small report for real, and everything that must be refused before work."""

from __future__ import annotations

import json
from html import unescape

import numpy as np
import pytest

from evtp.cli.reporting import measure
from evtp.features import Clip, Sample, open_cache
from evtp.features.cache_writer import CacheWriter
from evtp.pruners.method import Pruner, load

FEW = ["--method", "random,evtp,divprune", "--seeds", "1"]


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    """A report with a user's figures in it, and what the command printed."""
    from typer.testing import CliRunner

    from evtp.cli.main import app

    folder = tmp_path_factory.mktemp("written")
    mine = folder / "mine.csv"
    mine.write_text(
        "method,keep,dataset,split,giou,jf\n"
        "a_b%{x},10%,refcoco,val,99.5,\n"
        "a_b%{x},0.15,revos,,,33.3\n"
        "a_b%{x},0.1,elsewhere,,12.5,\n"
    )
    arguments = ["report", "--output", str(folder / "report"), "--records", str(mine), *FEW]
    return folder / "report", CliRunner().invoke(app, arguments)


@pytest.mark.slow
class TestAReport:
    def test_it_says_where_it_lies(self, written):
        folder, result = written
        assert result.exit_code == 0, result.output
        assert result.stdout == f"{folder / 'index.html'}\n"
        assert "no table of the paper has a place for 1 of your figures, of " in result.stderr

    def test_it_holds_every_table_and_figure(self, written):
        folder, _ = written
        tables = {path.stem for path in (folder / "tables").iterdir()}
        assert {f"table{n}" for n in range(1, 8)} <= tables
        assert {"flops-paper", "flops-architecture", "coverage", "hypothesis", "audit"} <= tables
        figures = {path.name for path in (folder / "figures").iterdir()}
        for name in ("accuracy", "radius", "hypothesis", "cost", "ablation"):
            assert {f"{name}.pdf", f"{name}.svg", f"{name}.png"} <= figures
        assert "gallery.png" in figures

    def test_own_figures_stand_in_the_papers_tables(self, written):
        records = json.loads((written[0] / "tables" / "table1.json").read_text())["records"]
        (own,) = [record for record in records if record["source"] == "yours"]
        assert (own["method"], own["keep"], own["key"]) == ("a_b%{x}", 0.1, "refcoco_val")
        assert own["value"] == 99.5

    def test_our_cost_is_counted_at_a_ratio_that_the_paper_lacks(self, written):
        records = json.loads((written[0] / "tables" / "table2.json").read_text())["records"]
        (own,) = [record for record in records if record["source"] == "yours"]
        assert own["keep"] == 0.15
        assert own["tflops_published"] is None
        assert 1.161e12 < own["macs"] < 1.989e12

    def test_the_coverage_table_is_what_evtp_coverage_prints(self, written, evtp):
        result = evtp("coverage", *FEW, "--baseline", "none", "--format", "json")
        printed = {(r["method"], r["keep"]): r for r in json.loads(result.stdout)["records"]}
        reported = json.loads((written[0] / "tables" / "coverage.json").read_text())["records"]
        assert len(reported) == len(printed) == 9
        for record in reported:
            assert record == pytest.approx(printed[record["method"], record["keep"]])

    def test_it_replaces_itself_with_the_same_bytes(self, written, evtp, tmp_path):
        folder, _ = written
        before = {p.name: p.read_bytes() for p in folder.rglob("*") if p.is_file()}
        mine = folder.parent / "mine.csv"
        assert evtp("report", "-o", folder, "--records", mine, *FEW).exit_code == 0
        after = {p.name: p.read_bytes() for p in folder.rglob("*") if p.is_file()}
        assert before == after


def test_a_folder_of_something_else_is_refused_and_kept(refused, tmp_path):
    (tmp_path / "thesis").mkdir()
    (tmp_path / "thesis" / "a.tex").write_text("years")
    line = refused("report", "--output", tmp_path / "thesis")
    assert "--output" in line
    assert "is no report" in line
    assert [path.name for path in (tmp_path / "thesis").iterdir()] == ["a.tex"]


@pytest.mark.parametrize(
    ("option", "value", "said"),
    [
        ("--records", "absent.csv", "--records"),
        ("--style", "no-such-style", "--style"),
        ("--method", "evpt", "did you mean evtp"),
        ("--cache", "no-such-cache", "--cache"),
    ],
)
def test_bad_input_is_refused_and_nothing_is_written(refused, tmp_path, option, value, said):
    assert said in refused("report", "--output", tmp_path / "report", option, value)
    assert list(tmp_path.iterdir()) == []


@pytest.fixture
def bare_cache(tmp_path):
    """A cache without attention and without pictures."""
    import numpy as np

    from evtp.features import Clip
    from evtp.features.cache import Sample
    from evtp.features.cache_writer import CacheWriter

    features = np.random.default_rng(0).normal(size=(1, 64, 8)).astype("float32")
    with CacheWriter(tmp_path / "cache", {"encoder": "noise"}) as writer:
        for name in ("a", "b"):
            writer.add(
                Sample(
                    id=name,
                    clip=Clip(features, (8, 8)),
                    source=(),
                    source_sha256=(),
                    image_size=(8, 8),
                    masks={},
                )
            )
    return tmp_path / "cache"


@pytest.mark.slow
def test_a_method_that_the_cache_cannot_serve_is_left_out_and_named(evtp, bare_cache, tmp_path):
    result = evtp("report", "--cache", bare_cache, "-o", tmp_path / "report", "--seeds", "1")
    assert result.exit_code == 0, result.output
    left_out = [line.split()[0] for line in result.stderr.splitlines() if " left out: " in line]
    assert sorted(left_out) == ["tome", "visionzip", "vispruner"], "ToMe's heads do not fit 8"
    text = (tmp_path / "report" / "tables" / "coverage.json").read_text()
    methods = {record["method"] for record in json.loads(text)["records"]}
    assert "evtp" in methods
    page = (tmp_path / "report" / "index.html").read_text(encoding="utf-8")
    assert not {"visionzip", "tome"} & methods
    assert 'id="viewer"' not in page, "there are no pictures to show"
    for where in (result.stderr, unescape(page)):
        said = " ".join(where.split())
        assert "no picture of 2 of 2 frames" in said
        assert "frames of 64 tokens, costs are of the paper's 729" in said


def test_a_method_asked_for_that_the_cache_cannot_serve_is_refused(refused, bare_cache, tmp_path):
    arguments = ["--cache", bare_cache, "-o", tmp_path / "report", "--method", "visionzip"]
    assert "attention" in refused("report", *arguments)
    assert not (tmp_path / "report").exists()


def test_a_method_that_fails_on_one_frame_has_no_records_of_the_others(tmp_path):
    rng = np.random.default_rng(0)
    with CacheWriter(tmp_path / "cache", {"encoder": "noise", "model": "noise"}) as writer:
        for name in ("a", "b", "c"):
            raw = rng.standard_normal((1, 36, 8)).astype(np.float16)
            writer.add(Sample(name, Clip(raw)))

    def fussy(frame, k):
        if frame.source.sample == "b":
            raise ValueError("not this one")
        return range(k)

    source = open_cache(tmp_path / "cache")
    pruners = [load("stride"), Pruner.of("fussy", fussy)]
    records, _, notes = measure(source, pruners, 1, optional=True, step=lambda step, done: None)
    assert {record["method"] for record in records} == {"stride"}
    assert any(note.startswith("fussy left out: ") for note in notes)
