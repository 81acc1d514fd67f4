"""Faults on a real Ray cluster of two nodes: the records end up as if nothing had happened."""

from __future__ import annotations

import os
import subprocess
import threading

import pytest

from evtp.core.errors import InputError
from evtp.features import open_cache
from evtp.sweeps.sweep import carry_out, planned

pytest.importorskip("ray", reason="needs the extra ray")
pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def cluster():
    """Two nodes of one core each."""
    os.environ["RAY_USAGE_STATS_ENABLED"] = "0"
    # By default workers yield to everything else on the machine, other tests included.
    os.environ["RAY_worker_niceness"] = "0"  # noqa: SIM112 - Ray's own spelling
    from ray.cluster_utils import Cluster

    node = {"num_cpus": 1, "object_store_memory": 80_000_000}
    made = Cluster(initialize_head=True, head_node_args={**node, "include_dashboard": False})
    made.second = made.add_node(**node)
    yield made
    made.shutdown()


@pytest.fixture
def on_ray(cluster, swept):
    """``on_ray(cache, request, folder)`` sweeps on the cluster."""

    def sweep(cache, request, folder):
        return swept(cache, request, folder, "ray", address=cluster.address)

    return sweep


@pytest.fixture
def clean(cache, swept, tools, tmp_path):
    """``clean(request)``: the parts of a run without faults, in this process."""

    def parts(request, name="clean"):
        swept(open_cache(tmp_path / "cache"), request, tmp_path / name)
        return tools.files_of(tmp_path / name)

    return parts


def test_the_cluster_writes_the_bytes_of_one_process(
    cache, request_of, on_ray, clean, tools, tmp_path
):
    request = request_of("evtp", "random", indices=True)
    on_ray(cache, request, tmp_path / "run")
    assert tools.files_of(tmp_path / "run") == clean(request)
    assert not (tmp_path / "run" / "failures.csv").exists()


def test_a_killed_worker_is_replaced(cache, request_of, on_ray, clean, faulty, tools, tmp_path):
    request = request_of(faulty("killed"), "random")
    done = on_ray(cache, request, tmp_path / "run")
    assert (faulty.flags / "killed").exists()
    assert not any(one.failures for one in done)
    assert tools.files_of(tmp_path / "run") == clean(request)


def test_a_task_that_kills_every_worker_is_given_up_and_listed(
    cache, request_of, on_ray, faulty, tmp_path, monkeypatch
):
    monkeypatch.setattr("evtp.sweeps.engines.ray.RETRIES", 1)
    done = on_ray(cache, request_of(faulty("deadly"), shard_frames=24), tmp_path / "run")
    assert len(done) == 3
    assert all("worker died 2 times" in one.failures[0].problem for one in done)
    assert len((tmp_path / "run" / "failures.csv").read_text().splitlines()) == 4


def test_a_killed_driver_is_started_again(
    cache, cluster, request_of, swept, clean, faulty, command, until, tools, tmp_path
):
    slow, run = faulty("slow"), tmp_path / "run"
    arguments = ("sweep", "--cache", tmp_path / "cache", "--pruner", slow, "--keep", "0.1,5")
    arguments += ("--seeds", 2, "--shard-frames", 4, "--output", run)
    arguments += ("--engine", "ray", "--address", cluster.address)
    running = command(*arguments)
    until(lambda: any(run.glob("records/0*.parquet")) or running.process.poll() is not None)
    assert running.process.poll() is None, running.finish()
    running.process.kill()
    running.process.wait()
    finished = {p.name: p.stat().st_mtime_ns for p in run.glob("records/0*.parquet")}
    assert 0 < len(finished) < 6
    code, _, err = command(*arguments).finish()
    assert code == 0, err
    assert tools.files_of(run) == clean(request_of(slow))
    for name, written in finished.items():
        assert (run / "records" / name).stat().st_mtime_ns == written


def test_a_poisoned_sample_fails_alone(cache, request_of, on_ray, clean, tools, tmp_path):
    request = request_of("evtp", "random")
    clean(request)
    tools.poison(tmp_path / "cache", "clip-05")
    on_ray(open_cache(tmp_path / "cache"), request, tmp_path / "run")
    expected = [r for r in tools.rows_of(tmp_path / "clean") if r["sample"] != "clip-05"]
    assert tools.rows_of(tmp_path / "run") == expected
    (_, listed) = (tmp_path / "run" / "failures.csv").read_text().splitlines()
    assert "clip-05" in listed
    assert "NaN" in listed


def test_a_missing_file_of_the_cache_costs_its_own_samples(
    cache, cluster, request_of, on_ray, clean, tools, tmp_path
):
    request = request_of("evtp")
    path, aside = tmp_path / "cache" / "shard-00001.safetensors", tmp_path / "aside"
    with planned(cache, request, tmp_path / "run") as plan:
        path.rename(aside)
        done = list(carry_out(plan, "ray", address=cluster.address))
    assert {failure.file for one in done for failure in one.failures} == {path.name}
    assert path.name in (tmp_path / "run" / "failures.csv").read_text()
    with pytest.raises(InputError, match="is missing"):
        open_cache(tmp_path / "cache")
    aside.rename(path)
    on_ray(open_cache(tmp_path / "cache"), request, tmp_path / "run")
    assert not (tmp_path / "run" / "failures.csv").exists()
    assert tools.files_of(tmp_path / "run") == clean(request)


@pytest.fixture
def small_disk(tmp_path):
    """A disk of 256 KiB."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=256k", "tmpfs", str(folder)]
    if subprocess.run(mount, capture_output=True).returncode:
        pytest.skip("may not mount a small disk here")
    yield folder
    subprocess.run(["umount", "--lazy", str(folder)], check=True)


def test_a_full_disk_stops_the_sweep_and_spoils_nothing(
    cache, request_of, on_ray, clean, small_disk, tools
):
    request = request_of("evtp", "random")
    ballast = small_disk / "ballast"
    with planned(cache, request, small_disk / "run"):
        pass
    ballast.write_bytes(bytes(176 * 1024))
    with pytest.raises(InputError, match="no space is left on the disk"):
        on_ray(cache, request, small_disk / "run")
    expected = clean(request)
    # Another worker may still be at a part of its own, which the next run would sweep up.
    found = {
        name: data
        for name, data in tools.files_of(small_disk / "run").items()
        if not name.startswith(".writing-")
    }
    assert found.items() <= expected.items()
    ballast.unlink()
    on_ray(cache, request, small_disk / "run")
    assert tools.files_of(small_disk / "run") == expected


def test_a_lost_node_is_made_up_for(
    cache, cluster, request_of, on_ray, clean, faulty, until, tools, tmp_path
):
    """The last test: the cluster has one node afterwards."""
    request = request_of(faulty("tells-its-node"), shard_frames=2)
    second = cluster.second

    def remove():
        until((faulty.flags / second.node_id).exists)
        cluster.remove_node(second, allow_graceful=False)

    removing = threading.Thread(target=remove)
    removing.start()
    done = on_ray(cache, request, tmp_path / "run")
    removing.join()
    assert (faulty.flags / second.node_id).exists()
    assert not any(one.failures for one in done)
    assert tools.files_of(tmp_path / "run") == clean(request)
