"""Methods on one sample: what they keep, and how well it covers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ..core.budget import Keep
from ..coverage.cover import Cover
from ..coverage.measures import measure_all
from ..features.cache import Sample
from ..pruners import frames_of, select_each
from ..pruners.method import Pruner

KEYS = ("sample", "frame", "method", "seed", "keep", "tokens", "tokens_kept")
"""What a record is about; its other keys are the statistics."""


def evaluate(
    sample: Sample, pruners: Sequence[Pruner], keeps: Sequence[Keep], seeds: int
) -> Iterator[dict[str, object]]:
    """A record for every frame, method, seed and keep, in this order.

    A frame's geometry is computed once for all of them. A method that draws nothing at random runs
    once, under seed 0.

    Args:
        sample: an image or clip.
        pruners: the methods.
        keeps: ratios or counts.
        seeds: how many seeds a method that draws at random is run with: 0, 1, ...

    Yields:
        ``sample, frame, method, seed, keep, tokens, tokens_kept`` and every statistic of
        `evtp.coverage.measures`.

    Raises:
        InputError: where a method lacks an input, or a feature is not finite.
    """
    for frame in frames_of(sample.clip):
        for pruner in pruners:
            for seed in range(seeds if pruner.seeded else 1):
                chosen = select_each(pruner, frame, keeps, seed=seed)
                # The largest first: the greedy run behind its certificate serves the others.
                order = sorted(range(len(keeps)), key=lambda i: -len(chosen[i]))
                covers = {i: measure_all(Cover(frame, chosen[i].indices)) for i in order}
                for i, keep in enumerate(keeps):
                    yield {
                        "sample": sample.id,
                        "frame": frame.index,
                        "method": pruner.name,
                        "seed": seed,
                        "keep": keep,
                        "tokens": frame.tokens,
                        "tokens_kept": len(chosen[i]),
                        **covers[i],
                    }
