"""The built-in sample: real photographs, features fit to be pruned, masks that fit the pictures."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from evtp.core.errors import InputError
from evtp.features.encoders.descriptors import GRID, PATCH, Descriptors
from evtp.features.geometry import Geometry
from evtp.features.masks import read_mask
from evtp.features.sample import (
    _build,
    cache_home,
    sample_cache,
    sample_images,
)


@pytest.fixture(autouse=True, scope="module")
def _home(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("EVTP_CACHE_HOME", str(tmp_path_factory.mktemp("home")))
        yield


def frames():
    for name, sample in sample_cache().items():
        for number, frame in enumerate(sample.clip):
            yield name, number, frame


def masks_of(sample):
    """By object a mask for every frame, as pixels."""
    return {
        thing: np.stack([read_mask(one, sample.image_size) for one in per_frame])
        for thing, per_frame in sample.masks.items()
    }


def test_it_has_siglips_geometry_and_every_input():
    cache = sample_cache()
    assert list(cache) == ["astronaut", "chelsea", "coffee", "rocket", "motorcycle"]
    assert [len(sample.clip) for sample in cache.values()] == [1, 1, 1, 1, 2]
    assert cache.encoder["encoder"] == "descriptors"
    assert "siglip" not in str(cache.encoder).lower()
    for _, _, frame in frames():
        assert frame.features.shape == (729, 1152)
        assert frame.keys.shape == (729, 72)
        for name in ("attention", "probe_attention", "middle_attention"):
            shares = getattr(frame, name)
            assert shares.min() > 0
            assert shares.sum() == pytest.approx(1, abs=1e-3)


@pytest.mark.slow
def test_it_is_built_once_and_the_same_everywhere(tmp_path, monkeypatch, contents):
    first = Path(sample_cache().store.where)
    written = contents(first)
    age = first.stat().st_mtime_ns
    assert Path(sample_cache().store.where) == first
    assert first.stat().st_mtime_ns == age
    monkeypatch.setenv("EVTP_CACHE_HOME", str(tmp_path))
    assert contents(sample_cache().store.where) == written
    assert [path.name for path in tmp_path.iterdir()] == [first.name]


@pytest.mark.slow
def test_a_damaged_sample_is_built_anew(tmp_path, monkeypatch):
    cached = Path(sample_cache().store.where)
    monkeypatch.setenv("EVTP_CACHE_HOME", str(tmp_path))
    shutil.copytree(cached, tmp_path / cached.name)
    (tmp_path / cached.name / "shard-00000.safetensors").write_bytes(b"torn")
    assert len(sample_cache()) == 5


def test_the_users_cache_folder_follows_the_platform(monkeypatch, tmp_path):
    monkeypatch.setenv("EVTP_CACHE_HOME", str(tmp_path / "own"))
    assert cache_home() == tmp_path / "own"
    monkeypatch.delenv("EVTP_CACHE_HOME")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "xdg"))
    assert cache_home() == tmp_path / "xdg" / "evtp"


def test_a_cache_folder_that_cannot_be_made_is_one_line(tmp_path, monkeypatch):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("EVTP_CACHE_HOME", str(tmp_path / "file" / "below"))
    with pytest.raises(InputError, match="set EVTP_CACHE_HOME"):
        sample_cache()


def test_neighbours_resemble_one_another_more_than_tokens_do_on_average():
    for name, number, frame in frames():
        x = Geometry(frame).x
        cosine = (x @ x.T).reshape(GRID, GRID, GRID, GRID)
        beside = np.mean([cosine[r, c, r, c + 1] for r in range(GRID) for c in range(GRID - 1)])
        assert beside > 0.3 + cosine.mean(), (name, number)


def test_objects_are_told_from_their_surroundings():
    """The tokens of a mask resemble one another more than they resemble the others."""
    margins = {}
    for name, sample in sample_cache().items():
        for thing, per_frame in masks_of(sample).items():
            for number, mask in enumerate(per_frame):
                x = Geometry(sample.clip[number]).x
                inside = tokens_of(mask)
                if not 3 <= inside.sum() <= 700:
                    continue
                count = inside.sum()
                within = ((x[inside] @ x[inside].T).sum() - count) / (count * (count - 1))
                margins[name, thing, number] = within - (x[inside] @ x[~inside].T).mean()
    assert min(margins.values()) > 0.03, min(margins, key=margins.get)
    assert np.median(list(margins.values())) > 0.15


def tokens_of(mask):
    picture = Image.fromarray(mask.astype(np.uint8) * 255).resize((384, 384))
    side = GRID * PATCH
    cells = np.asarray(picture, np.float32)[:side, :side].reshape(GRID, PATCH, GRID, PATCH)
    return cells.mean((1, 3)).ravel() > 127


def test_objects_of_every_picture_have_masks_of_its_size():
    images = sample_images()
    for name, sample in sample_cache().items():
        height, width = sample.image_size
        assert [image.size for image in images[name]] == [(width, height)] * len(images[name])
        assert len(sample.masks) >= 4
        for mask in masks_of(sample).values():
            assert mask.shape == (len(images[name]), height, width)
            assert mask.any(axis=(1, 2)).all()


@pytest.mark.parametrize(
    ("sample", "thing", "colour", "least"),
    [
        ("astronaut", "badge", lambda r, g, b: b > r, 0.5),
        ("chelsea", "nose", lambda r, g, b: r > 1.4 * b, 0.7),
        ("coffee", "saucer", lambda r, g, b: r > 2 * g, 0.8),
        ("rocket", "rocket", lambda r, g, b: r + g + b > 300, 0.8),
        ("motorcycle", "tank", lambda r, g, b: r > 1.8 * g, 0.7),
    ],
)
def test_masks_cover_what_they_are_named_after(sample, thing, colour, least):
    """The pixels under a mask have the object's known colour."""
    masks = masks_of(sample_cache()[sample])[thing]
    for image, mask in zip(sample_images()[sample], masks, strict=True):
        r, g, b = np.moveaxis(np.asarray(image, np.float32), 2, 0)
        assert colour(r, g, b)[mask].mean() > least
        assert colour(r, g, b)[mask].mean() > colour(r, g, b)[~mask].mean() + 0.2


