"""Reading a cache beside plain reads of the same files, in one run.

Run: ``python benchmarks/read_cache.py --gigabytes 3``. In every round the files are dropped from
the page cache before each way of reading (Linux; elsewhere the numbers are those of memory), the
ways take turns, and the ratio is taken within the round. Reading a sample sums one byte a page, so
that every page is really fetched, as does the plain read.
"""

from __future__ import annotations

import argparse
import os
import resource
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from evtp.features import Cache, Clip, Sample, open_cache
from evtp.features.cache_writer import CacheWriter

TOKENS, WIDTH, KEY = 729, 1152, 72
PAGE = 4096


def write(folder: Path, gigabytes: float) -> float:
    """Writes images of SigLIP's shape; bytes a second."""
    random = np.random.default_rng(0)
    features = random.standard_normal((1, TOKENS, WIDTH), np.float32)
    shares = np.full((1, TOKENS), 1 / TOKENS, np.float32)
    keys = random.standard_normal((1, TOKENS, KEY), np.float32)
    count = round(gigabytes * 1e9 / (2 * TOKENS * (WIDTH + KEY)))
    start = time.perf_counter()
    with CacheWriter(folder, {"encoder": "random", "model": "random", "block": None}) as writer:
        for number in range(0, count, 8):
            writer.add(
                *(
                    Sample(f"{n:07d}", Clip(features + n, None, shares, shares, shares, keys))
                    for n in range(number, min(count, number + 8))
                )
            )
    return open_cache(folder).nbytes / (time.perf_counter() - start)


def forget(folder: Path) -> None:
    """Drops the files from the page cache, where the system can."""
    if not hasattr(os, "posix_fadvise"):
        return
    for path in folder.iterdir():
        with open(path, "rb") as file:
            os.fsync(file.fileno())
            os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)


def plain(folder: Path) -> int:
    total = 0
    for path in sorted(folder.glob("*.safetensors")):
        with open(path, "rb", buffering=0) as file:
            while block := file.read(1 << 22):
                total += len(block)
                np.frombuffer(block, np.uint8)[::PAGE].sum()
    return total


def touch(cache: Cache, names: list[str]) -> int:
    total = 0
    for name in names:
        clip = cache[name].clip
        for array in (clip.features, clip.keys, clip.attention):
            array.reshape(-1).view(np.uint8)[::PAGE].sum()
            total += array.nbytes
    return total


def timed(folder: Path, work: Callable[[], int]) -> float:
    forget(folder)
    start = time.perf_counter()
    total = work()
    return total / (time.perf_counter() - start)


def main() -> None:
    """Prints the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--gigabytes", type=float, default=3.0)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--folder", type=Path, help="where to write; a temporary one by default")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=options.folder) as temporary:
        folder = Path(temporary) / "cache"
        print(f"written at {write(folder, options.gigabytes) / 1e6:,.0f} MB/s")
        start = time.perf_counter()
        cache = open_cache(folder)
        opened = time.perf_counter() - start
        names = list(cache)
        shuffled = [names[i] for i in np.random.default_rng(1).permutation(len(names))]
        start = time.perf_counter()
        for name in shuffled[:200]:
            cache.find(name)
        looked_up = (time.perf_counter() - start) / 200
        summary = f"{cache.nbytes / 1e9:.2f} GB in {len(cache.files)} files, {len(cache)} images"
        del cache  # and its maps: the system keeps pages that are mapped
        ways = {
            "plain read": lambda: plain(folder),
            "cache, in order": lambda: touch(open_cache(folder), names),
            "cache, at random": lambda: touch(open_cache(folder), shuffled),
        }
        speeds: dict[str, list[float]] = {way: [] for way in ways}
        for _ in range(options.rounds):
            for way, work in ways.items():
                speeds[way].append(timed(folder, work))
        print(summary)
        print(f"opened in {opened * 1e3:.1f} ms, a sample found in {looked_up * 1e6:.0f} us")
        for way, found in speeds.items():
            ratios = [a / b for a, b in zip(found, speeds["plain read"], strict=True)]
            print(
                f"{way:18} {statistics.median(found) / 1e6:8,.0f} MB/s   "
                f"{statistics.median(ratios):5.2f} of plain "
                f"({min(ratios):.2f} to {max(ratios):.2f})"
            )
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        print(f"peak resident memory {peak:,.0f} MiB, mapped pages included")


if __name__ == "__main__":
    main()
