"""The engines on this machine: the same bytes, stopped at once, continued later."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from evtp.core.errors import CheckFailed, InputError
from evtp.sweeps.engines import ENGINES, local
from evtp.sweeps.work import Done

pytestmark = pytest.mark.slow


def test_processes_write_the_bytes_of_one_process(
    cache, request_of, swept, faulty, tools, tmp_path
):
    request = request_of("evtp", "random", faulty("raises"), indices=True)
    swept(cache, request, tmp_path / "one")
    swept(cache, request, tmp_path / "two", "local", workers=2)
    assert tools.files_of(tmp_path / "one") == tools.files_of(tmp_path / "two")
    listed = (tmp_path / "two" / "failures.csv").read_text().splitlines()
    assert listed[0] == "file,sample,method,problem"
    assert len(listed) > 1


def test_tasks_are_taken_as_workers_come_free(monkeypatch):
    """However long the sweep, few tasks are held at a time."""
    monkeypatch.setattr(local, "compute", _answer)
    taken = []

    def tasks():
        for number in range(40):
            taken.append(number)
            yield number

    ahead = 0
    for count, _ in enumerate(local.execute(None, tasks(), workers=2)):
        ahead = max(ahead, len(taken) - count)
    assert taken == list(range(40))
    assert ahead <= 5


def _answer(job, task):
    return Done(task, 0, (), 0.0, 0.0)


def test_workers_have_one_thread_each(monkeypatch):
    monkeypatch.setattr(local, "compute", _threads)
    before = dict(os.environ)
    assert list(local.execute(None, iter([0]), workers=1)) == [["1", "1", "1"]]
    assert dict(os.environ) == before


def _threads(job, task):
    return [os.environ.get(f"{name}_NUM_THREADS") for name in ("OMP", "OPENBLAS", "MKL")]


def test_a_worker_that_dies_is_said_in_one_line(cache, request_of, swept, faulty, tmp_path):
    with pytest.raises(CheckFailed, match="run the same command again"):
        swept(cache, request_of(faulty("deadly")), tmp_path / "run", "local", workers=1)


def test_an_address_needs_the_engine_that_takes_it(cache, request_of, swept, tmp_path):
    with pytest.raises(InputError, match="--engine ray"):
        swept(cache, request_of("evtp"), tmp_path / "run", "local", address="auto")


def test_every_engine_refuses_what_it_cannot_use(cache, request_of, swept, tmp_path):
    pytest.importorskip("ray", reason="needs the extra ray")
    with pytest.raises(InputError, match="leave it out"):
        swept(cache, request_of("evtp"), tmp_path / "run", "ray", address="auto", workers=2)
    with pytest.raises(InputError, match="cannot be joined"):
        swept(cache, request_of("evtp"), tmp_path / "run", "ray", address="127.0.0.1:1")


@pytest.mark.parametrize("engine", ["local", "ray"])
def test_an_engine_that_cannot_be_had_leaves_no_run_behind(
    cache, request_of, swept, tmp_path, engine
):
    if engine == "ray":
        pytest.importorskip("ray", reason="needs the extra ray")
    with pytest.raises(InputError, match="address"):
        swept(cache, request_of("evtp"), tmp_path / "run", engine, address="127.0.0.1:1")
    assert not (tmp_path / "run").exists()
    swept(cache, request_of("evtp"), tmp_path / "run", "local")
    before = (tmp_path / "run" / "manifest.json").read_bytes()
    with pytest.raises(InputError, match="address"):
        swept(cache, request_of("evtp"), tmp_path / "run", engine, address="127.0.0.1:1")
    assert (tmp_path / "run" / "manifest.json").read_bytes() == before


def test_ray_missing_is_said_with_the_way_to_get_it(
    cache, request_of, swept, monkeypatch, tmp_path
):
    monkeypatch.setitem(sys.modules, "ray", None)
    with pytest.raises(InputError, match=r"pip install 'evtp\[ray\]'"):
        swept(cache, request_of("evtp"), tmp_path / "run", "ray")


@pytest.mark.parametrize("engine", ENGINES.names())
def test_ctrl_c_stops_within_seconds_and_leaves_a_run_to_continue(
    cache, request_of, swept, faulty, tools, command, until, tmp_path, engine
):
    if engine == "ray":
        pytest.importorskip("ray", reason="needs the extra ray")
    slow, run = faulty("slow"), tmp_path / "run"
    arguments = ("sweep", "--cache", tmp_path / "cache", "--pruner", slow, "--keep", "0.1,5")
    arguments += ("--seeds", 2, "--shard-frames", 4, "--output", run, "--engine", engine)
    running = command(*arguments, "--workers", 1)
    until(lambda: (run / "records").is_dir() and any(run.glob("records/0*.parquet")))
    running.interrupt()
    code, out, err = running.finish(timeout=10)
    assert code == 130, err
    assert out == ""
    assert "Traceback" not in err
    assert err.splitlines()[-1] == "interrupted"
    assert f"stays in {run}; the same command goes on" in err.splitlines()[-2]
    before = tools.files_of(run)
    assert 0 < len(before) < 6
    done = swept(cache, request_of(slow), run)
    assert len(done) == 6 - len([name for name in before if not name.startswith(".")])
    swept(cache, request_of(slow), tmp_path / "clean")
    assert tools.files_of(run) == tools.files_of(tmp_path / "clean")


def test_workers_leave_with_a_driver_that_is_killed(cache, faulty, command, until, tmp_path):
    running = command(
        *("sweep", "--cache", tmp_path / "cache", "--pruner", faulty("slow"), "--keep", 5),
        *("--output", tmp_path / "run", "--workers", 2),
    )
    until((faulty.flags / "begun").exists)
    group = running.process.pid
    running.process.kill()
    running.process.wait()

    def alone():
        listed = subprocess.run(["ps", "-eo", "pgid="], capture_output=True, text=True, check=True)
        return str(group) not in listed.stdout.split()

    until(alone, seconds=10)


COMPILED = """\
# coding: latin-1
import inspect
import numba
import numpy as np

@numba.njit
def least(norms, k):  # é
    return np.argsort(norms)[:k]

def prune(frame, k):
    assert "numba.njit" in inspect.getsource(least)
    return least((frame.x.astype(np.float64) ** 2).sum(1), k)
"""


@pytest.mark.parametrize("engine", ["local", None])
def test_a_file_of_ones_own_is_compiled_in_a_worker_and_leaves_nothing_there(
    cache, request_of, swept, tools, tmp_path, monkeypatch, engine
):
    path = tmp_path / "compiled_one.py"
    path.write_bytes(COMPILED.encode("latin-1"))
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    monkeypatch.setenv("TMPDIR", str(temporary))
    monkeypatch.setattr("tempfile.tempdir", None)
    done = swept(cache, request_of(path), tmp_path / "run", engine)
    assert not any(one.failures for one in done), done
    assert {row["method"] for row in tools.rows_of(tmp_path / "run")} == {"compiled-one"}
    assert not [left.name for left in temporary.iterdir()]
