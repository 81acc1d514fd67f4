"""From pictures to a cache: interrupted, continued, past what is broken."""

from __future__ import annotations

import shutil
import threading

import numpy as np
import pytest

from evtp.features import Clip, open_cache
from evtp.features.cache_writer import CacheWriter
from evtp.features.extract import extract
from evtp.features.inputs import FrameRule, items_of
from evtp.features.inputs.pictures import read_picture

RULE = FrameRule(count=3)


class Means:
    """Encodes a picture as the means of its 2 x 2 quarters, and as its place in the batch.

    The latter stands for what a real network's last digits depend on.
    """

    description = {"encoder": "means", "model": "means", "block": None}  # noqa: RUF012

    def __init__(self, stop_after: int | None = None) -> None:
        self.stop_after = stop_after
        self.batches: list[int] = []

    def encode(self, images) -> Clip:
        if self.stop_after is not None and len(self.batches) >= self.stop_after:
            raise KeyboardInterrupt
        self.batches.append(len(images))
        tokens = []
        for place, image in enumerate(images):
            small = np.asarray(image.resize((2, 2)), np.float32).reshape(4, 3)
            tokens.append(np.concatenate([small, np.full((4, 1), 10 * len(images) + place)], 1))
        return Clip(np.stack(tokens).astype(np.float32))


def run(folder, paths, encoder, batch=2):
    with CacheWriter(folder, encoder.description, shard_bytes=300) as writer:
        return extract(items_of(map(str, paths), RULE), encoder, writer, batch)


def test_a_picture_is_found_again_from_another_folder(tmp_path, photographs, monkeypatch):
    monkeypatch.chdir(photographs.parent)
    run(tmp_path / "c", [photographs.name], Means())
    monkeypatch.chdir(tmp_path)
    for name, sample in open_cache(tmp_path / "c").items():
        assert sample.source == (str(photographs / name),)


def test_pictures_are_encoded_in_order_with_where_they_come_from(tmp_path, photographs):
    assert run(tmp_path / "c", [photographs], Means()) == []
    cache = open_cache(tmp_path / "c")
    assert list(cache) == sorted(path.name for path in photographs.iterdir())
    for name, sample in cache.items():
        image, digest = read_picture(photographs / name)
        expected = np.asarray(image.resize((2, 2)), np.float32).reshape(4, 3)
        np.testing.assert_array_equal(sample.clip.features[0, :, :3], expected)
        assert sample.source == (str(photographs / name),)
        assert sample.source_sha256 == (digest,)
        assert sample.image_size == (120, 160)


@pytest.mark.parametrize("stop", [0, 1, 2])
@pytest.mark.parametrize("broken", [False, True])
def test_a_continued_run_forms_the_same_batches_and_bytes(
    tmp_path, photographs, contents, stop, broken
):
    pictures = tmp_path / "pictures"
    shutil.copytree(photographs, pictures)
    if broken:
        (pictures / "bad.jpg").write_bytes(b"")
        (pictures / "coffee0.jpg").write_bytes(b"no picture")
    failures = run(tmp_path / "whole", [pictures], Means())
    with pytest.raises(KeyboardInterrupt):
        run(tmp_path / "cut", [pictures], Means(stop_after=stop))
    encoder = Means()
    assert [one.id for one in run(tmp_path / "cut", [pictures], encoder)] == [
        one.id for one in failures
    ]
    assert sum(encoder.batches) == (5 if broken else 6) - 2 * stop
    assert contents(tmp_path / "cut") == contents(tmp_path / "whole")


def test_a_real_tower_continues_to_the_same_bytes(tmp_path, photographs, contents, checkpoints):
    """Where the last digits do depend on the batch."""
    from evtp.features.encoders.towers import Tower

    tower = Tower(str(checkpoints["siglip"]))
    run(tmp_path / "whole", [photographs], tower)
    for stop in (1, 2):
        calls = []

        class Stopping:
            description = tower.description

            def encode(self, images, calls=calls, stop=stop):
                calls.append(1)
                if len(calls) > stop:
                    raise KeyboardInterrupt
                return tower.encode(images)

        with pytest.raises(KeyboardInterrupt):
            run(tmp_path / f"cut{stop}", [photographs], Stopping())
        run(tmp_path / f"cut{stop}", [photographs], tower)
        assert contents(tmp_path / f"cut{stop}") == contents(tmp_path / "whole")


def test_a_second_run_does_nothing(tmp_path, photographs, contents):
    run(tmp_path / "c", [photographs], Means())
    before = contents(tmp_path / "c")
    encoder = Means()
    run(tmp_path / "c", [photographs], encoder)
    assert encoder.batches == []
    assert contents(tmp_path / "c") == before


def test_a_clip_is_encoded_in_batches_and_stays_one_sample(tmp_path, video, bar_of):
    encoder = Means()
    with CacheWriter(tmp_path / "c", encoder.description) as writer:
        extract(items_of([str(video)], FrameRule(stride=1)), encoder, writer, batch=5)
    assert encoder.batches == [5, 5, 2]
    sample = open_cache(tmp_path / "c")["clip.mp4"]
    assert len(sample.clip) == 12
    assert sample.times == pytest.approx([n / 4 for n in range(12)])
    assert sample.source == (str(video),)


def test_broken_inputs_are_handed_back_and_the_others_done(tmp_path, photographs):
    pytest.importorskip("av")
    shutil.copytree(photographs, tmp_path / "p")
    (tmp_path / "p" / "zero.png").write_bytes(b"")
    (tmp_path / "p" / "text.mp4").write_text("no video")
    failures = run(tmp_path / "c", [tmp_path / "p"], Means())
    assert [one.id for one in failures] == ["text.mp4", "zero.png"]
    assert "is an empty file" in str(failures[1].error)
    assert len(open_cache(tmp_path / "c")) == 6


def test_progress_counts_every_sample(tmp_path, photographs):
    for _ in range(2):
        told = []
        with CacheWriter(tmp_path / "c", Means().description) as writer:
            extract(items_of([str(photographs)], RULE), Means(), writer, 4, told.append)
        assert sum(told) == 6


def test_no_thread_outlives_the_run(tmp_path, photographs):
    before = threading.active_count()
    with pytest.raises(KeyboardInterrupt):
        run(tmp_path / "c", [photographs], Means(stop_after=1))
    assert threading.active_count() == before
