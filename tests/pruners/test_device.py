"""The batched torch path, on tensors of the processor, against the compiled one."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from evtp.core.errors import InputError
from evtp.features import Clip, Features
from evtp.pruners import select, selecting
from evtp.pruners.device import batched, prune_on_device
from evtp.pruners.method import METHODS, load

BATCHED = [name for name in METHODS.names() if batched(load(name)) is not None]


@pytest.fixture
def frames(field):
    raw = [field("smooth", 9, 11, 48, seed) for seed in range(5)]
    return Clip(np.stack(raw), (9, 11))


@pytest.fixture
def on_device(monkeypatch):
    """Sends tensors of the processor down the accelerator's path."""
    monkeypatch.setattr(selecting, "_batchable", lambda pruner, features: True)


def test_the_kcenter_family_and_divprune_are_batched():
    assert BATCHED == ["divprune", "evtp", "kcenter", "kcenter-adaptive", "kcenter-spatial"]


@pytest.mark.parametrize(
    "method", [*BATCHED, "evtp:variance=coordinate", "kcenter-spatial:scale=7"]
)
def test_a_batch_chooses_what_frames_choose_one_by_one(method, frames, on_device):
    tensors = Clip(torch.from_numpy(frames.features), frames.grid)
    for k, chosen in zip(
        (1, 12, 99), selecting.select_each(method, tensors, [1, 12, 99], seed=3), strict=True
    ):
        for f, frame in enumerate(chosen):
            assert frame.indices.dtype == torch.int64
            expected = [s.indices for s in prune_by_frame(method, frames, k)][f]
            assert frame.indices.tolist() == expected.tolist(), f


def prune_by_frame(method, clip, k):
    """The compiled path, whatever `on_device` says."""
    pruner = load(method)
    for frame in selecting.frames_of(clip):
        yield selecting._prune(pruner, frame, [k], 3, {})[0]


@pytest.mark.parametrize("method", BATCHED)
def test_a_single_frame_and_half_precision_are_served(method, frames, on_device):
    raw = torch.from_numpy(frames.features[0]).half()
    (chosen,) = prune_on_device(load(method), Features(raw, frames.grid), [7], 0, {})
    assert len(chosen) == 1
    found = select(method, Features(raw, frames.grid), 7)
    assert found.indices.tolist() == chosen[0].indices.tolist()


@pytest.mark.parametrize("method", BATCHED)
def test_duplicates_zeros_and_equal_tokens_give_k_distinct_indices(method, on_device):
    raw = torch.zeros(3, 20, 16)
    raw[0] = torch.randn(5, 16, generator=torch.Generator().manual_seed(0)).repeat(4, 1)
    raw[1] = 1.0
    for k in (1, 7, 20):
        for chosen in select(method, Clip(raw, (4, 5)), k):
            assert len(set(chosen.indices.tolist())) == k


@pytest.mark.parametrize("method", BATCHED)
def test_many_frames_go_in_chunks_with_the_same_answer(method, frames, on_device, monkeypatch):
    tensors = Clip(torch.from_numpy(frames.features), frames.grid)
    whole = [c.indices.tolist() for c in select(method, tensors, 9)]
    monkeypatch.setattr("evtp.pruners.device._ENTRIES", 2 * 99**2)
    assert [c.indices.tolist() for c in select(method, tensors, 9)] == whole


@pytest.mark.parametrize("method", BATCHED)
def test_values_that_are_not_finite_are_refused(method, frames, on_device):
    raw = torch.from_numpy(frames.features.copy())
    raw[2, 5, 0] = torch.nan
    with pytest.raises(InputError, match=r"frame 2 holds NaN or infinite values.*token 5"):
        select(method, Clip(raw, frames.grid), 9)


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a GPU")
@pytest.mark.parametrize("method", METHODS.names())
def test_indices_stay_on_the_gpu(method, structured_frame):
    names = ("features", "attention", "middle_attention", "keys")
    given = {name: torch.from_numpy(getattr(structured_frame, name)).cuda() for name in names}
    chosen = select(method, Features(grid=structured_frame.grid, **given), 9)
    assert chosen.indices.device.type == "cuda"
    expected = select(method, structured_frame, 9).indices
    assert len(set(chosen.indices.tolist()) & set(expected.tolist())) >= 8
