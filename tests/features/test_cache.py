"""Caches: what is read is what was written, and damage is refused in one line."""

from __future__ import annotations

import json
import shutil
import tracemalloc

import numpy as np
import pytest
import safetensors
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from evtp.core.errors import InputError
from evtp.features import Clip, Sample, open_cache
from evtp.features.cache_index import Index
from evtp.features.cache_writer import CacheWriter

MADE = {"encoder": "test", "model": "none", "block": 3}


@pytest.fixture
def cache_folder(tmp_path, make_samples, write_cache):
    return write_cache(tmp_path / "cache", make_samples(60))


def test_what_is_read_is_what_was_written(cache_folder, make_samples):
    cache = open_cache(cache_folder)
    written = make_samples(60)
    assert list(cache) == [sample.id for sample in written]
    assert len(cache) == 60
    assert cache.frames == 120
    for sample in written:
        found = cache[sample.id]
        expected = sample.clip.features.astype(np.float16)
        np.testing.assert_array_equal(found.clip.features, expected)
        np.testing.assert_array_equal(found.clip.attention, sample.clip.attention)
        assert found.clip.attention.dtype == np.float32
        assert found.clip.keys is None
        assert found.clip.shape == (3, 3)
        assert (found.source, found.image_size) == (sample.source, sample.image_size)
        assert found.masks == sample.masks
        assert found.expressions == sample.expressions
        assert found.encoder["block"] == 3


def test_arrays_are_views_of_the_mapped_file(cache_folder):
    features = open_cache(cache_folder)["set/0"].clip.features
    assert not features.flags.owndata
    assert not features.flags.writeable
    base = features
    while isinstance(base, np.ndarray):
        base = base.base
    assert type(base.obj).__name__ == "mmap"


def test_shards_are_safetensors_that_the_library_reads(cache_folder):
    cache = open_cache(cache_folder)
    assert len(cache.files) > 1
    read = {}
    for name in cache.files:
        with safetensors.safe_open(cache_folder / name, "np") as file:
            read |= {key: file.get_tensor(key) for key in file.keys()}  # noqa: SIM118
    assert set(read) == {f"{i}/{name}" for i in cache for name in ("features", "attention")}
    np.testing.assert_array_equal(read["set/7/features"], cache["set/7"].clip.features)


def test_the_index_is_a_weight_map_of_every_tensor(cache_folder):
    index = json.loads((cache_folder / "index.json").read_text())
    assert len(index["weight_map"]) == 120
    for tensor, file in index["weight_map"].items():
        with safetensors.safe_open(cache_folder / file, "np") as shard:
            assert tensor in shard.keys()  # noqa: SIM118


def test_no_shard_holds_more_than_its_bound(tmp_path, make_samples, write_cache):
    cache = open_cache(write_cache(tmp_path / "c", make_samples(50), shard_bytes=3000))
    for name in cache.files:
        samples = [
            s for s in cache.packed() if s.id in cache and cache._index.file_of(s.id) == name
        ]
        assert sum(sample.nbytes for sample in samples) <= 3000


@pytest.mark.parametrize("dtype", ["float16", "bfloat16", "float32"])
def test_every_dtype_keeps_what_it_can_hold(tmp_path, make_samples, write_cache, dtype):
    sample = make_samples(1)[0]
    folder = write_cache(tmp_path / "c", [sample], dtype=dtype)
    found = open_cache(folder)[sample.id].clip.features
    expected = torch.from_numpy(sample.clip.features).to(getattr(torch, dtype)).float()
    found = found.float() if isinstance(found, torch.Tensor) else torch.tensor(found).float()
    assert torch.equal(found, expected)


def test_an_id_that_is_not_there_is_a_key_error_with_a_remedy(cache_folder):
    cache = open_cache(cache_folder)
    assert "set/60" not in cache
    assert "set/6" in cache
    assert cache.get("nothing") is None
    with pytest.raises(KeyError, match="evtp features info"):
        cache["nothing"]


@settings(deadline=None, max_examples=25)
@given(st.lists(st.text(min_size=1, max_size=30).filter(str.isprintable), unique=True, max_size=30))
def test_any_printable_id_is_found_again(tmp_path_factory, ids):
    folder = tmp_path_factory.mktemp("ids")
    features = np.ones((1, 1, 1), np.float32)
    with CacheWriter(folder, MADE, shard_bytes=8) as writer:
        for number, name in enumerate(ids):
            writer.add(Sample(name, Clip(features * number)))
    if not ids:
        return
    cache = open_cache(folder)
    assert list(cache) == ids
    for number, name in enumerate(ids):
        assert cache[name].clip.features[0, 0, 0] == number
        assert (name + "x" in cache) == (name + "x" in ids)


def test_ids_that_extend_one_another_are_told_apart(tmp_path):
    ids = ["a", "a/b", "a/features", "a/features/b", "a b", "a-", "b", '"', "é", "\\"]
    with CacheWriter(tmp_path / "c", MADE) as writer:
        for number, name in enumerate(ids):
            writer.add(Sample(name, Clip(np.full((1, 1, 1), number, np.float32))))
    cache = open_cache(tmp_path / "c")
    assert [cache[name].clip.features.item() for name in ids] == list(range(len(ids)))
    assert "a/attention" not in cache


@pytest.mark.parametrize("name", ["", "a\nb", "x" * 2000, "\0"])
def test_an_id_that_fits_no_line_is_refused(tmp_path, name):
    with CacheWriter(tmp_path / "c", MADE) as writer, pytest.raises(InputError, match="id"):
        writer.add(Sample(name, Clip(np.ones((1, 1, 1), np.float32))))


def test_adding_nothing_writes_nothing(tmp_path):
    with CacheWriter(tmp_path / "c", MADE) as writer:
        writer.add()
    assert not (tmp_path / "c").exists()


def test_a_folder_that_goes_while_it_is_written_hides_no_error(tmp_path):
    def fail():
        with CacheWriter(tmp_path / "c", MADE):
            shutil.rmtree(tmp_path / "c")
            raise KeyError("mine")

    with pytest.raises(KeyError, match="mine"):
        fail()


def test_a_file_is_looked_for_in_the_index_once_where_samples_come_in_order(
    tmp_path, make_samples, write_cache, monkeypatch
):
    cache = open_cache(write_cache(tmp_path / "c", make_samples(60)))
    looked_for = []
    find = Index.file_of
    monkeypatch.setattr(Index, "file_of", lambda *given: looked_for.append(given) or find(*given))
    assert [sample.id for sample in cache.values()] == list(cache)
    assert len(looked_for) == len(cache.files) > 1


@pytest.mark.slow
def test_memory_does_not_grow_with_the_cache(tmp_path):
    def one(number: int) -> Sample:
        return Sample(f"sample-{number:06d}", Clip(np.full((1, 1, 4), number, np.float32)))

    peaks = []
    for count in (500, 5000):
        folder = tmp_path / str(count)
        with CacheWriter(folder, MADE, shard_bytes=400) as writer:
            for start in range(0, count, 50):
                writer.add(*map(one, range(start, start + 50)))
        tracemalloc.start()
        cache = open_cache(folder)
        assert cache[f"sample-{count // 2:06d}"].clip.features[0, 0, 0] == np.float16(count // 2)
        assert sum(1 for _ in cache) == count
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[1] < 3 * peaks[0]
