"""Pictures as people see them, and broken ones named."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from evtp.core.errors import InputError
from evtp.features.inputs.pictures import as_rgb, read_picture


def quadrants() -> np.ndarray:
    """A picture whose corners differ: red, green / blue, white."""
    pixels = np.zeros((16, 24, 3), np.uint8)
    pixels[:8, :12] = 250, 0, 0
    pixels[:8, 12:] = 0, 250, 0
    pixels[8:, :12] = 0, 0, 250
    pixels[8:, 12:] = 250, 250, 250
    return pixels


@pytest.mark.parametrize("orientation", range(1, 9))
def test_exif_rotation_is_undone(tmp_path, orientation):
    upright = Image.fromarray(quadrants())
    stored = {
        1: upright,
        2: upright.transpose(Image.Transpose.FLIP_LEFT_RIGHT),
        3: upright.transpose(Image.Transpose.ROTATE_180),
        4: upright.transpose(Image.Transpose.FLIP_TOP_BOTTOM),
        5: upright.transpose(Image.Transpose.TRANSPOSE),
        6: upright.transpose(Image.Transpose.ROTATE_90),
        7: upright.transpose(Image.Transpose.TRANSVERSE),
        8: upright.transpose(Image.Transpose.ROTATE_270),
    }[orientation]
    exif = Image.Exif()
    exif[0x0112] = orientation
    stored.save(tmp_path / "p.png", exif=exif)
    image, _ = read_picture(tmp_path / "p.png")
    np.testing.assert_array_equal(np.asarray(image), quadrants())


def test_grey_cmyk_palette_and_deep_pictures_become_rgb(tmp_path):
    colour = Image.fromarray(quadrants())
    colour.convert("L").save(tmp_path / "grey.png")
    colour.convert("P", palette=Image.Palette.ADAPTIVE).save(tmp_path / "palette.png")
    colour.convert("CMYK").save(tmp_path / "cmyk.jpg", quality=98)
    deep = np.asarray(colour.convert("L")).astype(np.uint16) * 257
    Image.fromarray(deep).save(tmp_path / "deep.png")
    grey = np.stack([np.asarray(colour.convert("L"))] * 3, 2)
    for name, expected, tolerance in [
        ("grey.png", grey, 0),
        ("deep.png", grey, 0),
        ("palette.png", quadrants(), 0),
        ("cmyk.jpg", quadrants(), 12),
    ]:
        image, _ = read_picture(tmp_path / name)
        assert image.mode == "RGB"
        difference = np.abs(np.asarray(image).astype(int) - expected)
        assert np.median(difference) <= tolerance, name


def test_what_is_transparent_becomes_white():
    pixels = np.dstack([quadrants(), np.full((16, 24), 255, np.uint8)])
    pixels[:8, :12, 3] = 0
    shown = np.asarray(as_rgb(Image.fromarray(pixels)))
    assert (shown[:8, :12] == 255).all()
    np.testing.assert_array_equal(shown[8:], quadrants()[8:])


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("ending", ["png", "jpg", "gif", "webp", "tif", "bmp", "ppm"])
def test_damage_anywhere_is_refused_or_harmless(tmp_path, ending):
    path, random = tmp_path / f"p.{ending}", np.random.default_rng(0)
    Image.fromarray(quadrants()).save(path)
    whole = path.read_bytes()
    for attempt in range(100):
        torn = bytearray(whole)
        for place in random.integers(0, len(torn), 3):
            torn[place] = random.integers(256)
        path.write_bytes(bytes(torn[: random.integers(len(torn))] if attempt % 4 == 0 else torn))
        try:
            image, _ = read_picture(path)
            assert image.mode == "RGB"
        except InputError:
            pass


def test_broken_files_are_named_with_what_is_wrong(tmp_path):
    whole = tmp_path / "whole.jpg"
    Image.fromarray(np.random.default_rng(0).integers(0, 255, (64, 64, 3), np.uint8)).save(whole)
    (tmp_path / "empty.jpg").write_bytes(b"")
    (tmp_path / "text.jpg").write_text("not a picture")
    (tmp_path / "half.jpg").write_bytes(whole.read_bytes()[:900])
    for name, problem in [
        ("empty.jpg", "is an empty file"),
        ("text.jpg", "no picture"),
        ("half.jpg", "damaged"),
        ("nothing.jpg", "no such file"),
    ]:
        with pytest.raises(InputError, match=problem) as caught:
            read_picture(tmp_path / name)
        assert name in str(caught.value)
