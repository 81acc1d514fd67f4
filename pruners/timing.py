"""How long pruners take, beside the plainest ways to do their arithmetic."""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable, Iterator, Sequence
from statistics import median, quantiles
from typing import Any, NamedTuple

import numpy as np

from ..core.budget import Keep
from ..features.geometry import F32
from ..features.types import Clip, Features
from .frame import Frame
from .method import Pruner
from .selecting import select

_PAUSE = 0.02
"""Seconds between two calls: threads of a parallel one spin on for a while after it, and would
slow down whatever comes next."""


class Timed(NamedTuple):
    """Seconds of repeated calls.

    Args:
        median: the middle one.
        low: the first quartile.
        high: the third quartile.

    """

    median: float
    low: float
    high: float


def interleaved(
    calls: dict[str, Callable[[], Any]],
    rounds: int,
    clock: Callable[[], float] = time.perf_counter,
) -> Iterator[dict[str, float]]:
    """Times every call once a round, one after the other, after a first round to warm up.

    What disturbs a shared machine then disturbs all of them alike.

    Args:
        calls: what to time, by name.
        rounds: how often.
        clock: `time.process_time` counts the processor's time alone: on a busy machine the only
            fair one for calls on a single thread, since a long call waits its turn more often.

    Yields:
        Seconds by name, a round at a time.

    """
    for number in range(rounds + 1):
        seconds = {}
        for name, call in calls.items():
            time.sleep(_PAUSE)
            start = clock()
            call()
            seconds[name] = clock() - start
        if number:
            yield seconds


def spread(seconds: Sequence[float]) -> Timed:
    """Median and quartiles of at least two timings."""
    low, _, high = quantiles(seconds, n=4, method="inclusive")
    return Timed(median(seconds), low, high)


def field(rows: int, columns: int, width: int, seed: int) -> Features:
    """A frame for timing: smooth over the grid, like an encoder's output, with all inputs.

    Time depends on the features, since lazy methods skip what cannot matter: on white noise they
    would skip less.
    """
    rng = np.random.default_rng(seed)
    coarse = rng.standard_normal((-(-rows // 4) + 1, -(-columns // 4) + 1, width), np.float32)
    down, right = np.arange(rows) / 4, np.arange(columns) / 4
    i, j = down.astype(int), right.astype(int)
    s, t = (down - i)[:, None, None].astype(np.float32), (right - j)[:, None].astype(np.float32)
    above = (1 - t) * coarse[i][:, j] + t * coarse[i][:, j + 1]
    below = (1 - t) * coarse[i + 1][:, j] + t * coarse[i + 1][:, j + 1]
    raw = (1 - s) * above + s * below
    raw += 0.3 * rng.standard_normal(raw.shape, np.float32) + rng.standard_normal(width, np.float32)
    tokens = rows * columns

    def attention() -> F32:
        return rng.random(tokens, np.float32)

    return Features(
        raw.reshape(tokens, width),
        (rows, columns),
        attention=attention(),
        probe_attention=attention(),
        middle_attention=attention(),
        keys=rng.standard_normal((tokens, 72), np.float32),
    )


def calls_of(
    pruners: Sequence[Pruner], frames: Sequence[Features], keep: Keep
) -> dict[str, Callable[[], Any]]:
    """A call for every pruner, each on the next of the frames, from the raw features on."""

    def on_next(pruner: Pruner) -> Callable[[], Any]:
        turn = itertools.cycle(range(len(frames)))

        def call() -> Any:
            index = next(turn)
            previous = Frame(frames[index - 1])  # so that methods for video do not fall back
            return select(pruner, Frame(frames[index], 1, previous), keep)

        return call

    return {pruner.name: on_next(pruner) for pruner in pruners}


def many(pruner: Pruner, clip: Clip, keep: Keep, threads: int) -> Callable[[], Any]:
    """A call that prunes every frame of a clip."""
    return lambda: select(pruner, clip, keep, threads=threads)


def gram_product(x: F32) -> Callable[[], Any]:
    """The bare product of all tokens [N, d] with all tokens, by torch on all its threads."""
    import torch

    tensor = torch.from_numpy(x)
    return lambda: tensor @ tensor.T


def torch_loop(x: F32, k: int) -> Callable[[], Any]:
    """Greedy k-center on [N, d] in plain torch: normalise, then a running minimum of distances."""
    import torch

    raw = torch.from_numpy(x)

    def loop() -> Any:
        z = torch.nn.functional.normalize(raw, dim=1)
        nearest = torch.full((len(z),), torch.inf)
        kept = [0]
        for _ in range(k - 1):
            nearest = torch.minimum(nearest, ((z - z[kept[-1]]) ** 2).sum(dim=1))
            kept.append(int(nearest.argmax()))
        return torch.tensor(kept).sort().values

    return loop
