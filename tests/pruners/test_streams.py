"""What methods that draw at random draw: by seed, sample and frame, whatever lies beside them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from evtp.features import Clip, Sample, open_cache
from evtp.features.cache_writer import CacheWriter
from evtp.pruners import select, selecting
from evtp.pruners.method import METHODS, load

SEEDED = [name for name in METHODS.names() if load(name).seeded]
IDS = st.lists(st.text(st.characters(codec="utf-8", categories=["L", "N"]), min_size=1, max_size=9),
               min_size=2, max_size=6, unique=True)  # fmt: skip


def clip_of(frames=1, rows=9, columns=11, seed=0):
    rng = np.random.default_rng(seed)
    return Clip(
        rng.standard_normal((frames, rows * columns, 8)).astype(np.float32), (rows, columns)
    )


def kept(method, clip, k=12, **options):
    return [chosen.indices.tolist() for chosen in select(method, clip, k, **options)]


@given(ids=IDS, data=st.data())
@settings(max_examples=10, deadline=None)
def test_a_sample_draws_alike_wherever_it_lies_in_a_cache(ids, data, tmp_path_factory):
    drawn = []
    for order in (ids, data.draw(st.permutations(ids)), [data.draw(st.sampled_from(ids))]):
        folder = tmp_path_factory.mktemp("cache")
        with CacheWriter(folder, {"encoder": "none", "model": "none", "block": None}) as writer:
            for name in order:
                writer.add(Sample(name, clip_of()))
        drawn.append({s.id: kept("random", s.clip) for s in open_cache(folder).values()})
    everything, permuted, alone = drawn
    assert permuted == everything
    assert alone.items() <= everything.items()
    assert len({str(tokens) for tokens in everything.values()}) == len(ids)


@pytest.mark.parametrize("method", SEEDED)
def test_photographs_of_equal_features_draw_apart(method):
    draws = [kept(method, Sample(f"{n}.jpg", clip_of()).clip) for n in range(8)]
    assert len({str(tokens) for tokens in draws}) > 1


@pytest.mark.parametrize("method", SEEDED)
def test_frames_of_a_clip_and_seeds_draw_apart(method):
    one = clip_of()
    still = Clip(np.repeat(one.features, 8, axis=0), one.grid, sample="still")
    assert len({str(tokens) for tokens in kept(method, still)}) > 1
    assert len({str(kept(method, still, seed=seed)) for seed in range(8)}) > 1


def test_the_draw_is_of_seed_frame_and_sha256_as_documented():
    # The first 64 bits of the SHA-256 of "astronaut", by coreutils' sha256sum.
    stream = np.random.default_rng((3, 1, 0xDF0C29D39619E8CF))
    clip = Sample("astronaut", clip_of(frames=2)).clip
    assert kept("random", clip, seed=3)[1] == sorted(stream.permutation(99)[:12].tolist())


@pytest.mark.parametrize("method", [m for m in SEEDED if m != "random"])
def test_an_accelerator_starts_where_the_processor_does(method, monkeypatch):
    monkeypatch.setattr(selecting, "_batchable", lambda pruner, features: True)
    clip = replace(clip_of(frames=3), sample="b")
    there = kept(method, replace(clip, features=torch.from_numpy(clip.features)), 1)
    monkeypatch.undo()
    assert there == kept(method, clip, 1)
