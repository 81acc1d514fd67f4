"""What a sweep refuses: runs and folders that are not its own, or are damaged."""

from __future__ import annotations

import importlib.metadata
import json
import zipfile

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from evtp.core.errors import InputError
from evtp.pruners import method
from evtp.sweeps.digests import files_behind
from evtp.sweeps.overview import overview
from evtp.sweeps.sweep import planned
from evtp.sweeps.worker import compute


def refusal(cache, request, folder):
    with pytest.raises(InputError) as caught, planned(cache, request, folder):
        pass
    return caught.value


def test_a_changed_cache_is_refused(cache, request_of, swept, tools, tmp_path):
    swept(cache, request_of("evtp"), tmp_path / "run")
    samples = [tools.sample(f"clip-{i:02}") for i in range(11)]
    changed = tools.write_cache(tmp_path / "other", [*samples, tools.sample("clip-11", seed=99)])
    error = refusal(changed, request_of("evtp"), tmp_path / "run")
    assert error.name == "output"
    assert "another cache" in error.problem


def test_other_code_is_refused(cache, request_of, swept, tmp_path, monkeypatch):
    swept(cache, request_of("evtp"), tmp_path / "run")
    monkeypatch.setattr("evtp.sweeps.sweep.code_digest", lambda: "other")
    assert "other code" in refusal(cache, request_of("evtp"), tmp_path / "run").problem


def test_a_worker_whose_code_is_another_is_refused(cache, request_of, tmp_path, monkeypatch):
    with planned(cache, request_of("evtp"), tmp_path / "run") as plan:
        monkeypatch.setattr("evtp.sweeps.worker.code_digest", lambda: "other")
        with pytest.raises(InputError, match=r"worker .*: runs another evtp than what started it"):
            compute(plan.job, plan.tasks[0])


def test_a_run_whose_seeds_drew_other_tokens_is_refused(cache, request_of, swept, tmp_path):
    swept(cache, request_of("random"), tmp_path / "run")
    manifest = tmp_path / "run" / "manifest.json"
    manifest.write_text(json.dumps({**json.loads(manifest.read_text()), "schema": 1}))
    problem = refusal(cache, request_of("random"), tmp_path / "run").problem
    assert "holds records of schema 1, this evtp writes schema 2" in problem


def test_a_method_whose_code_changed_is_refused(cache, request_of, swept, faulty, tmp_path):
    path = faulty("raises")
    swept(cache, request_of(path), tmp_path / "run")
    path.write_text(path.read_text() + "\n# changed\n")
    assert "before its code changed" in refusal(cache, request_of(path), tmp_path / "run").problem


def test_a_mended_method_is_tried_again_where_it_has_no_records(
    cache, request_of, swept, tools, tmp_path
):
    path = tmp_path / "mine.py"
    path.write_text("def prune(frame, k): return 1 / 0\n")
    both = [path, "stride"]
    done = swept(cache, request_of(*both), tmp_path / "run")
    assert {failure.method for task in done for failure in task.failures} == {"mine"}
    path.write_text("def prune(frame, k): return range(k)\n")
    assert swept(cache, request_of(*both), tmp_path / "run")
    rows = tools.rows_of(tmp_path / "run")
    assert [sum(r["method"] == m for r in rows) for m in ("mine", "stride")] == [24 * 2, 24 * 2]
    path.write_text("def prune(frame, k): return range(k)  # changed\n")
    error = refusal(cache, request_of(*both), tmp_path / "run")
    assert "records of mine from before its code changed" in error.problem
    assert error.remedy == "name another folder, or rename the pruner's file"


HELPERS = {
    "import": "import {0}help.one\ndef prune(frame, k): return {0}help.one.first(k)",
    "from": "from {0}help import one\ndef prune(frame, k): return one.first(k)",
    "inside": "def prune(frame, k):\n    from {0}help.one import first\n    return first(k)",
}


