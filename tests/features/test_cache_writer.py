"""Writing: continued to the same bytes, killed anywhere, two writers, a full disk."""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import signal
import subprocess
import sys
import textwrap

import fsspec
import numpy as np
import pytest

from evtp.core.errors import InputError
from evtp.features import Clip, Sample, open_cache
from evtp.features.cache_writer import CacheWriter
from evtp.features.store import LocalStore, open_store
from evtp.features.verify import verify

MADE = {"encoder": "test", "model": "none", "block": 3}


def interrupted_after(samples):
    yield from samples
    raise KeyboardInterrupt


@pytest.mark.parametrize("stop", [0, 1, 19, 38, 60])
def test_an_interrupted_run_ends_in_the_same_bytes(
    tmp_path, make_samples, write_cache, contents, stop
):
    samples = make_samples(60)
    write_cache(tmp_path / "whole", samples)
    with pytest.raises(KeyboardInterrupt):
        write_cache(tmp_path / "cut", interrupted_after(samples[:stop]))
    if stop:
        assert list(open_cache(tmp_path / "cut")) == [sample.id for sample in samples[:stop]]
    write_cache(tmp_path / "cut", samples)
    assert contents(tmp_path / "cut") == contents(tmp_path / "whole")


def test_adding_to_a_complete_cache_gives_the_bytes_of_one_run(
    tmp_path, make_samples, write_cache, contents
):
    samples = make_samples(60)
    write_cache(tmp_path / "whole", samples)
    for count in (5, 19, 20, 45, 60):
        write_cache(tmp_path / "grown", samples[:count])
    assert contents(tmp_path / "grown") == contents(tmp_path / "whole")


class Killed(BaseException):
    """Stands for the moment at which a process is killed."""


class Fuse:
    """Raises `Killed` at the step after a number of steps on the disk."""

    def __init__(self, patch: pytest.MonkeyPatch, steps: int) -> None:
        self.left = steps
        create, remove = LocalStore.create, LocalStore.remove

        @contextlib.contextmanager
        def creating(store, name):
            self.burn()  # before anything is written
            with create(store, name) as file:
                yield file
                self.burn()  # written under the temporary name
            self.burn()  # renamed

        def removing(store, name):
            self.burn()
            remove(store, name)

        patch.setattr(LocalStore, "create", creating)
        patch.setattr(LocalStore, "remove", removing)

    def burn(self) -> None:
        self.left -= 1
        if self.left < 0:
            raise Killed


@pytest.mark.slow
def test_killed_at_any_step_on_the_disk_nothing_is_lost(
    tmp_path, make_samples, write_cache, contents
):
    samples = make_samples(22)
    whole = contents(write_cache(tmp_path / "whole", samples))
    steps, finished = 0, False
    while not finished:
        folder, done = tmp_path / f"killed-{steps}", []
        with pytest.MonkeyPatch.context() as patch:
            Fuse(patch, steps)
            try:
                with CacheWriter(folder, MADE, shard_bytes=5000) as writer:
                    for sample in samples:
                        writer.add(sample)
                        done.append(sample.id)
                finished = True
            except Killed:
                pass
        if done:
            assert set(done) <= set(open_cache(folder)), steps
            assert not list(verify(open_store(folder))), steps
        assert contents(write_cache(folder, samples)) == whole, steps
        # Within the first shard a step is like another; around its end each is tried.
        steps += 4 if steps < 48 else 1
    assert steps > 90


SCRIPT = """
    import sys
    import numpy as np
    from evtp.features import Clip, Sample
    from evtp.features.cache_writer import CacheWriter

    random = np.random.default_rng(0)
    made = {"encoder": "test", "model": "none", "block": 3}
    with CacheWriter(sys.argv[1], made, shard_bytes=200_000) as writer:
        for number in range(60):
            clip = Clip(random.standard_normal((1, 64, 128)).astype(np.float32))
            if f"s{number}" not in writer:
                writer.add(Sample(f"s{number}", clip))
                print(f"s{number}", flush=True)
"""


