"""The cost of one forward pass, module by module, and the records that it makes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cached_property

from ..core.budget import Keep
from ..core.errors import InputError
from .accountings.architecture import Architecture
from .accountings.paper import Paper
from .conventions import Convention
from .plan import Counted
from .workload import Workload


@dataclass(frozen=True)
class Count:
    """The cost of one forward pass.

    Args:
        model: its name.
        dataset: the name of the data set, or None for a workload of one's own.
        accounting: what was counted.
        convention: the unit, and what of the language model counts.
        keep: the ratio or count asked for.
        work: the token counts it led to.
        counted: the shapes, and the choices of how they are run.
        layers: the language model's layers, 1 without one.
        overrides: fields of the model that were changed.

    """

    model: str
    dataset: str | None
    accounting: str
    convention: Convention
    keep: Keep
    work: Workload
    counted: Counted
    layers: int
    overrides: tuple[str, ...] = ()

    @cached_property
    def by_module(self) -> dict[str, int]:
        """Multiply-accumulates of each module, in the order of the forward pass."""
        return self.counted.by_module(self.work)

    @cached_property
    def total(self) -> int:
        """Multiply-accumulates of all modules."""
        return sum(self.by_module.values())

    @property
    def cost(self) -> int | float:
        """The total in the convention's unit."""
        return self.in_convention(self.total)

    def in_convention(self, macs: int) -> int | float:
        """MACs in the convention's unit: a whole number wherever it is one."""
        cost: Fraction = self.convention.cost(macs, self.layers)
        return int(cost) if cost.denominator == 1 else float(cost)

    @property
    def sequence_length(self) -> int:
        """Tokens that the language model's last layer sees."""
        return self.counted.sequence_length(self.work)

    @property
    def fixed_tokens(self) -> int:
        """Tokens of the language model that no option names: template, queries and latents."""
        match self.counted:
            case Paper() as how:
                return how.fixed_tokens
            case Architecture() as how:
                return how.fixed_tokens(self.work)
        return 0

    @property
    def encoder_tokens(self) -> int | None:
        """Visual tokens that the counted vision encoder makes of a frame; None where none is."""
        how = self.counted
        if isinstance(how, Architecture) and how.model.vision_encoder:
            return how.model.visual_tokens
        return None

    @cached_property
    def full(self) -> Count:
        """The same without pruning."""
        return replace(self, keep=1.0, work=self.work.full)

    @property
    def _full_total(self) -> int:
        """The total without pruning, which shares are of."""
        total = self.full.total
        if not total and not self.reads_text:
            raise InputError(
                "convention",
                self.convention.name,
                f"counts visual tokens only, and {self.model} has none",
                "use another",
            )
        if not total:
            tokens = self.work.text_tokens
            raise InputError(
                "text_tokens",
                tokens,
                f"{self.model} has nothing to compute",
                "give the tokens of a prompt, such as 40",
            )
        return total

    @property
    def reduction(self) -> float:
        """The share of the total that pruning saves; below 0 where the pruner costs more."""
        return 1 - self.total / self._full_total

    @property
    def reduction_language_model(self) -> float | None:
        """The share of the language model's cost that pruning saves."""
        before = self.full.by_module.get("language_model")
        return 1 - self.by_module["language_model"] / before if before else None

    @cached_property
    def limit_by_module(self) -> dict[str, int]:
        """MACs of each module if every visual token were dropped where tokens are dropped."""
        return self.counted.by_module(self.work.emptied)

    @property
    def reduction_limit(self) -> float:
        """The share saved if every visual token were dropped at no cost (Amdahl's limit)."""
        return 1 - sum(self.limit_by_module.values()) / self._full_total

    @property
    def equivalent_tokens(self) -> Fraction | None:
        """Visual tokens of a frame that a layer sees, the mean over all layers."""
        if isinstance(self.counted, Paper):
            return Fraction(self.work.kept)
        runs = self.work.runs(self.counted.prune_at, self.layers)
        return Fraction(sum(layers * tokens for layers, tokens in runs), self.layers)

    def records(self) -> Iterator[dict[str, object]]:
        """A record per module and one for the total, with what they are of on each.

        All have the same keys. The cost without pruning, the share saved, and the cost that no
        pruning can go below are None where nothing is dropped, the share also for a module that
        costs nothing without pruning; ``elementwise`` where the accounting has products only.
        """
        pruned = self.work.pruned
        full = {**self.full.by_module, "total": self.full.total} if pruned else {}
        least = {**self.limit_by_module, "total": sum(self.limit_by_module.values())}
        limit = least if pruned else {}
        beside = self._elementwise()

        def cost(macs: int | None) -> int | float | None:
            return None if macs is None else self.in_convention(macs)

        for module, macs in {**self.by_module, "total": self.total}.items():
            before = full.get(module)
            yield {
                **self._what(),
                "module": module,
                "macs": macs,
                "macs_full": before,
                "reduction": 1 - macs / before if before else None,
                "macs_limit": limit.get(module),
                **self._how(),
                "cost": cost(macs),
                "cost_full": cost(before),
                "cost_limit": cost(limit.get(module)),
                "elementwise": beside.get(module),
            }

    def summary(self) -> dict[str, object]:
        """One record: the totals, and what pruning saves of the language model and of all.

        ``reduction_limit`` is what would be saved if every visual token were dropped at no cost;
        ``equivalent_tokens`` the visual tokens of a frame that a layer sees on average.
        """
        equivalent = self.equivalent_tokens
        return {
            **self.stamp(),
            "sequence_length_full": self.full.sequence_length if self._reads else None,
            "macs": self.total,
            "macs_full": self.full.total,
            "cost": self.cost,
            "cost_full": self.full.cost,
            "reduction_language_model": self.reduction_language_model,
            "reduction": self.reduction,
            "reduction_limit": self.reduction_limit,
            "equivalent_tokens": None if equivalent is None else float(equivalent),
        }

    def stamp(self) -> dict[str, object]:
        """What the count depends on: the fields that every record of it has.

        ``layout``, ``head``, ``method`` and ``prune_at`` are None where the accounting does not
        depend on them, ``fixed_tokens`` and ``sequence_length`` where there is no language model,
        ``set`` where no field of the model was changed; pruning steps are joined by commas, as in
        8,16,24.
        """
        return {**self._what(), **self._how()}

    def _what(self) -> dict[str, object]:
        return {
            "model": self.model,
            "dataset": self.dataset,
            "accounting": self.accounting,
            "keep": self.keep,
            "tokens_kept_per_frame": self.work.kept,
            "frames": self.work.frames,
            "text_tokens": self.work.text_tokens,
            "sequence_length": self.sequence_length if self._reads else None,
        }

    def _how(self) -> dict[str, object]:
        how = self.counted
        run: tuple[str | None, ...] = (None, None, None)
        if isinstance(how, Architecture) and self._reads:
            run = (how.layout, how.head, how.method)
        steps = None
        if not isinstance(how, Paper) and self._reads:
            steps = ",".join(map(str, how.prune_at))
        return {
            "visual_tokens": self.work.visual_tokens,
            "fixed_tokens": self.fixed_tokens if self._reads else None,
            **dict(zip(("layout", "head", "method"), run, strict=True)),
            "prune_at": steps,
            "set": ", ".join(self.overrides) or None,
            "convention": self.convention.name,
            "unit": self.convention.per,
        }

    @property
    def reads_text(self) -> bool:
        """Whether the prompt's tokens are among those counted."""
        return self._reads and self.convention.tokens == "all"

    @property
    def _reads(self) -> bool:
        """Whether a language model reads the tokens."""
        how = self.counted
        return not isinstance(how, Architecture) or how.model.language_model is not None

    def _elementwise(self) -> dict[str, int]:
        if not isinstance(self.counted, Architecture):
            return {}
        by_module = self.counted.elementwise_by_module(self.work)
        return {**by_module, "total": sum(by_module.values())}
