"""Pruners beside the packages and plain loops that do the same, in one run.

Run: ``pip install -e ".[bench]" && python benchmarks/peers.py``. Every line of a table is timed
once in each round, so that what disturbs the machine disturbs all of them; printed are the median
and, for the ratios, the median and the quartiles of the ratio within a round. Each package gets
the normalised features for nothing; ours start from the raw ones. "same" says whether the tokens
are those of a float64 loop from the same start (k-center draws its own, so never). With
``--torch-threads 1`` the processor's time is counted, which a busy machine does not distort.
"""

from __future__ import annotations

import argparse
import os
import platform
import time
from importlib.metadata import version

import fpsample
import k_center
import numpy as np
import torch
import torch_fps

from evtp.features import Clip
from evtp.features.geometry import Geometry
from evtp.features.sample import sample_cache
from evtp.pruners import Frame, select
from evtp.pruners.greedy import Space, farthest_first, most_isolated
from evtp.pruners.timing import field, gram_product, interleaved, spread, torch_loop

KEPT = (36, 73, 146)
CLOCK = [time.perf_counter]


def float64_loop(x, k, start):
    nearest, kept = np.full(len(x), np.inf), [start]
    for _ in range(k - 1):
        nearest = np.minimum(nearest, ((x - x[kept[-1]]) ** 2).sum(axis=1))
        nearest[kept] = -1
        kept.append(int(nearest.argmax()))
    return sorted(kept)


def distance_matrix_loop(raw, k):
    """Greedy k-center on a full distance matrix, in torch."""
    z = torch.nn.functional.normalize(torch.from_numpy(raw), dim=1)
    distance = torch.cdist(z, z)
    kept = [0]
    nearest = distance[0].clone()
    for _ in range(k - 1):
        pick = int(nearest.argmax())
        kept.append(pick)
        nearest = torch.minimum(nearest, distance[pick])
    return kept


def divprune_loop(raw, k):
    """DivPrune as it is described: the matrix, then rows of it gathered at every pick, in torch."""
    z = torch.nn.functional.normalize(torch.from_numpy(raw), dim=1)
    distance = 1.0 - z @ z.T
    kept = torch.empty(k, dtype=torch.long)
    for step in range(k):
        if step == 0:
            nearest = torch.topk(distance, 2, dim=0, largest=False).values[1]
        else:
            nearest = distance[kept[:step]].min(dim=0).values
        kept[step] = nearest.argmax()
    return kept