@pytest.mark.slow
@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="no SIGKILL")
def test_kill_9_loses_nothing_that_was_added(tmp_path, contents):
    script = [sys.executable, "-c", textwrap.dedent(SCRIPT)]
    subprocess.run([*script, str(tmp_path / "whole")], check=True, capture_output=True)
    random = np.random.default_rng(1)
    for attempt in range(12):
        folder = tmp_path / f"killed-{attempt}"
        process = subprocess.Popen([*script, str(folder)], stdout=subprocess.PIPE, text=True)
        assert process.stdout is not None
        said = [process.stdout.readline().strip() for _ in range(1 + 5 * attempt)]
        # A random moment within the next sample's write, or shortly after.
        try:
            process.wait(timeout=float(random.random() * 0.003))
        except subprocess.TimeoutExpired:
            os.kill(process.pid, signal.SIGKILL)
        said += process.stdout.read().split()
        process.wait()
        assert set(said) <= set(open_cache(folder))
        assert not list(verify(open_store(folder)))
        subprocess.run([*script, str(folder)], check=True, capture_output=True)
        assert contents(folder) == contents(tmp_path / "whole")


def hold(folder, ready, release):
    with CacheWriter(folder, MADE):
        ready.set()
        release.wait(20)


def test_two_writers_to_one_cache_are_refused(tmp_path, make_samples, write_cache):
    context = multiprocessing.get_context("fork")
    ready, release = context.Event(), context.Event()
    other = context.Process(target=hold, args=(tmp_path / "c", ready, release))
    other.start()
    assert ready.wait(20)
    with pytest.raises(InputError, match="being written by another run"):
        write_cache(tmp_path / "c", make_samples(1))
    release.set()
    other.join()
    write_cache(tmp_path / "c", make_samples(1))


def test_a_full_disk_is_reported_and_leaves_what_was_written(
    tmp_path, make_samples, write_cache, contents, monkeypatch
):
    samples = make_samples(60)
    write_cache(tmp_path / "whole", samples)
    real = LocalStore.create
    left = 30

    def create(self, name):
        nonlocal left
        left -= 1
        if left < 0:
            os.close(os.open(os.devnull, os.O_RDONLY))
            monkeypatch.setattr("os.fsync", no_space)
        return real(self, name)

    def no_space(handle):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(LocalStore, "create", create)
    with pytest.raises(InputError, match="no space is left") as caught:
        write_cache(tmp_path / "c", samples)
    assert "run the same command again" in str(caught.value)
    monkeypatch.undo()
    kept = list(open_cache(tmp_path / "c"))
    assert len(kept) >= 25
    assert not [name for name in contents(tmp_path / "c") if name.startswith(".")]
    write_cache(tmp_path / "c", samples)
    assert contents(tmp_path / "c") == contents(tmp_path / "whole")


@pytest.mark.parametrize(
    ("change", "named"),
    [({"model": "other"}, "model"), ({"block": 4}, "block"), ({"new": 1}, "new")],
)
def test_features_of_another_encoder_are_refused(
    tmp_path, make_samples, write_cache, contents, change, named
):
    folder = write_cache(tmp_path / "c", make_samples(3))
    before = contents(folder)
    with pytest.raises(InputError, match=named), CacheWriter(folder, {**MADE, **change}):
        pass
    with pytest.raises(InputError, match="dtype"), CacheWriter(folder, MADE, dtype="float32"):
        pass
    assert contents(folder) == before


def test_a_checkpoint_is_known_by_its_weights_wherever_it_lies(tmp_path, make_samples):
    first, second = make_samples(2)
    made = {**MADE, "model": "models/tower", "weights_sha256": "1" * 64}
    with CacheWriter(tmp_path / "c", made) as writer:
        writer.add(first)
    moved = {**made, "model": "/elsewhere/tower"}
    with CacheWriter(tmp_path / "c", moved) as writer:
        writer.add(second)
    assert open_cache(tmp_path / "c").encoder["model"] == "models/tower"
    other = {**moved, "weights_sha256": "2" * 64}
    with pytest.raises(InputError, match="model"), CacheWriter(tmp_path / "c", other):
        pass


