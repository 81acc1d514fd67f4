"""Small caches, sweeps of them, and methods that fail on purpose."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest

from evtp.features import Clip, Sample, open_cache
from evtp.features.cache_writer import CacheWriter
from evtp.features.shard import read_shard
from evtp.features.store import open_store
from evtp.pruners.method import from_file, load
from evtp.sweeps.sweep import Request, carry_out, planned
from evtp.sweeps.worker import compute

GRID, WIDTH = (6, 7), 16


def sample(name, frames=2, seed=None):
    rng = np.random.default_rng(sum(name.encode()) if seed is None else seed)
    field = rng.standard_normal((frames, GRID[0] * GRID[1], WIDTH)) + rng.standard_normal(WIDTH)
    return Sample(id=name, clip=Clip(field.astype(np.float32), GRID))


def write_cache(folder, samples, **options):
    with CacheWriter(folder, {"encoder": "noise", "model": "none", "block": 0}, **options) as to:
        for one in samples:
            to.add(one)
    return open_cache(folder)


def poison(folder: Path, sample_id: str) -> None:
    """Writes a NaN into a sample's features, with a digest that agrees."""
    for path in folder.glob("shard-*.safetensors"):

        def find(path=path):
            shard = read_shard(open_store(folder), path.name, path.stat().st_size)
            return {packed.id: packed for packed in shard.samples}.get(sample_id)

        packed = find()
        if packed is not None:
            features = bytes(packed.tensors["features"].buffer())
            nan = np.float16(np.nan).tobytes()
            path.write_bytes(path.read_bytes().replace(features, nan + features[len(nan) :]))
            old, new = packed.record["sha256"], find().digest()
            path.write_bytes(path.read_bytes().replace(old.encode(), new.encode()))


@pytest.fixture
def cache(tmp_path):
    """Twelve clips of two frames, in three shards of the cache."""
    samples = [sample(f"clip-{i:02}") for i in range(12)]
    return write_cache(tmp_path / "cache", samples, shard_bytes=2 * samples[0].clip.features.nbytes)


@pytest.fixture
def request_of():
    """``request_of("random", "evtp", keeps=[0.1])``; a path is a method of one's own."""

    def make(*methods, keeps=(0.1, 5), **options):
        pruners = [from_file(m) if isinstance(m, Path) else load(m) for m in methods]
        return Request(pruners, keeps, **{"seeds": 2, "shard_frames": 4, **options})

    return make


@pytest.fixture
def swept():
    """``swept(cache, request, folder)`` sweeps and returns what its tasks gave.

    Without an engine the tasks are computed one after the other in this process.
    """

    def sweep(cache, request, folder, engine=None, **options):
        with planned(cache, request, folder) as plan:
            if engine is None:
                return [compute(plan.job, task) for task in plan.tasks]
            return list(carry_out(plan, engine, **options))

    return sweep


def files_of(folder) -> dict[str, bytes]:
    """The parts of a run by name."""
    return {path.name: path.read_bytes() for path in sorted(Path(folder, "records").iterdir())}


def rows_of(folder) -> list[dict]:
    """All records of a run, in one order."""
    keys = ("sample", "frame", "method", "seed", "tokens_kept")
    paths = sorted(Path(folder, "records").glob("*.parquet"))
    rows = [row for path in paths for row in pq.read_table(path).to_pylist()]
    return sorted(rows, key=lambda row: [row[key] for key in keys])


FAULTY = '''"""The first tokens, {idea}."""

import os
import signal
import time
from pathlib import Path

import numpy as np

FLAGS = Path({flags!r})


def once(name):
    try:
        (FLAGS / name).touch(exist_ok=False)
    except FileExistsError:
        return False
    return True


def prune(frame, k):
    {fault}
    return np.arange(k)
'''

FAULTS = {
    "slow": "once('begun'); time.sleep(0.15)",
    "killed": "if frame.index == 1 and once('killed'): os.kill(os.getpid(), signal.SIGKILL)",
    "deadly": "os.kill(os.getpid(), signal.SIGKILL)",
    "tells-its-node": "import ray; once(ray.get_runtime_context().get_node_id())"
    " if ray.is_initialized() else 0; time.sleep(0.1)",
    "raises": "if frame.source.features[0, 0] > 0: 1 / 0",
}


@pytest.fixture
def faulty(tmp_path):
    """``faulty("slow")`` is the file of a method with that fault, and ``.flags`` where it tells."""

    def make(fault):
        flags = tmp_path / "flags"
        flags.mkdir(exist_ok=True)
        path = tmp_path / f"{fault.replace('-', '_')}.py"
        path.write_text(FAULTY.format(idea=fault, flags=str(flags), fault=FAULTS[fault]))
        return path

    make.flags = tmp_path / "flags"
    return make


class Command:
    """The command line in a process group of its own, as a terminal starts it."""

    def __init__(self, *arguments):
        self.process = subprocess.Popen(
            [sys.executable, "-c", "from evtp.cli.main import main; main()", *map(str, arguments)],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )

    def interrupt(self):
        """Ctrl-C, which reaches every process of the group."""
        os.killpg(self.process.pid, signal.SIGINT)

    def finish(self, timeout=60):
        """Its exit code, stdout and stderr."""
        out, err = self.process.communicate(timeout=timeout)
        return self.process.returncode, out, err


@pytest.fixture
def command():
    """Starts ``evtp`` with these arguments in the background."""
    started = []

    def start(*arguments):
        started.append(Command(*arguments))
        return started[-1]

    yield start
    for one in started:
        if one.process.poll() is None:
            os.killpg(one.process.pid, signal.SIGKILL)


@pytest.fixture
def until():
    """Waits until something is true."""

    def wait(condition, seconds=60):
        end = time.monotonic() + seconds
        while not condition():
            assert time.monotonic() < end, "waited in vain"
            time.sleep(0.02)

    return wait


@pytest.fixture
def tools():
    """The plain functions of this file."""

    class Tools:
        pass

    for function in (sample, write_cache, poison, files_of, rows_of):
        setattr(Tools, function.__name__, staticmethod(function))
    return Tools