@pytest.fixture
def helper(tmp_path, monkeypatch):
    """``helper(name)`` is a module behind another in a folder that Python looks into."""
    folder = tmp_path / "lab"

    def make(name):
        (folder / f"{name}help").mkdir(parents=True)
        (folder / f"{name}help" / "__init__.py").write_text("")
        (folder / f"{name}help" / "one.py").write_text("from .two import first\n")
        two = folder / f"{name}help" / "two.py"
        two.write_text("def first(k): return range(k)\n")
        monkeypatch.syspath_prepend(folder)
        return two

    return make


@pytest.mark.parametrize("way", HELPERS)
def test_a_pruner_whose_helper_changed_is_refused(cache, request_of, swept, helper, tmp_path, way):
    two = helper(way)
    path = tmp_path / "mine.py"
    path.write_text(HELPERS[way].format(way))
    swept(cache, request_of(path), tmp_path / "run")
    assert swept(cache, request_of(path), tmp_path / "run") == []
    two.write_text(two.read_text() + "# changed\n")
    assert "before its code changed" in refusal(cache, request_of(path), tmp_path / "run").problem


@pytest.mark.parametrize("folder", ["lab", "lab/site-packages"])
def test_an_installed_pruner_whose_package_changed_is_refused(
    cache, request_of, swept, tmp_path, monkeypatch, folder
):
    package = tmp_path / folder / (name := f"evtp_{folder.replace('/', '_').replace('-', '_')}")
    package.mkdir(parents=True)
    (package / "__init__.py").write_text(f"from {name}.mine import prune\n")
    (package / "mine.py").write_text(HELPERS["inside"].replace("{0}help.one", f"{name}.helper"))
    (package / "helper.py").write_text("def first(k): return range(k)\n")
    monkeypatch.syspath_prepend(package.parent)
    point = importlib.metadata.EntryPoint("first-ones", f"{name}:prune", "evtp.pruners")
    monkeypatch.setattr(method, "entry_points", lambda group: [point])
    method._entry_points.cache_clear()
    try:
        swept(cache, request_of("first-ones"), tmp_path / "run")
        assert swept(cache, request_of("first-ones"), tmp_path / "run") == []
        (package / "helper.py").write_text("def first(k): return range(1, k + 1)\n")
        error = refusal(cache, request_of("first-ones"), tmp_path / "run")
        assert "before its code changed" in error.problem
    finally:
        method._entry_points.cache_clear()
        method.load.cache_clear()


def test_an_installed_package_of_others_is_no_part_of_a_pruner(tmp_path, monkeypatch):
    (tmp_path / "site-packages").mkdir()
    (tmp_path / "site-packages" / "evtp_of_others.py").write_text("")
    monkeypatch.syspath_prepend(tmp_path / "site-packages")
    assert files_behind([], ["json", "numpy.linalg", "evtp_of_others"]) == {}


@pytest.mark.parametrize("options", [{"indices": True}, {"shard_frames": 6}], ids=str)
def test_options_that_shape_the_records_cannot_change(cache, request_of, swept, tmp_path, options):
    swept(cache, request_of("evtp"), tmp_path / "run")
    assert refusal(cache, request_of("evtp", **options), tmp_path / "run").name in options


def test_a_folder_with_other_files_is_refused_and_left_alone(cache, request_of, tmp_path):
    (tmp_path / "notes").mkdir()
    (tmp_path / "notes" / "thesis.tex").write_text("x")
    assert "thesis.tex" in refusal(cache, request_of("evtp"), tmp_path / "notes").problem
    assert [path.name for path in (tmp_path / "notes").iterdir()] == ["thesis.tex"]


def test_a_foreign_manifest_is_refused(cache, request_of, tmp_path):
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "manifest.json").write_text("{}")
    assert "not of a sweep" in refusal(cache, request_of("evtp"), tmp_path / "run").problem


