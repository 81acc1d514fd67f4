"""Verification finds every damage, and names it."""

from __future__ import annotations

import json
import re

import numpy as np
import pytest

from evtp.features.store import open_store
from evtp.features.verify import verify


@pytest.fixture
def cache(tmp_path, make_samples, write_cache):
    return write_cache(tmp_path / "c", make_samples(45))


def damages(folder):
    return [(d.file, d.sample, d.problem) for d in verify(open_store(folder))]


def test_a_sound_cache_has_none(cache):
    assert damages(cache) == []


def test_any_bit_of_any_tensor_is_noticed(cache):
    shard = cache / "shard-00001.safetensors"
    whole = bytearray(shard.read_bytes())
    data = 8 + int.from_bytes(whole[:8], "little")
    random = np.random.default_rng(0)
    for place in random.integers(data, len(whole), 25):
        torn = bytearray(whole)
        torn[place] ^= 1 << int(random.integers(8))
        shard.write_bytes(bytes(torn))
        found = damages(cache)
        assert found, place
        assert found[0][0] == shard.name
        assert found[0][1].startswith("set/")
        assert "not those that were written" in found[0][2]


def test_truncated_missing_and_foreign_files_are_named(cache):
    first, second = cache / "shard-00000.safetensors", cache / "shard-00001.safetensors"
    first.write_bytes(first.read_bytes()[:-5])
    second.unlink()
    found = damages(cache)
    assert ("shard-00001.safetensors", "", "is missing") in found
    assert any(file == first.name and "truncated" in problem for file, _, problem in found)


def test_an_index_that_points_elsewhere_is_noticed(cache):
    index = cache / "index.json"
    text = index.read_text()
    swapped = text.replace(
        '"set/3/features": "shard-00000', '"set/3/features": "shard-00001'
    ).replace('"set/3/attention": "shard-00000', '"set/3/attention": "shard-00001')
    assert swapped != text
    index.write_text(swapped)
    assert ("index.json", "set/3", "is not listed under shard-00000.safetensors") in damages(cache)
    index.write_text(re.sub(r'.*"set/3/.*\n', "", text))
    assert ("index.json", "set/3", "is not listed under shard-00000.safetensors") in damages(cache)
    content = json.loads(text)
    index.write_text(text.replace(f'"samples": {content["metadata"]["samples"]},', '"samples": 9,'))
    assert any("counts 9 samples" in problem for _, _, problem in damages(cache))
    index.write_text("{")
    assert damages(cache)[0][0] == "index.json"


def test_values_that_are_not_finite_are_noticed_although_their_hash_is_right(
    tmp_path, make_samples, write_cache, monkeypatch
):
    from evtp.features import shard

    monkeypatch.setattr(shard.np, "isfinite", lambda x: np.ones_like(x, bool))
    sample = make_samples(1)[0]
    sample.clip.features[0, 0, 0] = np.inf
    folder = write_cache(tmp_path / "c", [sample])
    monkeypatch.undo()
    assert damages(folder) == [
        ("shard-00000.safetensors", "set/0", "its features hold NaN or infinite values")
    ]


def test_a_sample_that_is_there_twice_is_noticed(cache):
    (cache / "shard-00007.safetensors").write_bytes(
        (cache / "shard-00000.safetensors").read_bytes()
    )
    assert ("shard-00007.safetensors", "set/0", "is in shard-00000.safetensors as well") in damages(
        cache
    )
