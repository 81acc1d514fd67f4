"""How the selection hangs on the weight of space against features: the figure in docs/pruners.md.

Run: ``python benchmarks/sensitivity.py FIGURE.png``. Greedy k-center on [x ; scale * p] of the
built-in photographs at 10 %, for fixed scales and for both readings of the adaptive one. Means over
frames and seeds; prints the numbers that it draws.
"""

from __future__ import annotations

import sys
from pathlib import Path
from statistics import fmean

import matplotlib.pyplot as plt
import numpy as np

from evtp.coverage.radii import coverage_radii
from evtp.features.sample import sample_cache
from evtp.pruners import frames_of, select
from evtp.reports.style import save, style

SCALES = (0.0, 0.1, 0.3, 1.0, 2.0, 3.0, 5.0, 10.0, 20.0, 30.0, 50.0, 100.0, 300.0, 1000.0, 3000.0)
SEEDS = range(5)
KEEP = 0.1


def measured(frames, scale_of):
    """Feature and spatial radius, for a scale a frame."""
    values = []
    for frame in frames:
        for seed in SEEDS:
            chosen = select("kcenter-spatial", frame, KEEP, seed=seed, scale=scale_of(frame))
            radii = coverage_radii(frame.source, chosen.indices)
            values.append((radii.feature, radii.spatial))
    return tuple(fmean(column) for column in zip(*values, strict=True))


def main() -> None:
    frames = [frame for sample in sample_cache().values() for frame in frames_of(sample.clip)]
    fixed = [measured(frames, lambda _, s=scale: s) for scale in SCALES]
    print(f"{'scale':>12} {'feature':>8} {'spatial':>8}")
    for scale, values in zip(SCALES, fixed, strict=True):
        print(f"{scale:12g} {values[0]:8.3f} {values[1]:8.3f}")
    adaptive = {}
    for reading in ("total", "coordinate"):
        scales = [frame.adaptive_scale(reading) for frame in frames]
        adaptive[reading] = (
            float(np.exp(np.log(scales).mean())),
            measured(frames, lambda frame, r=reading: frame.adaptive_scale(r)),
        )
        values = adaptive[reading][1]
        print(
            f"{reading:>12} {values[0]:8.3f} {values[1]:8.3f}"
            f"   scale {min(scales):.3g} to {max(scales):.3g}"
        )

    titles = ("Feature radius", "Spatial radius")
    with style():
        figure, axes = plt.subplots(1, 2, figsize=(6.9, 2.8), layout="constrained")
        for column, (axis, title) in enumerate(zip(axes, titles, strict=True)):
            axis.plot(SCALES, [values[column] for values in fixed], marker="o", ms=3, label="fixed")
            for reading, marker in (("total", "s"), ("coordinate", "^")):
                scale, values = adaptive[reading]
                axis.plot(scale, values[column], marker, ms=8, label=f"adaptive, {reading}")
            axis.set_xscale("symlog", linthresh=0.1)
            axis.set_xticks([0, 0.1, 1, 10, 100, 1000], ["0", "0.1", "1", "10", "100", "1000"])
            axis.set_xlabel("scale λ of the grid coordinates")
            axis.set_title(title)
        axes[0].legend()
        save(figure, Path(sys.argv[1]))


if __name__ == "__main__":
    main()