@pytest.mark.parametrize("damage", ["gone", "truncated"])
def test_what_was_damaged_is_made_again_once_it_is_deleted(
    tmp_path, make_samples, write_cache, damage
):
    samples = make_samples(60)
    folder = write_cache(tmp_path / "c", samples)
    shard = folder / "shard-00001.safetensors"
    if damage == "truncated":
        shard.write_bytes(shard.read_bytes()[:-1])
        with pytest.raises(InputError, match="delete the file and run the extraction again"):
            write_cache(folder, samples)
    shard.unlink()
    write_cache(folder, samples)
    cache = open_cache(folder)
    assert set(cache) == {sample.id for sample in samples}
    for sample in samples:
        expected = sample.clip.features.astype(np.float16)
        np.testing.assert_array_equal(cache[sample.id].clip.features, expected)
    assert not list(verify(open_store(folder)))


@pytest.mark.parametrize("text", ["", "{", "[]"])
def test_a_damaged_index_is_rebuilt(tmp_path, make_samples, write_cache, contents, text):
    folder = write_cache(tmp_path / "c", make_samples(30))
    before = contents(folder)
    (folder / "index.json").write_text(text)
    write_cache(folder, make_samples(30))
    assert contents(folder) == before


def test_a_folder_with_other_files_is_refused(tmp_path):
    (tmp_path / "thesis.tex").write_text("x")
    with pytest.raises(InputError, match=r"thesis\.tex"), CacheWriter(tmp_path, MADE):
        pass
    assert (tmp_path / "thesis.tex").read_text() == "x"


def test_values_that_cannot_be_stored_are_refused(tmp_path):
    def sample(value: float) -> Sample:
        return Sample("a", Clip(np.full((1, 4, 2), value, np.float32)))

    with CacheWriter(tmp_path / "c", MADE) as writer:
        for value in (np.nan, np.inf):
            with pytest.raises(InputError, match="NaN or infinite"):
                writer.add(sample(value))
        with pytest.raises(InputError, match="use bfloat16 or float32"):
            writer.add(sample(1e5))
        assert len(writer) == 0
    with CacheWriter(tmp_path / "wide", MADE, dtype="bfloat16") as writer:
        writer.add(sample(1e5))
    found = open_cache(tmp_path / "wide")["a"].clip.features
    assert float(found[0, 0, 0]) == pytest.approx(1e5, rel=0.01)


def test_an_id_used_twice_and_uneven_inputs_are_refused(tmp_path, make_samples):
    first, second = make_samples(2)
    with CacheWriter(tmp_path / "c", MADE) as writer:
        writer.add(first)
        with pytest.raises(InputError, match="names two samples"):
            writer.add(first)
        with pytest.raises(InputError, match="names two samples"):
            writer.add(second, second)
        with pytest.raises(InputError, match="same inputs"):
            writer.add(Sample("bare", Clip(first.clip.features)))
        writer.add(second)
    assert list(open_cache(tmp_path / "c")) == [first.id, second.id]


def test_a_cache_lies_on_any_fsspec_path(make_samples, write_cache):
    where = "memory://evtp-test/cache"
    samples = make_samples(45)
    try:
        with pytest.raises(KeyboardInterrupt):
            write_cache(where, interrupted_after(samples[:25]))
        with (
            CacheWriter(where, MADE),
            pytest.raises(InputError, match="delete its writer"),
            CacheWriter(where, MADE),
        ):
            pass
        assert len(open_cache(where)) == 25
        write_cache(where, samples)
        cache = open_cache(where)
        assert list(cache) == [sample.id for sample in samples]
        np.testing.assert_array_equal(
            cache["set/33"].clip.features, samples[33].clip.features.astype(np.float16)
        )
        assert not list(verify(open_store(where)))
    finally:
        fsspec.filesystem("memory").rm("/evtp-test", recursive=True)


def test_an_unknown_protocol_is_refused():
    with pytest.raises(InputError, match="nosuch"):
        open_cache("nosuch://somewhere")
