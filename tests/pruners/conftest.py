"""Frames that pruners are tried on."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.ndimage import gaussian_filter

from evtp.features import Features


def smooth_field(rows, columns, width, seed=0):
    """Features that vary smoothly over the grid, as an encoder's do, with a common offset."""
    rng = np.random.default_rng(seed)
    field = gaussian_filter(rng.standard_normal((rows, columns, width)), (2, 2, 0))
    field = field / field.std() + 0.3 * rng.standard_normal(field.shape)
    return (field + rng.standard_normal(width)).reshape(-1, width).astype(np.float32)


@pytest.fixture(scope="session")
def smooth_frame():
    return Features(smooth_field(12, 17, 96), (12, 17))
