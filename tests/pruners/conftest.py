"""Frames that pruners are tried on."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.ndimage import gaussian_filter

from evtp.features import Clip, Features


def smooth_field(rows, columns, width, seed=0):
    """Features that vary smoothly over the grid, as an encoder's do, with a common offset."""
    rng = np.random.default_rng(seed)
    field = gaussian_filter(rng.standard_normal((rows, columns, width)), (2, 2, 0))
    field = field / field.std() + 0.3 * rng.standard_normal(field.shape)
    return (field + rng.standard_normal(width)).reshape(-1, width).astype(np.float32)


def block_field(rows, columns, width, seed=0):
    """Blocks of near-duplicates: a few patterns, each with a little noise of its own."""
    rng = np.random.default_rng(seed)
    patterns = rng.standard_normal((max(2, rows * columns // 6), width))
    field = patterns[rng.integers(0, len(patterns), rows * columns)]
    return (field + 1e-3 * rng.standard_normal(field.shape)).astype(np.float32)


def whole_frame(raw, grid, seed=0):
    """A frame with everything that a method may ask for."""
    rng = np.random.default_rng(seed)
    tokens = len(raw)
    return Features(
        raw,
        grid,
        attention=rng.random(tokens, np.float32),
        probe_attention=rng.random(tokens, np.float32),
        middle_attention=rng.random(tokens, np.float32),
        keys=rng.standard_normal((tokens, 8)).astype(np.float32),
    )


@pytest.fixture(scope="session")
def smooth_frame():
    return Features(smooth_field(12, 17, 96), (12, 17))


@pytest.fixture(scope="session")
def make_frame():
    """Makes a frame of any raw features."""
    return whole_frame


FIELDS = {"smooth": smooth_field, "blocks": block_field}


@pytest.fixture(scope="session")
def field():
    """Makes structured features: ``field(kind, rows, columns, width, seed)``."""
    return lambda kind, *shape: FIELDS[kind](*shape)


@pytest.fixture(scope="session", params=list(FIELDS))
def structured_frame(request):
    """Structured frames of 15 x 14 tokens with all optional inputs."""
    return whole_frame(FIELDS[request.param](15, 14, 64, seed=3), (15, 14), seed=4)


@pytest.fixture(scope="session")
def clip():
    """Four frames in which a patch moves over a still background."""
    rng = np.random.default_rng(7)
    frames = []
    for f in range(4):
        raw = smooth_field(6, 8, 32, seed=1).reshape(6, 8, 32)
        raw[1:4, f : f + 3] += 5 * rng.standard_normal(32).astype(np.float32)
        frames.append(whole_frame(raw.reshape(-1, 32), (6, 8), seed=f))
    return Clip.of(frames)
