"""Synthetic scenes: the same for a seed, true to their masks, without overlap."""

from __future__ import annotations

import numpy as np
import pytest

from evtp.core.errors import InputError
from evtp.features.masks import read_mask
from evtp.features.scenes import FRAMES, KINDS, SIDE, make_scene


def masks(scene):
    return [
        [read_mask(polygons, (SIDE, SIDE)) for polygons in frames]
        for frames in scene.objects.values()
    ]


@pytest.mark.parametrize("kind", KINDS)
def test_objects_lie_apart_in_the_frame_and_in_every_one(kind):
    scene = make_scene(kind, 3)
    assert len(scene.images) == (FRAMES if kind == "moving" else 1)
    for per_frame in zip(*masks(scene), strict=True):
        assert all(mask.any() for mask in per_frame)
        assert np.sum(per_frame, axis=0).max() == 1


@pytest.mark.parametrize("kind", KINDS)
def test_a_seed_names_one_scene(kind):
    first, again, other = (make_scene(kind, seed) for seed in (1, 1, 2))
    assert np.array_equal(first.images[0], again.images[0])
    assert first.objects == again.objects
    assert not np.array_equal(first.images[0], other.images[0])


def test_the_salient_object_is_where_its_mask_says():
    scene = make_scene("salient", 0)
    ((mask,),) = masks(scene)
    pixels = np.asarray(scene.images[0], float)
    inside, outside = pixels[mask].mean(axis=0), pixels[~mask].mean(axis=0)
    assert np.abs(inside - outside).max() > 60


def test_moving_objects_move_and_standing_ones_do_not():
    for name, frames in make_scene("moving", 0).objects.items():
        assert (frames[0] != frames[-1]) == name.startswith("moving")


def test_unknown_kinds_and_negative_seeds_are_refused():
    with pytest.raises(InputError, match="did you mean flat"):
        make_scene("flatt")
    with pytest.raises(InputError, match="negative"):
        make_scene("flat", -1)
