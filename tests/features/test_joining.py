"""Pictures, masks and expressions for features that were computed elsewhere."""

from __future__ import annotations

import hashlib
import json
import re

import numpy as np
import pytest

from evtp.core.errors import InputError
from evtp.features import Clip, Sample
from evtp.features.joining import Described


def sample(name, frames=1):
    return Sample(name, Clip(np.ones((frames, 4, 3), np.float32)), ("x.npy",), ("0" * 64,))


def described(folder, *lines):
    path = folder / "set.jsonl"
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))
    return Described(path)


def test_a_line_gives_a_sample_its_pictures_masks_and_expressions(tmp_path, photographs):
    names = [photographs / f"motorcycle{n}.jpg" for n in range(2)]
    masks = {"wheel": [None, [[0, 0, 5, 0, 5, 5]]], "seat": ["0.png", "1.png"]}
    line = {"id": "m", "frames": [str(n) for n in names], "masks": masks, "expressions": ["it"]}
    lines = described(tmp_path, line)
    joined = lines.join(sample("m", 2))
    assert joined.source == tuple(map(str, names))
    assert joined.source_sha256 == tuple(hashlib.sha256(n.read_bytes()).hexdigest() for n in names)
    assert joined.image_size == (120, 160)
    assert joined.masks["wheel"] == masks["wheel"]
    assert joined.masks["seat"] == [str(tmp_path / "0.png"), str(tmp_path / "1.png")]
    assert joined.expressions == ({"text": "it"},)
    other = sample("n")
    assert lines.join(other) is other
    assert lines.bare == ["n"]


def test_frames_of_a_folder_are_as_many_as_the_features_have(tmp_path, photographs):
    lines = described(tmp_path, {"id": "all", "frames": str(photographs)})
    files = sorted(map(str, photographs.iterdir()))
    assert lines.join(sample("all", 6)).source == tuple(files)
    assert lines.join(sample("all", 3)).source == tuple(files[1::2]), "the middles of three thirds"


def test_the_frames_of_a_video_have_their_times(tmp_path, video):
    lines = described(tmp_path, {"id": "film", "video": str(video)})
    joined = lines.join(sample("film", 3))
    assert joined.times == pytest.approx([0.5, 1.5, 2.5])
    assert joined.source == (str(video),)


@pytest.mark.parametrize(
    ("frames", "said"),
    [
        (["motorcycle0.jpg"], "m: has 1 pictures for 2 frames"),
        (["motorcycle0.jpg", "absent.jpg"], "absent.jpg: cannot be read"),
    ],
)
def test_pictures_that_do_not_fit_are_refused(tmp_path, photographs, frames, said):
    lines = described(tmp_path, {"id": "m", "frames": [str(photographs / f) for f in frames]})
    with pytest.raises(InputError, match=f"^manifest .*{re.escape(said)}"):
        lines.join(sample("m", 2))


def test_a_manifest_that_is_none_is_refused(tmp_path):
    with pytest.raises(InputError, match=r"manifest .* is no file"):
        Described(tmp_path / "absent.jsonl")
    with pytest.raises(InputError, match="manifest a: names two lines"):
        described(tmp_path, {"id": "a", "image": "a.png"}, {"id": "a", "image": "b.png"})
    with pytest.raises(InputError, match=r"manifest .* line 1: names no one source"):
        described(tmp_path, {"id": "a"})
