"""Several sweeps' records in one report: each frame once, and caches told apart."""

from __future__ import annotations

import json

import pytest

from evtp.core.errors import InputError
from evtp.reports.own import read_own

HEADER = "method,keep,tokens,tokens_kept,sample,frame,seed,feature_radius"


@pytest.fixture
def run(tmp_path):
    def write(name, lines, cache=None):
        records = tmp_path / name / "records"
        records.mkdir(parents=True)
        if cache is not None:
            manifest = {"cache": {"digest": cache, "encoder": {"encoder": "e"}}}
            (tmp_path / name / "manifest.json").write_text(json.dumps(manifest))
        (records / "part.csv").write_text("\n".join([HEADER, *lines, ""]))
        return tmp_path / name

    return write


def test_a_record_that_two_sweeps_have_counts_once(run):
    line = "random,10%,81,8,x,0,0,0.5"
    a = run("a", [line, "random,10%,81,8,x,0,1,0.7"], "1")
    b = run("b", [line, "evtp,10%,81,8,x,0,0,0.4"], "1")
    cover = read_own([a, b]).cover
    assert sorted((r["method"], r["seed"]) for r in cover) == [
        ("evtp", 0), ("random", 0), ("random", 1),
    ]  # fmt: skip


def test_two_answers_for_one_frame_are_refused(run):
    a = run("a", ["mine,10%,81,8,x,0,0,0.5"], "1")
    b = run("b", ["mine,10%,81,8,x,0,0,0.6"], "1")
    with pytest.raises(InputError, match=r"feature_radius of mine on x at 10% is 0\.6, and 0"):
        read_own([a, b])


@pytest.mark.parametrize("inside", ["records", "records/part.csv"])
def test_a_sweep_is_known_by_its_records_alone(run, inside):
    a = run("a", ["evtp,10%,81,8,x,0,0,0.5"], "1")
    b = run("b", ["evtp,10%,81,8,x,0,0,0.6"], "2")
    own = read_own([a / inside, b / inside])
    assert len({r["sample"] for r in own.cover}) == 2
    assert own.encoder == {"encoder": "e"}


def test_records_of_no_known_cache_are_of_the_one_that_has_their_samples(run):
    a = run("a", ["evtp,10%,81,8,x,0,0,0.5"], "1")
    b = run("b", ["evtp,10%,81,8,x,0,0,0.5", "random,10%,81,8,x,0,0,0.9"])
    own = read_own([a, b])
    assert len(own.cover) == 2
    assert len({r["sample"] for r in own.cover}) == 1
    assert own.encoder == {}  # nobody knows what the second was of


def test_methods_on_unlike_frames_are_remarked(run):
    a = run("a", ["evtp,10%,81,8,x,0,0,0.5", "evtp,10%,81,8,y,0,0,0.5"], "1")
    b = run("b", ["mine,10%,81,8,x,0,0,0.6"], "1")
    assert any("of the same frames: evtp 2, mine 1" in note for note in read_own([a, b]).notes)
    assert read_own([a]).notes == []


def test_a_count_of_one_run_is_left_out_by_no_other(run):
    alike = ["evtp,8,81,8,x,0,0,0.5", "evtp,8,81,8,y,0,0,0.5"]
    unlike = ["evtp,8,81,8,p,0,0,0.5", "evtp,8,729,8,q,0,0,0.5"]
    cover = read_own([run("a", alike, "1"), run("b", unlike, "2")]).cover
    assert sorted(str(r["sample"]) for r in cover) == ["1 x", "1 y"]
