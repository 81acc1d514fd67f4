"""Where the time of `evtp coverage` goes: one method at three ratios on many cached frames.

    python benchmarks/cover_profile.py FOLDER [FRAMES] [METHOD]

Makes a cache of synthetic frames (27 x 27 tokens of width 1152, float16) in FOLDER, runs the
command on it under Python's profiler, and prints seconds, milliseconds a frame and the share of
the whole. The profiler adds to what is made of many small calls, hence most to the rest.
"""

from __future__ import annotations

import cProfile
import pstats
import sys
from contextlib import suppress
from pathlib import Path

from sweep import make_cache

from evtp.cli.main import main as evtp

# A part is the time inside a function with all that it calls, less that of the parts within it.
PARTS = {
    "selection": ("selecting.py:select_each", ["norms, mean, finiteness"]),
    "radii: the nearest kept token in three spaces": ("nearest.py:nearest_kept", []),
    "the certificate's greedy selection": ("lower_bound.py:radius_lower_bound", []),
    "norms, mean, finiteness": ("geometry.py:_moments", ["reading"]),
    "reading": ("arrays.py:to_numpy", []),
    "packing": ("packing.py:measure", []),
    "distances": ("distances.py:measure", []),
    "cells": ("cells.py:measure", []),
    "starting": ("compiled.py:kernels", []),
}


def main() -> None:
    folder = Path(sys.argv[1])
    frames = int(sys.argv[2]) if len(sys.argv) > 2 else 1000
    method = sys.argv[3] if len(sys.argv) > 3 else "kcenter"
    make_cache(folder / "cache", frames)
    profile = cProfile.Profile()
    sys.argv = ["evtp", "coverage", "--method", method, "--baseline", "none", "--seeds", "1"]
    sys.argv += ["--keep", "5%,10%,20%", "--cache", str(folder / "cache")]
    sys.argv += ["--output", str(folder / "cover.csv")]
    with suppress(SystemExit):
        profile.runcall(evtp)
    stats = pstats.Stats(profile)
    inside = {
        f"{Path(file).name}:{name}": row[3]
        for (file, _, name), row in stats.stats.items()  # type: ignore[attr-defined]
    }
    total = stats.total_tt  # type: ignore[attr-defined]
    seconds = {
        part: inside[function] - sum(inside[PARTS[other][0]] for other in within)
        for part, (function, within) in PARTS.items()
    }
    seconds["the rest"] = total - sum(seconds.values())
    for part, spent in sorted(seconds.items(), key=lambda item: -item[1]):
        print(f"{part:48}{spent:8.2f} s{1e3 * spent / frames:8.2f} ms a frame{spent / total:8.1%}")
    print(f"{'all':48}{total:8.2f} s{1e3 * total / frames:8.2f} ms a frame")


if __name__ == "__main__":
    main()
