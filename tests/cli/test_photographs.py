"""The pictures behind the frames of a cache, as their encoder saw them."""

from __future__ import annotations

import hashlib

import numpy as np
import pytest
from PIL import Image

from evtp.cli.photographs import as_encoded, photograph_of
from evtp.core.errors import InputError
from evtp.features import Clip, Sample


@pytest.mark.parametrize("size", [(600, 200), (200, 600), (300, 300)])
@pytest.mark.parametrize("resized", [64, 80])
def test_what_a_cropping_encoder_saw_is_what_its_processor_leaves(size, resized):
    transformers = pytest.importorskip("transformers")
    across, down = np.meshgrid(np.arange(size[0]), np.arange(size[1]))
    pixels = np.stack([across * 255 / size[0], down * 255 / size[1], 0 * down], axis=2)
    image = Image.fromarray(pixels.astype(np.uint8))
    process = transformers.CLIPImageProcessor(
        size={"shortest_edge": resized},
        crop_size={"height": 64, "width": 64},
        do_normalize=False,
        do_rescale=False,
    )
    expected = np.asarray(process(image, return_tensors="np")["pixel_values"][0])
    seen = as_encoded(image, {"fit": "crop", "resized": resized, "input_size": [64, 64]})
    found = np.asarray(seen.resize((64, 64), Image.Resampling.BICUBIC)).transpose(2, 0, 1)
    assert np.abs(found.astype(float) - expected).max() < 6  # of 255, and less than a patch of 8
    assert as_encoded(image, {"fit": "squash", "input_size": [64, 64]}) is image


def test_a_frame_of_a_video_is_read_from_the_video(tmp_path):
    av = pytest.importorskip("av")
    path = tmp_path / "film.mp4"
    with av.open(str(path), "w") as film:
        stream = film.add_stream("mpeg4", rate=10)
        stream.width = stream.height = 32
        for number in range(5):
            pixels = np.full((32, 32, 3), 50 * number, np.uint8)
            film.mux(stream.encode(av.VideoFrame.from_ndarray(pixels, "rgb24")))
        film.mux(stream.encode())
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    clip = Clip(np.ones((2, 4, 3), np.float32))
    sample = Sample("film", clip, (str(path),), (digest,), times=(0.1, 0.3))
    seen = [np.asarray(photograph_of(sample, n, "film")).mean() for n in (0, 1)]
    assert seen == pytest.approx([50, 150], abs=6)
    with open(path, "ab") as film:
        film.write(b"more")
    with pytest.raises(InputError, match=r"film: its picture .* has changed since"):
        photograph_of(sample, 0, "film")


def test_a_picture_that_is_no_longer_what_was_encoded_is_refused(tmp_path):
    path = tmp_path / "a.png"
    Image.new("RGB", (8, 8), "red").save(path)
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    sample = Sample("a", Clip(np.ones((1, 4, 3), np.float32)), (str(path),), (digest,))
    assert photograph_of(sample, 0, "a").getpixel((0, 0)) == (255, 0, 0)
    Image.new("RGB", (8, 8), "blue").save(path)
    with pytest.raises(InputError, match=r"a: its picture .* has changed since"):
        photograph_of(sample, 0, "a")
