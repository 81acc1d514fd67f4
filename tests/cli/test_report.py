"""`evtp report`: one small report for real, and everything that must be refused before work."""

from __future__ import annotations

import hashlib
import json
from html import unescape

import numpy as np
import pytest
from PIL import Image

from evtp.cli.assembly import Assembly
from evtp.cli.reporting import measure, numbers_of, spread
from evtp.features import Clip, Sample, open_cache
from evtp.features.cache_writer import CacheWriter
from evtp.pruners.method import Pruner, load
from evtp.reports.own import read_own

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


@pytest.fixture
def many(tmp_path):
    """A cache of 70 small pictures that tell their number by their red."""
    with CacheWriter(tmp_path / "many", {"encoder": "noise", "model": "noise"}) as writer:
        for number in range(70):
            path = tmp_path / f"{number:02}.png"
            Image.new("RGB", (8, 8), (number, 0, 0)).save(path)
            digest = hashlib.sha256(path.read_bytes()).hexdigest()
            raw = np.random.default_rng(number).standard_normal((1, 36, 4)).astype(np.float16)
            writer.add(Sample(path.name, Clip(raw), (str(path),), (digest,)))
    return open_cache(tmp_path / "many")


def test_of_many_photographs_some_are_shown_and_all_measured(many):
    pruners = [load(name) for name in ("stride", "dpp")]
    own = read_own([])
    numbers = numbers_of(many, pruners, 1, own, optional=False, step=lambda step, done: None)
    assert len(numbers.shots) == 60
    assert [shot.image.getpixel((0, 0))[0] for shot in numbers.shots[:7]] == [0, 1, 2, 3, 4, 5, 7]
    assert numbers.shots[-1].name == "68.png"
    assert "the page has photographs of 60 of 70 frames" in numbers.notes
    assert {record["frames"] for record in numbers.cover} == {70}
    assembly = Assembly(numbers, own)
    caption, draw = assembly.report.pictures["gallery"]
    assert "; 6 of 70 photographs (" in caption
    assert draw().height < 6 * 600
    assert assembly._method_names()["dpp"] == "DPP"
    assert assembly._method_names()["evtp"] == "EVTP-IVS"


@pytest.mark.parametrize(("total", "most"), [(3, 6), (6, 6), (7, 6), (200, 6), (61, 60)])
def test_photographs_are_spread_evenly(total, most):
    chosen = spread(total, most)
    assert chosen[0] == 0
    assert len(set(chosen)) == min(total, most)
    gaps = np.diff([*chosen, total])
    assert gaps.max() - gaps.min() <= 1


def test_the_frames_of_a_video_are_shown(tmp_path):
    av = pytest.importorskip("av")
    path = tmp_path / "film.mp4"
    with av.open(str(path), "w") as film:
        stream = film.add_stream("mpeg4", rate=10)
        stream.width = stream.height = 32
        for number in range(3):
            pixels = np.full((32, 32, 3), 80 * number, np.uint8)
            film.mux(stream.encode(av.VideoFrame.from_ndarray(pixels, "rgb24")))
        film.mux(stream.encode())
    clip = Clip(np.random.default_rng(0).standard_normal((2, 36, 4)).astype(np.float16))
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    with CacheWriter(tmp_path / "cache", {"encoder": "noise", "model": "noise"}) as writer:
        writer.add(Sample("film", clip, (str(path),), (digest,), times=(0.1, 0.2)))
    source = open_cache(tmp_path / "cache")
    _, shots, notes = measure(source, [load("stride")], 1, optional=True, step=lambda *_: None)
    assert [np.asarray(shot.image).mean() for shot in shots] == pytest.approx([80, 160], abs=6)
    assert [shot.name for shot in shots] == ["film 1", "film 2"]
    assert notes == []


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
