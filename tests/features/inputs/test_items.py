"""From paths to samples: folders, lists and manifests."""

from __future__ import annotations

import json
import shutil
import sys

import pytest

from evtp.core.errors import InputError
from evtp.features.inputs import FrameRule, Item, items_of
from evtp.features.inputs.items import Broken

RULE = FrameRule(count=3)


def ids(*paths, rule=RULE) -> list[str]:
    return [item.id for item in items_of(map(str, paths), rule)]


def manifest(folder, *entries):
    path = folder / "set.jsonl"
    path.write_text("".join(json.dumps(entry) + "\n" for entry in entries))
    return path


def test_a_folder_is_walked_in_order_and_names_its_samples(tmp_path, photographs):
    shutil.copytree(photographs, tmp_path / "set" / "b")
    shutil.copy(photographs / "rocket0.jpg", tmp_path / "set" / "a.JPG")
    (tmp_path / "set" / "notes.txt").write_text("")
    found = ids(tmp_path / "set")
    assert found[0] == "a.JPG"
    assert found[1:] == sorted(f"b/{path.name}" for path in photographs.iterdir())
    assert found == ids(tmp_path / "set")


def test_files_lists_and_nested_lists(tmp_path, photographs):
    lists = tmp_path / "list.txt"
    lists.write_text(
        f"# a comment\n\n{photographs / 'rocket0.jpg'}\n{photographs / 'coffee0.jpg'}\n"
    )
    assert ids(lists) == ["rocket0.jpg", "coffee0.jpg"]
    assert ids(photographs / "chelsea0.jpg", lists)[0] == "chelsea0.jpg"


@pytest.mark.parametrize("name", ["nothing.jpg", "nothing"])
def test_a_path_that_does_not_exist_is_refused(tmp_path, name):
    with pytest.raises(InputError, match="does not exist"):
        ids(tmp_path / name)


def test_a_folder_without_pictures_is_refused(tmp_path):
    with pytest.raises(InputError, match="holds no pictures"):
        ids(tmp_path)


def test_pictures_and_masks_of_a_manifest_are_found_from_any_folder(
    tmp_path, photographs, monkeypatch
):
    shutil.copytree(photographs, tmp_path / "set" / "p")
    manifest(tmp_path / "set", {"image": "p/rocket0.jpg", "masks": {"rocket": "r.png"}})
    monkeypatch.chdir(tmp_path)
    (item,) = items_of(["set/set.jsonl"], RULE)
    loaded = item.load()
    assert loaded.source == (str(tmp_path / "set" / "p" / "rocket0.jpg"),)
    assert loaded.masks == {"rocket": [str(tmp_path / "set" / "r.png")]}


def test_a_manifest_describes_images_clips_and_videos(tmp_path, photographs, video, bar_of):
    shutil.copytree(photographs, tmp_path / "frames")
    shutil.copy(video, tmp_path / "v.mp4")
    path = manifest(
        tmp_path,
        {
            "id": "one",
            "image": "frames/rocket0.jpg",
            "masks": {"rocket": "r.png"},
            "expressions": ["the rocket", {"text": "it", "objects": ["rocket"], "type": "reason"}],
        },
        {
            "id": "two",
            "frames": ["frames/motorcycle0.jpg", "frames/motorcycle1.jpg"],
            "masks": {"wheel": [None, [[0, 0, 5, 0, 5, 5]]]},
        },
        {"id": "three", "video": "v.mp4", "masks": {"bar": [f"{n}.png" for n in range(12)]}},
        {"image": "frames/coffee0.jpg"},
    )
    one, two, three, four = items_of([str(path)], RULE)
    assert all(isinstance(item, Item) for item in (one, two, three, four))
    assert one.load().masks == {"rocket": [str(tmp_path / "r.png")]}
    assert one.expressions[0] == {"text": "the rocket"}
    assert one.expressions[1]["type"] == "reason"
    assert len(two.load().images) == 2
    assert two.load().masks["wheel"][0] is None
    loaded = three.load()
    assert [bar_of(image) for image in loaded.images] == [2, 6, 10]
    assert loaded.masks["bar"] == [str(tmp_path / f"{n}.png") for n in (2, 6, 10)]
    assert loaded.times == pytest.approx((0.5, 1.5, 2.5))
    assert four.id == "frames/coffee0.jpg"


def test_a_folder_of_frames_follows_the_rule(tmp_path, photographs):
    shutil.copytree(photographs, tmp_path / "frames")
    names = sorted(path.name for path in photographs.iterdir())
    path = manifest(tmp_path, {"id": "clip", "frames": "frames", "masks": {"x": [None] * 6}})
    (item,) = items_of([str(path)], FrameRule(stride=2))
    assert [source.rsplit("/", 1)[-1] for source in item.pictures] == names[::2]
    assert len(item.masks["x"]) == 3
    keyed = list(items_of([str(path)], FrameRule(keys=(), neighbours=2)))
    assert [one.id for one in keyed] == [f"clip@{n}" for n in range(6)]


def test_a_video_with_key_frames_is_a_sample_a_key_frame(video, bar_of):
    items = list(items_of([str(video)], FrameRule(keys=(0, 6), neighbours=4)))
    assert [item.id for item in items] == ["clip.mp4@0", "clip.mp4@6"]
    assert [bar_of(image) for image in items[1].load().images] == [6, 4, 5, 7, 8]


def test_what_is_broken_is_handed_on_and_stops_nothing(tmp_path, video):
    (tmp_path / "a.mp4").write_bytes(b"")
    shutil.copy(video, tmp_path / "b.mp4")
    first, *others = items_of([str(tmp_path)], FrameRule(keys=(1,)))
    assert isinstance(first, Broken)
    assert [item.id for item in others] == ["b.mp4@1"]


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("{", "is no JSON"),
        ("[]", "is no object"),
        ('{"id": "x"}', "no one source"),
        ('{"image": "a", "video": "b"}', "no one source"),
        ('{"image": 3}', "for a path"),
        (r'{"image": "\ud800"}', "for a path"),
        ('{"image": "a", "mask": {}}', "unknown field mask"),
        ('{"image": "a", "masks": []}', "no object"),
        ('{"image": "a", "masks": {"x": 3}}', "has the mask 3"),
        ('{"image": "a", "expressions": [3]}', "without a text"),
    ],
)
def test_a_bad_line_of_a_manifest_is_named(tmp_path, line, problem):
    path = tmp_path / "m.jsonl"
    path.write_text('{"image": "fine.jpg"}\n' + line + "\n")
    with pytest.raises(InputError, match=problem) as caught:
        ids(path)
    assert "line 2" in str(caught.value)


def test_masks_that_do_not_fit_the_frames_are_refused(tmp_path, photographs):
    path = manifest(
        tmp_path, {"image": str(photographs / "rocket0.jpg"), "masks": {"x": [None, None]}}
    )
    (item,) = items_of([str(path)], RULE)
    with pytest.raises(InputError, match="2 masks of x for 1 frames"):
        item.load()


def test_frames_of_different_sizes_are_refused(tmp_path, photographs):
    from PIL import Image

    Image.new("RGB", (5, 5)).save(tmp_path / "small.png")
    path = manifest(tmp_path, {"frames": ["small.png", str(photographs / "rocket0.jpg")]})
    (item,) = items_of([str(path)], RULE)
    with pytest.raises(InputError, match="2 sizes"):
        item.load()


def test_a_video_without_pyav_is_refused_before_anything_is_encoded(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "av", None)
    (tmp_path / "clip.mp4").touch()
    with pytest.raises(InputError, match=r"pip install 'evtp\[siglip\]'"):
        ids(tmp_path)
