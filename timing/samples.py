"""Repeated timings of calls that are compared: in turn, so that drift meets all alike."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from statistics import median, quantiles
from time import monotonic
from typing import NamedTuple, TypeVar

K = TypeVar("K", bound=Hashable)

LEAST = 2
"""Rounds below which there is no spread."""


class Timing(NamedTuple):
    """Seconds of one call in each round.

    Args:
        samples: in the order of the rounds, which calls timed together share.

    """

    samples: tuple[float, ...]

    @property
    def seconds(self) -> float:
        """The median."""
        return median(self.samples)

    @property
    def quartiles(self) -> tuple[float, float]:
        """The first and the third quartile."""
        if len(self.samples) < LEAST:
            return self.samples[0], self.samples[0]
        low, _, high = quantiles(self.samples, n=4, method="inclusive")
        return low, high


def in_turn(
    calls: Mapping[K, Callable[[], object]],
    seconds: Callable[[Callable[[], object]], float],
    rounds: int,
    limit: float,
) -> dict[K, Timing]:
    """Times every call once a round.

    Args:
        calls: what is compared; each was called before, so that it is warm.
        seconds: the clock.
        rounds: how often each is timed.
        limit: seconds after which no further round begins, but for the first two.

    """
    samples: dict[K, list[float]] = {key: [] for key in calls}
    began = monotonic()
    for done in range(rounds):
        if done >= LEAST and monotonic() - began > limit:
            break
        for key, call in calls.items():
            samples[key].append(seconds(call))
    return {key: Timing(tuple(values)) for key, values in samples.items()}


def scaled(some: Timing, rest: Timing, run: int, layers: int) -> Timing:
    """The time of all layers, from that of a few identical ones and that of none.

    Args:
        some: with `run` layers.
        rest: the same module without any, in the same rounds.
        run: layers that ran.
        layers: L, layers there are.

    """
    pairs = zip(some.samples, rest.samples, strict=True)
    return Timing(tuple(r + max(0.0, s - r) * layers / run for s, r in pairs))


def ratio(before: Sequence[float], after: Sequence[float]) -> Timing:
    """How many times shorter `after` is, round by round."""
    return Timing(tuple(b / a for b, a in zip(before, after, strict=True)))
