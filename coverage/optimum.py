"""The smallest coverage radius there can be: exact on small frames, bounded on whole ones.

K tokens cover all N within r exactly where the graph of pairs at distance r or less has a
dominating set of K. HiGHS decides that (through SciPy) for radii among the distances themselves,
by bisection; its linear relaxation gives a lower bound that stays within reach at 729 tokens and
is tighter than half the packing of greedy's picks, which never shows less than a factor of 2.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

F64 = npt.NDArray[np.float64]


def optimal_radius(distances: F64, k: int) -> float:
    """The smallest radius of any k tokens, by integer programming.

    Args:
        distances: symmetric [N, N], 0 on the diagonal; N of a few hundred at most.
        k: tokens kept, at least 1.

    """
    return _smallest(distances, k, whole=True)


def radius_bound(distances: F64, k: int) -> float:
    """A radius that no k tokens fall below, by the linear relaxation.

    Args:
        distances: symmetric [N, N], 0 on the diagonal.
        k: tokens kept, at least 1.

    """
    return _smallest(distances, k, whole=False)


def _smallest(distances: F64, k: int, whole: bool) -> float:
    radii = np.unique(distances)
    low, high = 0, len(radii) - 1
    while low < high:
        middle = (low + high) // 2
        if _dominating(distances <= radii[middle], whole) <= k + 1e-6:
            high = middle
        else:
            low = middle + 1
    return float(radii[low])


def _dominating(near: npt.NDArray[np.bool_], whole: bool) -> float:
    """The size of the smallest dominating set, or that of its linear relaxation."""
    from scipy.optimize import Bounds, LinearConstraint, milp
    from scipy.sparse import csr_array

    tokens = len(near)
    found = milp(
        np.ones(tokens),
        integrality=np.full(tokens, int(whole)),
        bounds=Bounds(0, 1),
        constraints=LinearConstraint(csr_array(near.astype(np.float64)), lb=1),
    )
    return float(found.fun)
