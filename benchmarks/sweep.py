"""Frames per second of `evtp sweep` by engine and workers, beside the bare time of the pruners.

    python benchmarks/sweep.py FOLDER [FRAMES] [METHODS] [ENGINE ...]

Makes a cache of synthetic frames (27 x 27 tokens of width 1152, float16) in FOLDER, sweeps it at
10 % with every engine and worker count up to two, and prints a JSON line each:

- `rate`: frames per second from the first task to the last, the start of the workers included;
- `pruners`, `geometry`, `measures`: seconds inside them, summed over the workers;
- `engine`: what is left of wall time times workers, as a share of it: starting, reading, checking
  digests, writing, waiting.

The share holds on a shared machine, where the rate does not: all of it is wall time of one run.
"""

from __future__ import annotations

import json
import os
import resource
import shutil
import sys
import time
from itertools import product
from pathlib import Path

import numpy as np
import pyarrow.compute as pc
import pyarrow.dataset as ds
from scipy.ndimage import gaussian_filter

from evtp.features import Clip, Sample, open_cache
from evtp.features.cache_writer import CacheWriter
from evtp.pruners.method import load
from evtp.sweeps.sweep import Request, carry_out, planned

GRID, WIDTH, KEY_WIDTH = (27, 27), 1152, 72


def make_cache(folder: Path, frames: int) -> None:
    """Smooth fields with noise, each a shifted and rescaled mix of a few."""
    rng = np.random.default_rng(0)
    fields = [gaussian_filter(rng.standard_normal((*GRID, WIDTH)), (2, 2, 0)) for _ in range(8)]
    fields = [(field / field.std()).astype(np.float32) for field in fields]
    with CacheWriter(folder, {"encoder": "synthetic", "model": "none", "block": None}) as to:
        for number in range(frames):
            if f"{number:06}" in to:
                continue
            one, other = rng.choice(8, 2, replace=False)
            x = np.roll(fields[one], rng.integers(27, size=2), (0, 1)) + 0.5 * fields[other]
            x += 0.3 * rng.standard_normal(x.shape, np.float32) + rng.standard_normal(WIDTH)
            x = x.reshape(1, -1, WIDTH).astype(np.float16)
            attention = rng.random(x.shape[:2], np.float32)
            clip = Clip(x, GRID, attention=attention, keys=x[..., :KEY_WIDTH])
            to.add(Sample(id=f"{number:06}", clip=clip))


def seconds_of(run: Path) -> dict[str, float]:
    table = ds.dataset(run / "timings").to_table()
    once = table.group_by(["sample", "frame"]).aggregate([("geometry_seconds", "max")])
    return {
        "pruners": pc.sum(table["select_seconds"]).as_py(),
        "geometry": pc.sum(once["geometry_seconds_max"]).as_py(),
        "measures": pc.sum(table["measure_seconds"]).as_py(),
    }


def main() -> None:
    folder = Path(sys.argv[1])
    frames = int(sys.argv[2]) if len(sys.argv) > 2 else 2048
    methods = (sys.argv[3] if len(sys.argv) > 3 else "evtp,random").split(",")
    engines = sys.argv[4:] or ["local", "ray"]
    # Ray's workers yield to all other processes unless told not to; those of `local` do not.
    os.environ.setdefault("RAY_worker_niceness", "0")
    make_cache(folder / "cache", frames)
    cache = open_cache(folder / "cache")
    for engine, workers in product(engines, (2, 1)):
        run = folder / f"{engine}-{workers}"
        shutil.rmtree(run, ignore_errors=True)
        request = Request([load(name) for name in methods], [0.1])
        with planned(cache, request, run) as plan:
            start = time.perf_counter()
            for _ in carry_out(plan, engine, workers):
                pass
            wall = time.perf_counter() - start
        inside = seconds_of(run)
        result = {
            "engine_name": engine,
            "workers": workers,
            "frames": cache.frames,
            "shards": plan.shards,
            "methods": methods,
            "wall": round(wall, 2),
            "rate": round(cache.frames / wall, 2),
            **{name: round(value, 2) for name, value in inside.items()},
            "engine": round(1 - sum(inside.values()) / (wall * workers), 4),
            "driver_peak_mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10,
            # Of the largest worker so far, mapped pages of the cache included; not for Ray's,
            # which are no children of this process.
            "worker_peak_mib": resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss >> 10,
            "load": round(os.getloadavg()[0], 1),
        }
        print(json.dumps(result), flush=True)


if __name__ == "__main__":
    main()
