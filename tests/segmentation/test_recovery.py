"""Mask recovery, by hand and against loops."""

from __future__ import annotations

import numpy as np
import pytest

from evtp.core.errors import InputError
from evtp.features import Features
from evtp.features.geometry import Geometry
from evtp.segmentation.recovery import (
    SPACES,
    Reading,
    Target,
    sources_of,
)


def geometry(side=6, seed=0):
    rng = np.random.default_rng(seed)
    return Geometry(Features(rng.normal(size=(side * side, 5)).astype(np.float32)))


@pytest.mark.parametrize("neighbours", [1, 3])
@pytest.mark.parametrize("space", SPACES)
def test_sources_equal_a_loop_over_all_pairs(space, neighbours):
    tokens = geometry()
    kept = np.array([1, 7, 20, 33])
    sources = sources_of(tokens, kept, Reading(space, neighbours))
    points = {
        "feature": tokens.x,
        "spatial": tokens.p,
        "joint": tokens.joint(tokens.adaptive_scale()),
    }[space].astype(np.float64)
    values = np.random.default_rng(1).random(tokens.tokens).astype(np.float32)
    for token, spread in enumerate(sources.spread(values)):
        distance = np.linalg.norm(points[kept] - points[token], axis=1)
        if token in kept:
            expected = values[token]
        elif space == "spatial" and neighbours == 1 and np.ptp(np.sort(distance)[:2]) < 1e-6:
            continue  # two kept tokens equally near
        else:
            nearest = np.argsort(distance, kind="stable")[:neighbours]
            if neighbours < 4 and np.ptp(np.sort(distance)[neighbours - 1 : neighbours + 1]) < 1e-6:
                continue
            weights = 1 / distance[nearest]
            expected = (values[kept[nearest]] * weights).sum() / weights.sum()
        assert spread == pytest.approx(expected, abs=1e-4)


def test_all_tokens_reach_the_ceiling_in_every_space():
    tokens = geometry()
    mask = np.zeros((60, 60), bool)
    mask[13:44, 20:51] = True
    target = Target(mask, (6, 6))
    for space in SPACES:
        everything = sources_of(tokens, np.arange(36), Reading(space))
        assert target.recover(everything) == target.ceiling
    assert 0.5 < target.ceiling.iou < 1


def test_keeping_no_token_of_an_object_loses_it():
    mask = np.zeros((60, 60), bool)
    mask[:10, :10] = True
    target = Target(mask, (6, 6))
    assert target.tokens.tolist() == [0]
    assert target.recover(sources_of(geometry(), np.array([35]), Reading())) == (0.0, 0.0)


def test_an_object_below_half_a_patch_owns_the_patch_it_fills_most():
    mask = np.zeros((60, 60), bool)
    mask[12:15, 12:15] = True
    target = Target(mask, (6, 6))
    assert target.tokens.tolist() == [7]
    assert target.size == "small"


@pytest.mark.parametrize(
    "options", [{"space": "colour"}, {"neighbours": 0}, {"threshold": 0.0}, {"threshold": 1.0}]
)
def test_bad_readings_are_refused(options):
    with pytest.raises(InputError, match=next(iter(options))):
        Reading(**options)


def test_an_empty_mask_is_no_target():
    with pytest.raises(InputError, match="leave out frames"):
        Target(np.zeros((4, 4), bool), (2, 2))
