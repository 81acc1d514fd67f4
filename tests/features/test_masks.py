"""Masks from polygons, pictures and run lengths."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from evtp.core.errors import InputError
from evtp.features.masks import rasterise, read_mask


@given(st.integers(0, 8), st.integers(0, 8), st.integers(1, 8), st.integers(1, 8))
def test_a_rectangle_covers_exactly_the_pixels_inside_it(x, y, width, height):
    box = [x, y, x + width, y, x + width, y + height, x, y + height]
    expected = np.zeros((16, 16), bool)
    expected[y : y + height, x : x + width] = True
    np.testing.assert_array_equal(rasterise([box], (16, 16)), expected)


def test_polygons_are_united_and_may_leave_the_picture():
    parts = [[-5, -5, 4, -5, 4, 4, -5, 4], [6, 6, 50, 6, 50, 50, 6, 50]]
    mask = rasterise(parts, (8, 8))
    assert mask.sum() == 16 + 4


@pytest.mark.parametrize("polygon", [[], [1, 2], [0, 0, 1, 1, 2]])
def test_what_is_no_polygon_is_refused(polygon):
    with pytest.raises(InputError, match="is no polygon"):
        rasterise([polygon], (4, 4))


def test_pictures_run_lengths_and_absence(tmp_path):
    mask = np.zeros((4, 3), bool)
    mask[1:3, 1] = True
    Image.fromarray(mask.astype(np.uint8) * 255).save(tmp_path / "m.png")
    Image.fromarray(mask).save(tmp_path / "bit.png")
    Image.fromarray(np.stack([mask.astype(np.uint8) * 9] * 3, 2)).save(tmp_path / "rgb.png")
    for name in ("m.png", "bit.png", "rgb.png"):
        np.testing.assert_array_equal(read_mask(str(tmp_path / name), (4, 3)), mask)
    np.testing.assert_array_equal(read_mask({"size": [4, 3], "counts": [5, 2, 5]}, (4, 3)), mask)
    assert not read_mask(None, (4, 3)).any()


def test_compressed_run_lengths_are_cocos(tmp_path):
    coco = pytest.importorskip("pycocotools.mask")
    mask = np.random.default_rng(0).random((20, 30)) > 0.5
    code = coco.encode(np.asfortranarray(mask.astype(np.uint8)))
    read = read_mask({"size": code["size"], "counts": code["counts"].decode()}, (20, 30))
    np.testing.assert_array_equal(read, mask)


def test_masks_of_another_size_and_broken_files_are_refused(tmp_path):
    Image.new("L", (4, 4)).save(tmp_path / "m.png")
    with pytest.raises(InputError, match="4 x 4 pixels, its frame 5 x 5"):
        read_mask(str(tmp_path / "m.png"), (5, 5))
    with pytest.raises(InputError, match="cannot be read"):
        read_mask(str(tmp_path / "none.png"), (5, 5))
    with pytest.raises(InputError, match="runs of 3 for 25"):
        read_mask({"size": [5, 5], "counts": [1, 2]}, (5, 5))
