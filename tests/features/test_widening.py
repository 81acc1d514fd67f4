"""float16 as cached features hold it, widened: every value there is."""

from __future__ import annotations

import numpy as np
import pytest

from evtp.features.arrays import to_numpy

ALL = np.arange(65536, dtype=np.uint16).view(np.float16)


@pytest.mark.parametrize("values", [ALL, ALL[np.isfinite(ALL)], ALL[np.isfinite(ALL)][::2]])
def test_every_half_is_widened_exactly(values):
    values = values.view()
    values.flags.writeable = False  # as in a mapped cache
    wide = to_numpy(values)
    assert wide.dtype == np.float32
    assert wide.flags.c_contiguous
    np.testing.assert_array_equal(wide, np.array([np.float32(v) for v in values]))
    assert (np.signbit(wide) == np.signbit(values)).all()
