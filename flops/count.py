"""What a model costs on a workload, module by module."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from ..core.budget import Keep
from ..core.errors import InputError, unknown
from .accountings.paper import Paper
from .spec import load_model
from .workload import Workload
from .workload import dataset as find_dataset

ACCOUNTINGS = ("paper",)


@dataclass(frozen=True)
class Count:
    """The cost of one forward pass, in multiply-accumulates (MACs); twice that are FLOPs.

    Args:
        model: its name.
        dataset: the name of the data set, or None for a workload of one's own.
        accounting: what was counted.
        keep: the ratio or count asked for.
        work: the token counts it led to.
        shapes: the constants of the model.

    """

    model: str
    dataset: str | None
    accounting: str
    keep: Keep
    work: Workload
    shapes: Paper

    @cached_property
    def by_module(self) -> dict[str, int]:
        """MACs of each module, in the order of the forward pass."""
        return self.shapes.by_module(self.work)

    @property
    def total(self) -> int:
        """MACs of all modules."""
        return sum(self.by_module.values())

    @property
    def sequence_length(self) -> int:
        """Tokens that enter the language model."""
        return self.shapes.sequence_length(self.work)

    @cached_property
    def full(self) -> Count:
        """The same without pruning."""
        return Count(self.model, self.dataset, self.accounting, 1.0, self.work.full, self.shapes)

    @property
    def reduction(self) -> float:
        """The share of the total that pruning saves, in [0, 1)."""
        return 1 - self.total / self.full.total

    def records(self) -> Iterator[dict[str, object]]:
        """A record per module and one for the total, with what they are of on each.

        Where tokens are dropped, a record has the cost without pruning and the share saved; the
        latter is None for a module that costs nothing without pruning.
        """
        head: dict[str, object] = {
            "model": self.model,
            "dataset": self.dataset,
            "accounting": self.accounting,
            "keep": self.keep,
            "tokens_kept_per_frame": self.work.kept,
            "frames": self.work.frames,
            "text_tokens": self.work.text_tokens,
            "sequence_length": self.sequence_length,
        }
        full = {**self.full.by_module, "total": self.full.total} if self.work.pruned else {}
        for module, macs in {**self.by_module, "total": self.total}.items():
            record = {**head, "module": module, "macs": macs}
            if self.work.pruned:
                before = full[module]
                record["macs_full"] = before
                record["reduction"] = 1 - macs / before if before else None
            yield record


def count(
    model: str = "instructseg",
    *,
    dataset: str | None = None,
    keep: Keep = 1.0,
    accounting: str = "paper",
    frames: int | None = None,
    text_tokens: int | None = None,
    visual_tokens: int | None = None,
) -> Count:
    """Counts the multiply-accumulates of one forward pass.

    Args:
        model: a model that ships, or the path of a TOML file.
        dataset: a data set, which sets `frames` and `text_tokens` where they are not given.
        keep: tokens kept of a frame, a count or a ratio in (0, 1].
        accounting: what is counted.
        frames: F, images shown.
        text_tokens: t, tokens of the prompt.
        visual_tokens: P, tokens that the encoder makes of a frame; by default the model's own.

    Raises:
        InputError: where a name is unknown or a number out of range.

    """
    spec = load_model(model)
    if accounting not in ACCOUNTINGS:
        raise unknown("accounting", accounting, ACCOUNTINGS)
    if spec.paper is None:
        raise InputError("accounting", accounting, f"does not cover {model}", "choose another")
    if dataset is not None:
        row = find_dataset(dataset)
        frames = row.frames if frames is None else frames
        text_tokens = row.text_tokens if text_tokens is None else text_tokens
    work = Workload.of(
        1 if frames is None else frames,
        spec.paper.visual_tokens if visual_tokens is None else visual_tokens,
        keep,
        0 if text_tokens is None else text_tokens,
    )
    return Count(model, dataset, accounting, keep, work, spec.paper)
