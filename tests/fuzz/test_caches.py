"""Caches and runs that are broken, foreign or hostile: read rightly or refused in one line."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evtp.core.errors import InputError
from evtp.features.cache import open_cache
from evtp.features.cache_writer import CacheWriter
from evtp.pruners.method import load
from evtp.sweeps.overview import overview
from evtp.sweeps.sweep import Request, planned
from evtp.sweeps.worker import compute

fuzzed = settings.get_profile(os.environ.get("HYPOTHESIS_PROFILE", "quick"))

ENCODER = {"encoder": "test", "model": "none", "block": 3}
REQUEST = Request([load("evtp"), load("random")], [2, 0.5])


def rebuilt(content: bytes, changed, data) -> bytes:
    """A shard of valid lengths whose header says something else."""
    length = int.from_bytes(content[:8], "little")
    header = json.loads(content[8 : 8 + length])
    about = json.loads(header["__metadata__"]["evtp-features"])
    if data.draw(st.booleans()):
        about = data.draw(changed(about))
    else:
        header = data.draw(changed(header))
    if isinstance(header, dict) and isinstance(header.get("__metadata__"), dict):
        header["__metadata__"]["evtp-features"] = json.dumps(about)
    text = json.dumps(header).encode()
    return len(text).to_bytes(8, "little") + text + content[8 + length :]


@fuzzed
@given(st.data())
def test_a_damaged_cache_is_read_or_refused_by_every_command(
    ends_well, room, damages, changed, small_cache, data
):
    with room():
        folder = Path(shutil.copytree(small_cache, "cache"))
        name = data.draw(st.sampled_from(["index.json", "shard-00000.safetensors"]))
        file = folder / name
        content = file.read_bytes()
        if data.draw(st.booleans()):
            file.write_bytes(data.draw(damages(content)))
        elif name == "index.json":
            file.write_text(json.dumps(data.draw(changed(json.loads(content))), indent=2))
        else:
            file.write_bytes(rebuilt(content, changed, data))
        if data.draw(st.booleans()):
            (folder / "index.json").unlink(missing_ok=True)
        if not data.draw(st.integers(0, 5)):
            (folder / "shard-00000.safetensors").rename(folder / "part-00000-000000.safetensors")
        where = ["--cache", "cache", "--format", "json"]
        for command in (
            ["features", "info", *where],
            ["features", "info", "--per-sample", *where],
            ["features", "verify", *where],
            ["prune", "topk", *where],
            ["coverage", "--method", "evtp", "--baseline", "none", *where],
            ["show", "set/0", "--cache", "cache", "-o", "out/x.png"],
        ):
            ends_well(command)


@fuzzed
@given(st.data())
def test_a_damaged_cache_is_continued_or_refused(
    bounded, room, damages, changed, small_cache, data
):
    with room():
        folder = Path(shutil.copytree(small_cache, "cache"))
        file = folder / data.draw(st.sampled_from(["index.json", "shard-00000.safetensors"]))
        content = file.read_bytes()
        file.write_bytes(
            data.draw(damages(content))
            if file.suffix == ".json"
            else rebuilt(content, changed, data)
        )
        with contextlib.suppress(InputError), bounded():
            with CacheWriter(folder, ENCODER, data.draw(st.sampled_from(["float16"]))):
                pass
            for sample_id in open_cache(folder):
                assert open_cache(folder)[sample_id].id == sample_id


@fuzzed
@given(
    st.sampled_from(["index.json", "writer.lock", "shard-00000.safetensors", ".writing-x"]),
    st.booleans(),
)
def test_writing_a_cache_follows_no_link_out_of_its_folder(ends_well, room, name, dangling):
    with room() as here:
        np.save("x.npy", np.ones((9, 5), np.float32))
        folder = here / "out/cache"
        folder.mkdir()
        (folder / name).symlink_to(here / ("new" if dangling else "secret"))
        ends_well(["features", "import", "-i", "x.npy", "-o", folder])
        assert not (here / "new").exists()


@fuzzed
@given(st.sampled_from(["x.csv", "x.json", "x.tex", "x.safetensors"]), st.booleans())
def test_an_output_that_is_no_plain_file_is_left_alone(ends_well, room, small_cache, name, linked):
    with room() as here:
        special = here / ("pipe" if linked else f"out/{name}")
        os.mkfifo(special)
        if linked:
            (here / f"out/{name}").symlink_to(special)
        result = ends_well(["prune", "evtp", "--cache", small_cache, "-o", f"out/{name}"])
        assert result.exit_code == 2
        assert special.is_fifo()


@pytest.fixture(scope="session")
def run(small_cache, tmp_path_factory):
    """A sweep that is done."""
    folder = tmp_path_factory.mktemp("sweep") / "run"
    with planned(open_cache(small_cache), REQUEST, folder) as plan:
        for task in plan.tasks:
            compute(plan.job, task)
    return folder


@fuzzed
@given(st.data())
def test_a_damaged_sweep_is_continued_or_refused(
    bounded, room, damages, changed, small_cache, run, data
):
    with room():
        folder = Path(shutil.copytree(run, "run"))
        files = sorted(path for path in folder.rglob("*") if path.is_file())
        file = data.draw(st.sampled_from([folder / "manifest.json", *files]))
        content = file.read_bytes()
        if data.draw(st.booleans()):
            file.write_bytes(data.draw(damages(content)))
        elif file.suffix == ".json":
            file.write_text(json.dumps(data.draw(changed(json.loads(content)))))
        else:
            name = data.draw(st.sampled_from(["x.parquet", "1-x.parquet", "0000000-y.parquet"]))
            file.rename(file.with_name(name))
        with contextlib.suppress(InputError), bounded():
            with planned(open_cache(small_cache), REQUEST, folder) as plan:
                for task in plan.tasks:
                    compute(plan.job, task)
            for row in overview(str(folder)):
                assert row["method"] in ("evtp", "random")
