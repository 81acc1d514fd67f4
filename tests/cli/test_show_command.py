"""`evtp show`: pictures with the kept tokens."""

from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from evtp.features import Clip, Sample
from evtp.features.cache_writer import CacheWriter
from evtp.reports.pictures import SIDE, Shown, draw_gallery, draw_kept


def test_kept_patches_stay_bright_and_the_rest_is_dim():
    picture = draw_kept(
        Shown(Image.new("RGB", (50, 40), (200, 100, 50)), (9, 9), np.array([40]), "")
    )
    assert picture.size == (SIDE, SIDE)
    pixels = np.asarray(picture).astype(int)
    assert tuple(pixels[SIDE // 2, SIDE // 2]) == (200, 100, 50)
    assert pixels[10, 10].sum() < 0.5 * 350


def test_a_grid_that_is_not_square_is_drawn_whole():
    rows, columns = 3, 11
    shown = Shown(Image.new("RGB", (64, 64), "white"), (rows, columns), np.arange(33), "")
    pixels = np.asarray(draw_kept(shown))
    assert pixels.shape == (SIDE // rows * rows, SIDE // columns * columns, 3)
    assert (pixels == 255).all(axis=2).mean() > 0.8


def test_a_gallery_has_a_picture_a_method_and_ratio():
    one = Shown(
        Image.new("RGB", (64, 64), "white"), (4, 4), np.array([0]), "a very long caption " * 9
    )
    single, row, block = (draw_gallery([one] * n, 2) for n in (1, 2, 3))
    assert row.width > 1.9 * single.width - 20
    assert row.height == single.height
    assert block.width == row.width
    assert block.height > 1.9 * row.height - 20


def test_rows_of_a_gallery_are_named_in_a_line_of_their_own():
    one = Shown(Image.new("RGB", (64, 64), "white"), (4, 4), np.array([0]), "caption")
    plain, named = draw_gallery([one] * 4, 2), draw_gallery([one] * 4, 2, ["first", "second"])
    assert named.width == plain.width
    line = (named.height - plain.height) // 2
    assert line > 20
    assert (np.asarray(named)[: line + 12] < 128).any(), "the name is written"
    blank = draw_gallery([one] * 4, 2, ["", ""])
    assert not (np.asarray(blank)[: line + 12] < 128).any()


@pytest.mark.slow
@pytest.mark.parametrize("ending", [".pdf", ".svg"])
def test_a_drawing_for_a_paper_keeps_every_pixel_and_names_methods(evtp, tmp_path, ending):
    drawn = []
    for number in range(2):
        target = tmp_path / f"{number}{ending}"
        result = evtp("show", "coffee", "--method", "evtp,divprune", "--keep", "9", "-o", target)
        assert result.exit_code == 0, result.stderr
        drawn.append(target.read_bytes())
    assert drawn[0] == drawn[1]
    (content, _) = drawn
    assert b"Tokens kept of coffee" in content
    assert b"/DCTDecode" not in content, "a JPEG"
    if ending == ".pdf":
        assert content.count(b"/Subtype /Image") == 2
        assert content.count(b"/Width %d" % (2 * SIDE)) == 2


def test_two_encoders_draw_one_sample_into_two_files(evtp, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Image.new("RGB", (30, 30), "red").save("red.png")
    clip = Clip(np.random.default_rng(0).standard_normal((1, 36, 8)).astype(np.float16))
    digest = hashlib.sha256(Path("red.png").read_bytes()).hexdigest()
    with CacheWriter("mine", {"encoder": "imported", "model": "tower", "block": 7}) as writer:
        writer.add(Sample("red", clip, (str(tmp_path / "red.png"),), (digest,)))
    said = [evtp("show", "red.png").stderr, evtp("show", "red", "--cache", "mine").stderr]
    assert sorted(path.name for path in tmp_path.glob("evtp-*")) == [
        "evtp-show-mine-red.png",
        "evtp-show-red.png",
    ]
    assert "features: descriptors" in said[0]
    assert "features: imported, tower, 7" in said[1]


def test_the_picture_of_a_sample_may_be_given(evtp, refused, tmp_path):
    Image.new("RGB", (30, 30), "white").save(tmp_path / "white.png")
    clip = Clip(np.random.default_rng(0).standard_normal((1, 36, 8)).astype(np.float16))
    with CacheWriter(tmp_path / "c", {"encoder": "imported", "model": "tower"}) as writer:
        writer.add(Sample("bare", clip))
    show = ("show", "bare", "--cache", tmp_path / "c", "--keep", 18, "-o", tmp_path / "x.png")
    assert "give the picture with --image FILE" in refused(*show)
    (tmp_path / "x.npy").write_bytes(b"what an import takes features from")
    with CacheWriter(tmp_path / "d", {"encoder": "imported", "model": "tower"}) as writer:
        writer.add(Sample("bare", clip, (str(tmp_path / "x.npy"),)))
    line = refused("show", "bare", "--cache", tmp_path / "d", "-o", tmp_path / "y.png")
    assert "give the picture with --image FILE" in line
    result = evtp(*show, "--image", tmp_path / "white.png")
    assert result.exit_code == 0, result.stderr
    with Image.open(tmp_path / "x.png") as picture:
        assert (np.asarray(picture)[40:] == 255).all(axis=2).mean() > 0.4
    line = refused("show", "coffee", "--image", tmp_path / "white.png", "-o", tmp_path / "y.png")
    assert "--image" in line
    assert "goes with a sample of --cache" in line


def test_a_picture_of_the_sample_is_drawn(evtp, tmp_path):
    target = tmp_path / "chelsea.png"
    result = evtp("show", "chelsea", "--method", "evtp,random", "--keep", "5%,10%", "-o", target)
    assert result.exit_code == 0, result.stderr
    assert result.stdout.strip() == str(target)
    with Image.open(target) as picture:
        assert picture.width > 2 * SIDE
        assert picture.height > 2 * SIDE


def test_a_picture_of_more_pixels_than_memory_is_refused(evtp, tmp_path, monkeypatch):
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 10)
    Image.new("1", (9, 9)).save(tmp_path / "x.png")
    result = evtp("show", tmp_path / "x.png", "-o", tmp_path / "y.png")
    assert result.exit_code == 2
    assert "decompression bomb" in result.stderr
    assert not (tmp_path / "y.png").exists()


def test_any_photograph_is_drawn_by_the_built_in_encoder(evtp, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    noise = np.random.default_rng(0).integers(0, 255, (300, 200, 3)).astype(np.uint8)
    Image.fromarray(noise).save("my picture.jpg")
    result = evtp("show", "my picture.jpg")
    assert result.exit_code == 0, result.stderr
    assert (tmp_path / "evtp-show-my picture.png").exists()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["astronout"], ["astronout", "did you mean astronaut"]),
        (["astronaut", "--frame", "1"], ["--frame 1"]),
        (["astronaut", "-o", "x.txt"], ["--output x.txt", ".png"]),
        (["astronaut", "--keep", "0"], ["--keep 0"]),
        (["astronaut", "--keep", "730"], ["--keep 730"]),
    ],
    ids=" ".join,
)
def test_bad_input_is_refused_in_one_line(refused, tmp_path, monkeypatch, arguments, words):
    monkeypatch.chdir(tmp_path)
    line = refused("show", *arguments)
    for word in words:
        assert word in line
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_is_no_picture_is_refused(refused, tmp_path):
    broken = tmp_path / "broken.png"
    broken.write_bytes(b"\x89PNG\r\n\x1a\n")
    assert "broken.png" in refused("show", broken, "-o", tmp_path / "out.png")
    assert not (tmp_path / "out.png").exists()


def test_a_video_method_is_shown_with_the_frame_before(evtp, tmp_path):
    rng = np.random.default_rng(0)
    for number in range(2):
        pixels = rng.integers(0, 255, (30, 30, 3), np.uint8)
        Image.fromarray(pixels).save(tmp_path / f"{number}.png")
    clip = Clip(rng.standard_normal((2, 36, 8)).astype(np.float16))
    source = tuple(str(tmp_path / f"{number}.png") for number in range(2))
    digests = tuple(hashlib.sha256(Path(path).read_bytes()).hexdigest() for path in source)
    with CacheWriter(tmp_path / "cache", {"encoder": "noise", "model": "noise"}) as writer:
        writer.add(Sample("film", clip, source=source, source_sha256=digests))
    drawn = {}
    for method in ("evs", "stride"):
        target = tmp_path / f"{method}-shown.png"
        arguments = ("--cache", tmp_path / "cache", "--frame", 1, "--keep", 9, "-o", target)
        result = evtp("show", "film", "--method", method, *arguments)
        assert result.exit_code == 0, result.stderr
        with Image.open(target) as picture:
            drawn[method] = np.asarray(picture.convert("L"))[100:].astype(int)
    assert (abs(drawn["evs"] - drawn["stride"]) > 50).any()
