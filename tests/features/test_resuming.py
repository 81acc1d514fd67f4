"""What is asked of the inputs before anything is encoded."""

from __future__ import annotations

import re

import numpy as np
import pytest

from evtp.core.errors import InputError
from evtp.features import Clip, Sample, digests
from evtp.features.cache_writer import CacheWriter
from evtp.features.inputs import FrameRule, Item
from evtp.features.inputs.items import Broken
from evtp.features.resuming import compare_earlier, count_items

ENCODER = {"encoder": "test", "model": "none", "block": 3}


@pytest.fixture
def begun(tmp_path):
    """``begun({"a": [path]})`` writes a cache with a sample of these files."""

    def begin(files):
        with CacheWriter(tmp_path / "c", ENCODER) as writer:
            for name, paths in files.items():
                writer.add(
                    Sample(
                        name,
                        Clip(np.ones((len(paths), 4, 3), np.float32)),
                        source=tuple(map(str, paths)),
                        source_sha256=tuple(digests.file_sha256(path) for path in paths),
                    )
                )
        return tmp_path / "c"

    return begin


def compared(cache, *items):
    with CacheWriter(cache, ENCODER) as writer:
        return compare_earlier(items, writer)


def test_what_is_there_is_counted_wherever_it_lies(tmp_path, begun):
    (tmp_path / "a.png").write_bytes(b"one")
    cache = begun({"a.png": [tmp_path / "a.png"]})
    (tmp_path / "moved").mkdir()
    (tmp_path / "a.png").rename(tmp_path / "moved" / "a.png")
    moved = Item("a.png", pictures=(str(tmp_path / "moved" / "a.png"),))
    gone = Item("a.png", pictures=(str(tmp_path / "a.png"),))
    new = Item("b.png", pictures=("b.png",))
    broken = Broken("a.png", InputError("input", "a.png", "is broken", "mend it"))
    assert compared(cache, moved, new, broken) == 1
    assert compared(cache, gone) == 1


def test_a_changed_picture_and_another_of_the_same_name_are_named(tmp_path, begun):
    one, two = tmp_path / "one.png", tmp_path / "two.png"
    one.write_bytes(b"one")
    two.write_bytes(b"two")
    cache = begun({"a": [one]})
    with pytest.raises(
        InputError, match=r"two\.png: is another file than .*one\.png, .* sample a;"
    ):
        compared(cache, Item("a", pictures=(str(two),)))
    one.write_bytes(b"now another")
    with pytest.raises(InputError, match=r"one\.png: has changed since .* sample a;"):
        compared(cache, Item("a", pictures=(str(one),)))


def test_the_changed_frame_of_a_clip_is_named_and_how_many_samples_are_like_it(tmp_path, begun):
    frames = [tmp_path / f"{n}.png" for n in range(3)]
    for frame in frames:
        frame.write_bytes(frame.name.encode())
    cache = begun({"clip": frames, "again": frames})
    items = [Item(name, pictures=tuple(map(str, frames))) for name in ("clip", "again")]
    assert compared(cache, *items) == 2
    frames[1].write_bytes(b"other")
    with pytest.raises(InputError, match=r"1\.png: has changed since .* \(1 more such\)"):
        compared(cache, *items)


def test_a_video_of_many_samples_is_read_once(tmp_path, begun, monkeypatch):
    film = tmp_path / "film.mp4"
    film.write_bytes(b"frames")
    cache = begun({f"film@{key}": [film] for key in range(9)})
    read = []
    digest = digests.file_sha256

    def counted(path):
        read.append(path)
        return digest(path)

    monkeypatch.setattr(digests, "file_sha256", counted)
    items = [Item(f"film@{key}", video=str(film), key=key) for key in range(9)]
    assert compared(cache, *items) == 9
    assert len(read) == 1


def test_another_number_of_frames_of_the_same_video_is_refused(tmp_path, video):
    digest = digests.file_sha256(video)
    with CacheWriter(tmp_path / "c", ENCODER) as writer:
        for name, frames in (("short", 12), ("film", 3), ("film@2", 5)):
            clip = Clip(np.ones((frames, 4, 3), np.float32))
            writer.add(Sample(name, clip, (str(video),), (digest,)))

    def there(name, key=None, **rule):
        item = Item(name, video=str(video), rule=FrameRule(**rule), key=key, total=12)
        return compared(tmp_path / "c", item)

    assert there("short", count=20) == 1, "the video has no more than 12"
    assert there("film", count=3) == there("film", times=(0.1, 0.2, 0.3)) == 1
    assert there("film@2", key=2, keys=(2,)) == 1
    said = r"clip\.mp4: has 3 frames in the sample film of .*, and 5 are asked for"
    with pytest.raises(InputError, match=said):
        there("film", count=5)
    with pytest.raises(InputError, match="and 1 are asked for"):
        there("film", times=(0.1,))
    with pytest.raises(InputError, match="and 3 are asked for"):
        there("film@2", key=2, keys=(2,), neighbours=2)


def test_two_inputs_of_one_name_are_named_with_the_folder_that_tells_them_apart(tmp_path):
    one, two = (str(tmp_path / folder / "a.png") for folder in "xy")
    said = f"input a.png: names two samples, of {one} and of {two}; name {tmp_path}, whose folders"
    with pytest.raises(InputError, match=re.escape(said)):
        count_items([Item("a.png", pictures=(one,)), Item("a.png", pictures=(two,))])
    with pytest.raises(InputError, match="name it once"):
        count_items([Item("a.png", pictures=(one,)), Item("a.png", pictures=(one,))])
    with pytest.raises(InputError, match=r"two samples.*give every sample an id"):
        count_items([Item("id", pictures=(one,)), Item("id", pictures=(two,))])
    film = Item("a.png@1", video=one, key=1), Item("a.png@1", video=two, key=1)
    with pytest.raises(InputError, match="whose folders"):
        count_items(film)
    assert count_items([Item("a", pictures=(one,)), Item("b", pictures=(one,))]) == 2


def test_other_frames_of_one_folder_are_told_from_other_pictures(tmp_path, begun):
    """The files are as they were: fewer of them are asked for."""
    frames = [tmp_path / f"{n}.png" for n in range(3)]
    for frame in frames:
        frame.write_bytes(frame.name.encode())
    cache = begun({"clip": frames})
    with pytest.raises(InputError, match=r"has 3 frames .*, and 2 are asked for; choose the same"):
        compared(cache, Item("clip", pictures=tuple(map(str, frames[:2]))))


def test_every_second_frame_of_a_video_is_another_number(tmp_path, video):
    with CacheWriter(tmp_path / "c", ENCODER) as writer:
        clip = Clip(np.ones((4, 4, 3), np.float32))
        writer.add(Sample("film", clip, (str(video),), (digests.file_sha256(video),)))
    asked = Item("film", video=str(video), rule=FrameRule(stride=2), total=12)
    with pytest.raises(InputError, match=r"has 4 frames .*, and 6 are asked for"):
        compared(tmp_path / "c", asked)
