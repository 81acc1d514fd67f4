"""What a model is asked to process: the data sets, and the token counts they lead to."""

from __future__ import annotations

import csv
from functools import cache
from importlib.resources import files
from typing import NamedTuple

from ..core.budget import Keep, tokens_kept
from ..core.errors import InputError, unknown


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
    text = files(__package__).joinpath("datasets.csv").read_text(encoding="utf-8")
    return {
        row["dataset"]: Dataset(
            row["dataset"],
            int(row["text_tokens"]),
            int(row["frames"]),
            row["task"],
            row["title"],
            row["source"],
        )
        for row in csv.DictReader(text.splitlines())
    }


def dataset(name: str) -> Dataset:
    """The data set called `name`; an unknown name is an `InputError` with suggestions."""
    try:
        return datasets()[name]
    except KeyError:
        raise unknown("dataset", name, datasets()) from None


class Workload(NamedTuple):
    """The tokens of one forward pass.

    Args:
        frames: F, images shown.
        visual_tokens: P, tokens that the encoder makes of a frame.
        kept: K, tokens kept of a frame.
        text_tokens: t, tokens of the prompt.

    """

    frames: int
    visual_tokens: int
    kept: int
    text_tokens: int

    @property
    def pruned(self) -> bool:
        """Whether any token is dropped."""
        return self.kept < self.visual_tokens

    @property
    def full(self) -> Workload:
        """The same without pruning."""
        return self._replace(kept=self.visual_tokens)

    @classmethod
    def of(cls, frames: int, visual_tokens: int, keep: Keep, text_tokens: int) -> Workload:
        """The workload at a keep ratio or count, with every number checked.

        Raises:
            InputError: where a number is out of range.

        """
        for name, value, least in (
            ("frames", frames, 1),
            ("visual_tokens", visual_tokens, 1),
            ("text_tokens", text_tokens, 0),
        ):
            if isinstance(value, bool) or not isinstance(value, int) or value < least:
                raise InputError(
                    name, value, f"is no whole number of at least {least}", "give a token count"
                )
        return cls(frames, visual_tokens, tokens_kept(keep, visual_tokens), text_tokens)