@pytest.mark.parametrize("mode", ["L", "RGBA", "CMYK", "1"])
def test_any_picture_has_finite_features(mode):
    picture = sample_images()["coffee"][0].convert(mode).resize((50, 31))
    clip = Descriptors().encode([picture, Image.new(mode, (50, 31))])
    assert np.isfinite(clip.features).all()
    assert np.isfinite(clip.attention).all()


def test_the_whole_of_a_frame_does_not_depend_on_the_others():
    one, two = sample_images()["motorcycle"]
    encoder = Descriptors()
    both = encoder.encode([one, two])
    np.testing.assert_array_equal(both.features[1], encoder.encode([two]).features[0])


@pytest.mark.slow
def test_what_another_process_has_built_meanwhile_is_left_in_place(tmp_path, monkeypatch):
    monkeypatch.setenv("EVTP_CACHE_HOME", str(tmp_path))
    sample_cache()
    (folder,) = tmp_path.iterdir()
    there = folder.stat().st_ino
    _build(folder)  # begun before the other had ended
    assert folder.stat().st_ino == there
    assert list(tmp_path.iterdir()) == [folder]


@pytest.mark.slow
def test_two_processes_may_build_it_at_once(tmp_path, monkeypatch):
    monkeypatch.setenv("EVTP_CACHE_HOME", str(tmp_path))
    script = "from evtp.features.sample import sample_cache; print(len(sample_cache()))"
    processes = [
        subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True)
        for _ in range(2)
    ]
    assert [process.communicate()[0] for process in processes] == ["5\n", "5\n"]
    assert len(list(tmp_path.iterdir())) == 1
