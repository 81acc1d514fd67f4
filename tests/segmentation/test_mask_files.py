"""Masks of every kind of file, and what is no mask."""

from __future__ import annotations

import json

import numpy as np
import pytest
from PIL import Image

from evtp.core.errors import InputError
from evtp.segmentation.folder import open_masks
from evtp.segmentation.labels import read_labels
from evtp.segmentation.mask_files import READERS, SUFFIXES

MASK = np.zeros((5, 7), bool)
MASK[1:4, 2:6] = True
MASK[4, 0] = True


def runs(mask):
    """Uncompressed COCO RLE, by a loop down the columns."""
    counts, last = [0], False
    for value in mask.T.ravel().tolist():
        if value != last:
            counts.append(0)
            last = value
        counts[-1] += 1
    return {"size": list(mask.shape), "counts": counts}


def compressed(mask):
    coco = pytest.importorskip("pycocotools.mask")
    rle = coco.encode(np.asfortranarray(mask.astype(np.uint8)))
    return {"size": rle["size"], "counts": rle["counts"].decode()}


def palette(path, mask):
    image = Image.fromarray(mask.astype(np.uint8) * 3)
    image = image.convert("P") if image.mode != "P" else image
    image.putpalette([channel for i in range(256) for channel in (i, 255 - i, 7)])
    image.save(path)


WRITERS = {
    "grey.png": lambda path: Image.fromarray(MASK.astype(np.uint8) * 255).save(path),
    "zero-one.png": lambda path: Image.fromarray(MASK.astype(np.uint8)).save(path),
    "bits.png": lambda path: Image.fromarray(MASK).save(path),
    "rgb.png": lambda path: Image.fromarray(
        np.repeat(MASK[..., None].astype(np.uint8) * 255, 3, axis=2)
    ).save(path),
    "palette.png": lambda path: palette(path, MASK),
    "bool.npy": lambda path: np.save(path, MASK),
    "bytes.npy": lambda path: np.save(path, MASK.astype(np.uint8) * 255),
    "clip.npy": lambda path: np.save(path, MASK[None]),
    "rle.json": lambda path: path.write_text(json.dumps(runs(MASK))),
    "list.json": lambda path: path.write_text(json.dumps([runs(MASK)])),
    "compressed.json": lambda path: path.write_text(json.dumps(compressed(MASK))),
}


@pytest.mark.parametrize("name", WRITERS)
def test_every_kind_of_file_gives_the_mask(tmp_path, name):
    WRITERS[name](tmp_path / name)
    ((unit, frames),) = open_masks(tmp_path, "truth").items()
    assert unit == name.rpartition(".")[0]
    (load,) = frames.values()
    assert (read_labels(load()).foreground == MASK).all()


def test_every_reader_is_covered_here():
    endings = {ending for _, known in SUFFIXES for ending in known}
    assert endings - {".npz"} == {"." + name.rpartition(".")[2] for name in WRITERS}
    assert set(READERS.names()) == {"png", "numpy", "coco"}


def test_an_npz_file_holds_masks_by_name(tmp_path):
    np.savez(tmp_path / "many.npz", first=MASK, second=MASK[None].repeat(3, 0))
    units = open_masks(tmp_path, "truth")
    assert {name: len(frames) for name, frames in units.items()} == {
        "many/first": 1,
        "many/second": 3,
    }


def test_a_mapping_in_json_holds_masks_and_clips_with_empty_frames(tmp_path):
    (tmp_path / "all.json").write_text(
        json.dumps({"a": runs(MASK), "b": [runs(MASK), None]}), encoding="utf-8"
    )
    units = open_masks(tmp_path / "all.json", "truth")
    assert list(units) == ["a", "b"]
    assert [load() is None for load in units["b"].values()] == [False, True]


def test_cocos_result_list_is_one_mask_an_image(tmp_path):
    halves = MASK.copy(), MASK.copy()
    halves[0][:2], halves[1][2:] = False, False
    results = [{"image_id": 7, "segmentation": runs(half), "score": 0.5} for half in halves]
    (tmp_path / "results.json").write_text(json.dumps(results))
    (load,) = open_masks(tmp_path / "results.json", "truth")["7"].values()
    assert (load().values == MASK).all()


def test_files_of_a_folder_are_frames_of_a_clip_where_asked(tmp_path):
    folder = tmp_path / "video" / "0"
    folder.mkdir(parents=True)
    for frame in ("00000", "00005"):
        Image.fromarray(MASK).save(folder / f"{frame}.png")
    assert list(open_masks(tmp_path, "truth")) == ["video/0/00000", "video/0/00005"]
    assert list(open_masks(tmp_path, "truth", clips=True)["video/0"]) == ["00000", "00005"]


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("a.png", b"no image", "cannot be read"),
        ("a.npy", b"no array", "cannot be read"),
        ("a.npz", b"PK\x03\x04 no archive", "cannot be read"),
        ("a.json", b"{", "cannot be read"),
        ("a.json", b"3", "holds no mask"),
        ("a.json", b'{"a": 3}', "no run-length encoding"),
        ("a.json", b'{"size": [100000, 99999], "counts": [9999900000]}', "100000 x 99999 pixels"),
        ("a.json", b'{"size": [2, 2], "counts": [1, 1]}', "has runs of 2 for 4 pixels"),
        ("a.txt", b"", "holds no mask"),
    ],
)
def test_damaged_and_foreign_files_are_named(tmp_path, name, content, says):
    (tmp_path / name).write_bytes(content)

    def read_all():
        units = open_masks(tmp_path, "predicted").values()
        return [read_labels(load()) for frames in units for load in frames.values()]

    with pytest.raises(InputError, match=says):
        read_all()


def test_a_truncated_png_is_named(tmp_path):
    rng = np.random.default_rng(0)
    Image.fromarray(rng.integers(0, 2, (99, 99), np.uint8)).save(tmp_path / "a.png")
    whole = (tmp_path / "a.png").read_bytes()
    (tmp_path / "a.png").write_bytes(whole[: len(whole) // 2])
    (load,) = open_masks(tmp_path, "truth")["a"].values()
    with pytest.raises(InputError, match=r"a\.png.*cannot be read"):
        load()


def test_a_png_of_more_pixels_than_memory_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 10)
    Image.fromarray(MASK).save(tmp_path / "a.png")
    (load,) = open_masks(tmp_path, "truth")["a"].values()
    with pytest.raises(InputError, match="decompression bomb"):
        load()


def test_pickles_are_not_opened(tmp_path):
    np.save(tmp_path / "a.npy", np.array([{"code": 1}], object), allow_pickle=True)
    with pytest.raises(InputError, match="without pickling"):
        open_masks(tmp_path, "truth")


def test_colour_is_no_mask(tmp_path):
    Image.fromarray(np.full((2, 2, 3), (255, 0, 0), np.uint8)).save(tmp_path / "a.png")
    (load,) = open_masks(tmp_path, "truth")["a"].values()
    with pytest.raises(InputError, match="is in colour"):
        load()


def test_two_files_of_one_name_are_refused(tmp_path):
    np.save(tmp_path / "a.npy", MASK)
    Image.fromarray(MASK).save(tmp_path / "a.png")
    with pytest.raises(InputError, match="there is another a"):
        open_masks(tmp_path, "truth")


def test_a_missing_folder_is_refused(tmp_path):
    with pytest.raises(InputError, match="does not exist"):
        open_masks(tmp_path / "nowhere", "predicted")
