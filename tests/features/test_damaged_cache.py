"""A cache that is truncated, foreign or wrong about itself: refused in one line."""

from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evtp.core.errors import InputError
from evtp.features import Clip, Sample, open_cache
from evtp.features.cache_writer import CacheWriter

MADE = {"encoder": "test", "model": "none", "block": 3}


@pytest.fixture
def cache_folder(tmp_path, make_samples, write_cache):
    return write_cache(tmp_path / "cache", make_samples(60))


def refused(folder) -> str:
    with pytest.raises(InputError) as caught:
        list(open_cache(folder).values())
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_a_missing_an_empty_and_a_foreign_folder_are_refused(tmp_path):
    assert "does not exist" in refused(tmp_path / "nothing")
    (tmp_path / "empty").mkdir()
    assert "is empty" in refused(tmp_path / "empty")
    (tmp_path / "notes.txt").write_text("hello")
    assert "holds no cache" in refused(tmp_path)
    assert "is a file" in refused(tmp_path / "notes.txt")


def test_a_file_truncated_anywhere_is_refused(tmp_path, make_samples, write_cache):
    folder = write_cache(tmp_path / "c", make_samples(2))
    shard = folder / "shard-00000.safetensors"
    whole = shard.read_bytes()
    for length in [0, 1, 7, 8, 9, 100, 500, len(whole) // 2, len(whole) - 1]:
        shard.write_bytes(whole[:length])
        assert "truncated" in refused(folder), length
        (folder / "index.json").rename(tmp_path / "index.json")
        assert "truncated" in refused(folder), length
        (tmp_path / "index.json").rename(folder / "index.json")
    shard.write_bytes(whole + b"x")
    assert "past its end" in refused(folder)


@settings(deadline=None, max_examples=60)
@given(st.data())
def test_a_damaged_header_never_ends_in_anything_but_one_line(tmp_path_factory, data):
    folder = tmp_path_factory.mktemp("damage")
    with CacheWriter(folder, MADE) as writer:
        writer.add(Sample("a", Clip(np.ones((1, 4, 2), np.float32))))
    shard = folder / "shard-00000.safetensors"
    whole = bytearray(shard.read_bytes())
    header = 8 + int.from_bytes(whole[:8], "little")
    for _ in range(data.draw(st.integers(1, 4))):
        whole[data.draw(st.integers(0, header - 1))] = data.draw(st.integers(0, 255))
    shard.write_bytes(bytes(whole))
    try:
        for sample in open_cache(folder).values():
            assert sample.clip.features.shape[-1] > 0
    except InputError:
        pass


def test_another_version_and_foreign_tensors_are_refused(tmp_path, make_samples, write_cache):
    folder = write_cache(tmp_path / "c", make_samples(2))
    shard = folder / "shard-00000.safetensors"
    whole = shard.read_bytes()
    shard.write_bytes(whole.replace(rb"\"version\":1", rb"\"version\":7"))
    assert "version 7" in refused(folder)
    shard.write_bytes(whole.replace(b'"evtp-features"', b'"xxxx-features"'))
    assert "not written by evtp" in refused(folder)
    shard.write_bytes(whole)
    index = folder / "index.json"
    text = index.read_text()
    index.write_text(text.replace('"version": 1', '"version": 7'))
    assert "version 7" in refused(folder)
    index.write_text(text[: len(text) // 2])
    assert "truncated" in refused(folder)
    index.write_text("[]")
    assert "index.json" in refused(folder)
    index.unlink()
    assert len(open_cache(folder)) == 2


def rewritten(shard, change):
    """The shard with its description changed, and lengths that fit again."""
    whole = shard.read_bytes()
    length = int.from_bytes(whole[:8], "little")
    header = json.loads(whole[8 : 8 + length])
    about = json.loads(header["__metadata__"]["evtp-features"])
    change(about, header)
    header["__metadata__"]["evtp-features"] = json.dumps(about)
    text = json.dumps(header).encode()
    shard.write_bytes(len(text).to_bytes(8, "little") + text + whole[8 + length :])


@pytest.mark.parametrize(
    "change",
    [
        lambda about, header: about.update(encoder=None),
        lambda about, header: about["encoder"].update(inputs=None),
        lambda about, header: about["encoder"]["inputs"].append(1.5),
        lambda about, header: about.update(samples={}),
        lambda about, header: about["samples"][0].update(id="a\nb"),
        lambda about, header: about["samples"][0].update(grid=[3]),
        lambda about, header: about["samples"][0].update(grid=[2, 2]),
        lambda about, header: about["samples"][0].update(frames="2"),
        lambda about, header: about["samples"][0].update(frames=1),
        lambda about, header: about["samples"][0].update(image_size=7),
        lambda about, header: about["samples"][0].update(source=[None]),
        lambda about, header: about["samples"][0].update(times="0"),
        lambda about, header: about["samples"][0].update(masks=[]),
        lambda about, header: about["samples"][0].update(masks={"dog": None}),
        lambda about, header: about["samples"][0].update(expressions=["the dog"]),
        lambda about, header: header["set/0/features"].update(shape=[2, 45]),
        lambda about, header: header["set/0/features"].update(shape=[-2, -9, 5]),
        lambda about, header: header["set/0/features"].update(shape=[2.0, 9, 5]),
    ],
)
@pytest.mark.parametrize("indexed", [True, False])
def test_a_shard_that_describes_itself_wrongly_is_refused(
    tmp_path, make_samples, write_cache, change, indexed
):
    folder = write_cache(tmp_path / "c", make_samples(1))
    if not indexed:
        (folder / "index.json").unlink()
    rewritten(folder / "shard-00000.safetensors", change)
    assert "damaged header" in refused(folder)


def test_a_shard_without_samples_is_refused(tmp_path, make_samples, write_cache):
    folder = write_cache(tmp_path / "c", make_samples(1))
    rewritten(folder / "shard-00000.safetensors", lambda about, header: about.update(samples=[]))
    (folder / "index.json").unlink()
    assert "holds no sample" in refused(folder)


@pytest.mark.parametrize("header", ["[[true], {}]", "5", "null", "[" * 100_000, "{", "\x00"])
def test_a_shard_whose_header_is_no_object_is_refused(tmp_path, header):
    text = header.encode()
    (tmp_path / "shard-00000.safetensors").write_bytes(len(text).to_bytes(8, "little") + text)
    assert "is no safetensors file" in refused(tmp_path)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ('"shards": {', '"shards": [], "x": {'),
        ('"samples": 2,', '"samples": null,'),
        ('"encoder": {"encoder"', '"encoder": null, "x": {"encoder"'),
        ('"set/1/attention": "shard-00000', '"set/1/attention": "../secret'),
        ('"set/1/attention": "shard-00000.safetensors"', '"set/1/attention": 5'),
        ("{", "[" * 100_000),
    ],
)
def test_an_index_that_says_something_else_is_refused(
    tmp_path, make_samples, write_cache, before, after
):
    folder = write_cache(tmp_path / "c", make_samples(2))
    index = folder / "index.json"
    text = index.read_text()
    index.write_text(text.replace(before, after, 1))
    assert index.read_text() != text
    with pytest.raises(InputError, match=r"index\.json"):
        open_cache(folder)["set/1"]


def test_a_shard_that_is_gone_is_named(tmp_path, make_samples, write_cache):
    folder = write_cache(tmp_path / "c", make_samples(60))
    (folder / "shard-00001.safetensors").unlink()
    assert "shard-00001.safetensors: is missing" in refused(folder)
