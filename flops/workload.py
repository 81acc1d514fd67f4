"""What a model is asked to process: the data sets, and the token counts they lead to."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import NamedTuple

from ..core.budget import Keep, tokens_kept
from ..core.errors import InputError, unknown
from ..core.shipped import shipped_rows


class Dataset(NamedTuple):
    """A row of ``datasets.csv``: how long its prompts are and how many frames it shows."""

    dataset: str
    text_tokens: int
    frames: int
    task: str
    title: str
    source: str


@cache
def datasets() -> dict[str, Dataset]:
    """All data sets by name, in the order of the paper's Table 5."""
    return {
        row["dataset"]: Dataset(
            row["dataset"],
            int(row["text_tokens"]),
            int(row["frames"]),
            row["task"],
            row["title"],
            row["source"],
        )
        for row in shipped_rows(__package__, "datasets.csv")
    }


def dataset(name: str) -> Dataset:
    """The data set called `name`; an unknown name is an `InputError` with suggestions."""
    try:
        return datasets()[name]
    except KeyError:
        raise unknown("dataset", name, datasets()) from None


MOST_VISUAL = 10**6
MOST = 10**15
"""Above these no figure means anything, and methods that are counted in rounds take minutes."""


class Workload(NamedTuple):
    """The tokens of one forward pass.

    Args:
        frames: F, images shown.
        visual_tokens: P, tokens that the encoder makes of a frame.
        stages: tokens left of a frame after each pruning step; the last of them are K.
        text_tokens: t, tokens of the prompt.

    """

    frames: int
    visual_tokens: int
    stages: tuple[int, ...]
    text_tokens: int

    @property
    def kept(self) -> int:
        """K, tokens kept of a frame in the end."""
        return self.stages[-1]

    @property
    def pruned(self) -> bool:
        """Whether any token is dropped."""
        return self.kept < self.visual_tokens

    @property
    def full(self) -> Workload:
        """The same without pruning."""
        return self._replace(stages=(self.visual_tokens,) * len(self.stages))

    @property
    def emptied(self) -> Workload:
        """The same with every token dropped at the first step: what no pruning can go below."""
        return self._replace(stages=(0,) * len(self.stages))

    def runs(self, prune_at: tuple[int, ...], layers: int) -> Iterator[tuple[int, int]]:
        """Runs of layers, with the visual tokens of a frame in them.

        Args:
            prune_at: the layers before which the steps happen, ascending.
            layers: how many layers there are.

        """
        counts = (self.visual_tokens, *self.stages)
        for count, start, end in zip(counts, (0, *prune_at), (*prune_at, layers), strict=True):
            if end > start:
                yield end - start, count

    @classmethod
    def of(
        cls, frames: int, visual_tokens: int, keep: Keep, text_tokens: int, steps: int = 1
    ) -> Workload:
        """The workload at a keep ratio or count, with every number checked.

        With several steps each keeps the same ratio of what the one before has left.

        Raises:
            InputError: where a number is out of range.

        """
        for name, value, least, most in (
            ("frames", frames, 1, MOST),
            ("visual_tokens", visual_tokens, 0, MOST_VISUAL),
            ("text_tokens", text_tokens, 0, MOST),
        ):
            if isinstance(value, bool) or not isinstance(value, int) or value < least:
                raise InputError(name, value, f"is no whole number of at least {least}", "give one")
            if value > most:
                raise InputError(name, value, "is above any model", f"stay within {most:,}")
        first = tokens_kept(keep, visual_tokens)
        if steps > 1 and not isinstance(keep, float):
            raise InputError(
                "keep", keep, f"is a count, and there are {steps} steps", "give a ratio such as 0.5"
            )
        later = (tokens_kept(float(keep) ** step, visual_tokens) for step in range(2, steps + 1))
        return cls(frames, visual_tokens, (first, *later), text_tokens)