@pytest.mark.parametrize(
    "change",
    [
        lambda manifest: manifest.pop("cache"),
        lambda manifest: manifest.update(cache={"where": "x"}),
        lambda manifest: manifest.update(methods=None),
        lambda manifest: manifest.update(requests=[]),
        lambda manifest: manifest.pop("indices"),
    ],
)
def test_a_manifest_that_lacks_something_is_refused(cache, request_of, tmp_path, change):
    with planned(cache, request_of("evtp"), tmp_path / "run"):
        pass
    path = tmp_path / "run" / "manifest.json"
    manifest = json.loads(path.read_text())
    change(manifest)
    path.write_text(json.dumps(manifest))
    assert "manifest.json" in refusal(cache, request_of("evtp"), tmp_path / "run").problem


def test_a_manifest_nested_beyond_reading_is_refused(cache, request_of, tmp_path):
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "manifest.json").write_text("[" * 100_000)
    assert "not of a sweep" in refusal(cache, request_of("evtp"), tmp_path / "run").problem


def test_a_file_that_is_no_part_is_refused_by_its_name(cache, request_of, swept, tmp_path):
    swept(cache, request_of("evtp"), tmp_path / "run")
    foreign = tmp_path / "run" / "records" / "x.parquet"
    pq.write_table(pa.table({"x": [1]}), foreign)
    assert refusal(cache, request_of("evtp"), tmp_path / "run").value == str(foreign)
    foreign.rename(numbered := foreign.with_name("0000000-x.parquet"))
    more = request_of("evtp", keeps=(0.5,))
    assert refusal(cache, more, tmp_path / "run").value == str(numbered)
    with pytest.raises(InputError, match="cannot be read"):
        overview(str(tmp_path / "run"))


def test_a_flipped_bit_of_a_record_is_noticed(cache, request_of, swept, tmp_path):
    swept(cache, request_of("random"), tmp_path / "run")
    part = min((tmp_path / "run" / "records").iterdir())
    content = part.read_bytes()
    assert b"random" in content
    part.write_bytes(content.replace(b"random", b"randoo"))
    with pytest.raises(InputError, match="cannot be read"):
        overview(str(tmp_path / "run"))


def test_a_column_that_lost_its_name_is_noticed(cache, request_of, swept, tmp_path):
    swept(cache, request_of("evtp"), tmp_path / "run")
    part = min((tmp_path / "run" / "records").iterdir())
    part.write_bytes(part.read_bytes().replace(b"pruning_macs", b"pbuning_macs"))
    with pytest.raises(InputError, match="cannot be read"):
        overview(str(tmp_path / "run"))


def test_a_second_run_into_the_same_folder_is_refused(cache, request_of, tmp_path):
    with planned(cache, request_of("evtp"), tmp_path / "run"):
        error = refusal(cache, request_of("evtp"), tmp_path / "run")
    assert error.name == "output"
    assert "another run" in error.problem


def test_a_method_that_lacks_its_input_is_refused(cache, request_of, tmp_path):
    assert "attention" in refusal(cache, request_of("topk"), tmp_path / "run").problem
    assert not (tmp_path / "run").exists()


def test_a_count_above_the_tokens_is_refused(cache, request_of, tmp_path):
    assert refusal(cache, request_of("evtp", keeps=[43]), tmp_path / "run").name == "keep"


def test_a_run_whose_name_would_chain_file_systems_is_refused(cache, request_of, swept, tmp_path):
    with pytest.raises(InputError, match="holds ::"):
        swept(cache, request_of("stride"), tmp_path / "a::b")


def test_a_helper_in_an_archive_is_no_file_that_is_watched(
    cache, request_of, swept, tmp_path, monkeypatch
):
    with zipfile.ZipFile(tmp_path / "lab.zip", "w") as archive:
        archive.writestr("zipped_help.py", "def first(k): return range(k)\n")
    monkeypatch.syspath_prepend(tmp_path / "lab.zip")
    path = tmp_path / "mine.py"
    path.write_text("import zipped_help\ndef prune(frame, k): return zipped_help.first(k)\n")
    done = swept(cache, request_of(path), tmp_path / "run")
    assert done
    assert not any(task.failures for task in done)
