"""Where the time of `evtp coverage` goes: one method at three ratios on many cached frames.

    python benchmarks/cover_profile.py FOLDER [FRAMES] [METHOD]

Makes a cache of synthetic frames (27 x 27 tokens of width 1152, float16) in FOLDER, runs the
command on it with a clock around a few functions, and prints seconds, milliseconds a frame and the
share of the whole. A clock costs half a microsecond a call; a profiler would charge every small
call of Python and shift the shares.
"""

from __future__ import annotations

import sys
from collections import Counter
from contextlib import suppress
from functools import wraps
from pathlib import Path
from time import perf_counter

from sweep import make_cache

START = perf_counter()

from evtp.cli.main import main as evtp  # noqa: E402 - what the imports take is counted
from evtp.core import compiled  # noqa: E402
from evtp.coverage import cover  # noqa: E402
from evtp.coverage.measures import cells, certificate, distances, packing  # noqa: E402
from evtp.features import arrays, geometry, moments_kernel  # noqa: E402
from evtp.sweeps import evaluate  # noqa: E402

IMPORTED = perf_counter()

spent: Counter[str] = Counter()
_inner = [0.0]


def clocked(holder, name, part):
    """Charges what `holder.name` takes to a part, less what clocked calls within it take."""
    call = getattr(holder, name)

    @wraps(call)
    def timed(*given, **named):
        began = perf_counter()
        _inner.append(0.0)
        try:
            return call(*given, **named)
        finally:
            took = perf_counter() - began
            spent[part] += took - _inner.pop()
            _inner[-1] += took

    setattr(holder, name, timed)


def main() -> None:
    folder = Path(sys.argv[1])
    frames = int(sys.argv[2]) if len(sys.argv) > 2 else 1000
    method = sys.argv[3] if len(sys.argv) > 3 else "kcenter"
    make_cache(folder / "cache", frames)
    assert compiled.kernels(moments_kernel.__name__)
    clocked(evaluate, "select_each", "selection")
    clocked(cover, "nearest_kept", "radii: the nearest kept token in three spaces")
    clocked(certificate, "radius_lower_bound", "radii: the certificate's lower bound")
    clocked(moments_kernel, "moments", "norms, mean, finiteness")
    clocked(geometry, "to_numpy", "reading")
    clocked(arrays, "_widened", "reading")
    for measure in (packing, distances, cells):
        clocked(measure, "measure", f"{measure.__name__.rpartition('.')[2]}, another measure")
    sys.argv = ["evtp", "coverage", "--method", method, "--baseline", "none", "--seeds", "1"]
    sys.argv += ["--keep", "5%,10%,20%", "--cache", str(folder / "cache")]
    sys.argv += ["--output", str(folder / "cover.csv")]
    began = perf_counter()
    with suppress(SystemExit):
        evtp()
    total = perf_counter() - began + (IMPORTED - START)
    spent["importing"] = IMPORTED - START
    spent["the rest"] = total - sum(spent.values())
    for part, seconds in spent.most_common():
        print(f"{part:48}{seconds:8.2f} s{1e3 * seconds / frames:8.2f} ms{seconds / total:8.1%}")
    print(f"{'all':48}{total:8.2f} s{1e3 * total / frames:8.2f} ms a frame")


if __name__ == "__main__":
    main()