def vispruner_loop(raw, attention, k):
    """VisPruner as it is described: similarities computed anew in every round, in torch.

    The published code fails on an odd number of tokens; the split here does not.
    """
    order = torch.argsort(torch.from_numpy(attention), descending=True)
    important, rest = order[: k // 2], order[k // 2 :]
    z = torch.nn.functional.normalize(torch.from_numpy(raw), dim=1)
    while len(rest) > k - k // 2:
        evens, odds = rest[0::2], rest[1::2]
        alike = (z[evens] @ z[odds].T).max(dim=1).values
        going = min(8, len(rest) - (k - k // 2), len(evens))
        rest = torch.cat([evens[alike.argsort(descending=True)[going:]], odds])
    return torch.cat([important, rest])


def kcenter_peers(frame, k):
    raw = frame.features
    x = Geometry(frame).x
    tensor = torch.from_numpy(x)[None]
    mask = torch.ones(1, len(x), dtype=torch.bool)
    first = torch.zeros(1, dtype=torch.long)
    return {
        "evtp kcenter": lambda: farthest_first(Space(Geometry(frame)), k, 0).order,
        "torch X Xᵀ": gram_product(raw),
        "torch, running minimum": torch_loop(raw, k),
        "torch, distance matrix": lambda: distance_matrix_loop(raw, k),
        "fpsample": lambda: fpsample.fps_sampling(x, k, start_idx=0),
        "torch-fps": lambda: torch_fps.farthest_point_sampling(tensor, mask, k, start_idx=first)[0],
        "k-center": lambda: k_center.KCenter(n_clusters=k, random_state=0).fit(x),
    }


def table(title, calls, base, rounds, expected=None):
    seen = list(interleaved(calls, rounds, CLOCK[0]))
    print(f"\n### {title}\n", flush=True)
    print("| | ms | over ours | quartiles | same |")
    print("|---|---:|---:|---:|---|")
    for name, call in calls.items():
        timed = spread([r[name] for r in seen])
        ratio = spread([r[name] / r[base] for r in seen])
        same = ""
        if expected is not None and not name.endswith("Xᵀ"):
            answer = call()
            answer = getattr(answer, "center_indices_", answer)
            if hasattr(answer, "__len__"):
                same = "yes" if sorted(np.asarray(answer).tolist()) == expected else "no"
        print(
            f"| {name} | {timed.median * 1e3:.2f} | {ratio.median:.2f} "
            f"| {ratio.low:.2f} to {ratio.high:.2f} | {same} |",
            flush=True,
        )


def cache_table(frames, rounds):
    clip = Clip.of([frames[i % len(frames)] for i in range(64)])
    raw = [frame.features for frame in frames]
    print("\n### A cache of 64 frames, K = 146\n")
    print("| | one thread, ms a frame | two threads | speed-up | plain loop | loop over ours |")
    print("|---|---:|---:|---:|---:|---:|")
    loops = {
        "kcenter": lambda i: torch_loop(raw[i % len(raw)], 146)(),
        "divprune": lambda i: divprune_loop(raw[i % len(raw)], 146),
        "vispruner": lambda i: vispruner_loop(raw[i % len(raw)], frames[0].attention, 146),
    }
    for method in ("kcenter", "evtp", "divprune", "visionzip", "vispruner", "tome"):
        calls = {
            "one": lambda m=method: select(m, clip, 146),
            "two": lambda m=method: select(m, clip, 146, threads=2),
        }
        if method in loops:
            calls["loop"] = lambda m=method: [loops[m](i) for i in range(8)]
        seen = list(interleaved(calls, rounds))
        one, two = (spread([r[n] for r in seen]).median / 64 for n in ("one", "two"))
        speed = spread([r["one"] / r["two"] for r in seen])
        loop = spread([r["loop"] for r in seen]).median / 8 if method in loops else None
        ends = f"{loop * 1e3:.1f} | {loop / two:.1f}" if loop else " | "
        print(
            f"| {method} | {one * 1e3:.2f} | {two * 1e3:.2f} "
            f"| {speed.median:.2f} ({speed.low:.2f} to {speed.high:.2f}) | {ends} |",
            flush=True,
        )


def large_table(rounds):
    print("\n### Larger sets, K = 10 %\n")
    for rows, columns, width in ((54, 54, 1152), (100, 200, 256)):
        frame = field(rows, columns, width, 0)
        tokens = rows * columns
        k = tokens // 10
        x = Geometry(frame).x
        calls = {
            "evtp kcenter": lambda f=frame, k=k: farthest_first(Space(Geometry(f)), k, 0),
            "torch, running minimum": torch_loop(frame.features, k),
            "torch-fps": lambda x=x, k=k: torch_fps.farthest_point_sampling(
                torch.from_numpy(x)[None], torch.ones(1, len(x), dtype=torch.bool), k
            ),
        }
        table(f"{tokens} tokens, width {width}, K = {k}", calls, "evtp kcenter", rounds)


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--rounds", type=int, default=15)
    options.add_argument("--torch-threads", type=int, default=torch.get_num_threads())
    chosen = options.parse_args()
    rounds = chosen.rounds
    torch.set_num_threads(chosen.torch_threads)
    if chosen.torch_threads == 1:
        CLOCK[0] = time.process_time
    packages = ("numpy", "numba", "torch", "fpsample", "torch-fps", "k-center")
    print(f"{platform.processor() or platform.machine()}, {os.cpu_count()} cores")
    print(", ".join(f"{name} {version(name)}" for name in packages))
    clock = "the processor's time" if chosen.torch_threads == 1 else "wall-clock time"
    print(f"torch on {chosen.torch_threads} threads, {clock}")
    print(f"load average {os.getloadavg()[0]:.1f}")

    start = time.perf_counter()
    select("divprune", field(4, 4, 8, 0), 2)
    select("kcenter", field(4, 4, 8, 0), 2)
    print(f"First call of this process: {time.perf_counter() - start:.2f} s (numba and its cache)")

    smooth = field(27, 27, 1152, 0)
    picture = sample_cache()["rocket"].clip[0]
    photograph = type(picture)(
        picture.features.astype(np.float32),
        picture.grid,
        attention=picture.attention.astype(np.float32),
    )
    for kind, frame in (("a photograph", photograph), ("smooth synthetic features", smooth)):
        x64 = frame.features / np.linalg.norm(
            frame.features.astype(np.float64), axis=1, keepdims=True
        )
        for k in KEPT:
            title = f"k-center, {kind}, 729 x 1152, K = {k}"
            table(title, kcenter_peers(frame, k), "evtp kcenter", rounds, float64_loop(x64, k, 0))
        for k in KEPT:
            calls = {
                "evtp divprune": lambda f=frame, k=k: farthest_first(
                    space := Space(Geometry(f)), k, most_isolated(space)
                ),
                "described loop, torch": lambda f=frame, k=k: divprune_loop(f.features, k),
            }
            table(f"DivPrune, {kind}, K = {k}", calls, "evtp divprune", rounds)
        for k in KEPT:
            calls = {
                "evtp vispruner": lambda f=frame, k=k: select("vispruner", Frame(f), k),
                "described loop, torch": lambda f=frame, k=k: vispruner_loop(
                    f.features, f.attention, k
                ),
            }
            table(f"VisPruner, {kind}, K = {k}", calls, "evtp vispruner", rounds)
    cache_table([field(27, 27, 1152, seed) for seed in range(8)], 5)
    large_table(3)


if __name__ == "__main__":
    main()
