"""The product of a matrix with its transpose against plain sums."""

from __future__ import annotations

import numpy as np
import pytest

from evtp.features.gram import gram


@pytest.mark.parametrize("count", [1, 2, 3, 4, 5, 7, 11, 12, 47, 48, 49, 50, 97, 101])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_every_product_is_there_whatever_the_tiles_leave_over(count, dtype):
    x = np.random.default_rng(count).standard_normal((count, 19)).astype(dtype)
    plain = [[sum(float(a) * float(b) for a, b in zip(p, q, strict=True)) for q in x] for p in x]
    found = gram(x)
    assert found.dtype == dtype
    np.testing.assert_allclose(found, plain, rtol=1e-4, atol=1e-5)
    assert (found == found.T).all()
