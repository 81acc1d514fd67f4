"""The paper's theory by numbers, on the built-in photographs.

Run: ``python benchmarks/theory.py``. Prints greedy's distance to the optimum (exact on crops of
the grid, by linear relaxation on whole frames) and the Gaussian information that the selections
in feature and in joint space carry. docs/theory.md says what it means.
"""

from __future__ import annotations

import sys

import numpy as np

from evtp.coverage.optimum import optimal_radius, radius_bound
from evtp.features import Features
from evtp.features.sample import sample_cache
from evtp.pruners import Frame, select

NOISE = 0.1
"""Variance of the noise each kept token is read with; features have length 1."""


def distances(points):
    points = points.astype(np.float64) - points.mean(axis=0)
    squares = (points**2).sum(axis=1)
    gram = squares[:, None] + squares - 2 * points @ points.T
    return np.sqrt(np.maximum(gram - np.diag(np.diag(gram)), 0))


def radius(table, kept):
    return table[:, kept].min(axis=1).max()


def information(points, kept):
    """Nats about a Gaussian image that the kept rows carry: log det(1 + Z Z' / noise) / 2."""
    z = points[kept].astype(np.float64)
    return np.linalg.slogdet(np.eye(len(kept)) + z @ z.T / NOISE)[1] / 2


def crop(features, side):
    rows, columns = features.shape
    top, left = (rows - side) // 2, (columns - side) // 2
    grid = np.arange(rows * columns).reshape(rows, columns)
    inside = grid[top : top + side, left : left + side].ravel()
    raw = np.asarray(features.features)[inside]
    return Features(raw, (side, side), sample=features.sample)


def main(side: int = 10, keep: float = 0.1) -> None:
    frames = [(name, sample.clip[0]) for name, sample in sample_cache().items()]
    print(f"Greedy over optimum, {side} x {side} crops, {keep:.0%}: evtp, and kcenter in features")
    for name, features in frames:
        part = Frame(crop(features, side))
        joint, feature = distances(part.joint(part.adaptive_scale())), distances(part.x)
        chosen = [select(m, part, keep).indices for m in ("evtp", "kcenter")]
        ratios = [
            radius(table, kept) / optimal_radius(table, len(kept))
            for table, kept in zip((joint, feature), chosen, strict=True)
        ]
        print(f"  {name:12s} {ratios[0]:.3f} {ratios[1]:.3f}", flush=True)
    print(f"Greedy over the LP bound, whole frames, {keep:.0%}: evtp in joint space")
    for name, features in frames:
        frame = Frame(features)
        table = distances(frame.joint(frame.adaptive_scale()))
        kept = select("evtp", frame, keep).indices
        print(
            f"  {name:12s} {radius(table, kept) / radius_bound(table, len(kept)):.3f}", flush=True
        )
    print("Information in nats: I_z(joint pick), I_x(joint pick), I_x(feature pick), random I_x")
    for name, features in frames:
        frame = Frame(features)
        z = frame.joint(frame.adaptive_scale())
        picks = [select(m, frame, keep).indices for m in ("evtp", "kcenter", "random")]
        found = information(z, picks[0]), *(information(frame.x, pick) for pick in picks)
        print(f"  {name:12s}", *(f"{value:8.2f}" for value in found), flush=True)


if __name__ == "__main__":
    main(*(int(x) for x in sys.argv[1:2]))
