"""What a run measured, as records: a stage each, and a whole with what pruning came to."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ..core.budget import Keep
from ..flops.forward_pass import Count
from ..flops.pruning import COSTS
from ..pruners.method import Pruner
from .break_even import break_even
from .modules import module_of
from .plan import Plan, Setting
from .run import Timings
from .samples import Timing, ratio
from .stage import Stage, shape_of

WHOLE = "total"
"""The stage of a record that sums up all of them."""

Record = dict[str, object]


def records(timings: Timings) -> Iterator[Record]:
    """A record a stage and one for the whole, by setting, keep and method.

    Without pruning there is no method. `stage` is a module's name or `total`; a record of the
    latter has the speed-ups, counted and measured, as well.
    """
    for setting in timings.plan.settings:
        yield from _Setting(timings, setting).records()


class _Setting:
    """The timings of one setting."""

    def __init__(self, timings: Timings, setting: Setting) -> None:
        self.plan: Plan = timings.plan
        self.stages = timings.stages
        self.setting = setting
        self.full = self.plan.count(setting)

    def records(self) -> Iterator[Record]:
        yield from self._of(1.0, self.full, None)
        pruners = list(self.plan.pruners) if "token_pruning" in self.stages else []
        even = {pruner.name: self._break_even(pruner) for pruner in pruners}
        for keep in self.plan.keeps:
            chosen: list[Pruner | None] = [*pruners] or [None]
            for pruner in chosen:
                counted = self._count(keep, pruner)
                if counted.work.pruned:
                    for record in self._of(keep, counted, pruner):
                        if record["stage"] == WHOLE and pruner is not None:
                            record["break_even_keep"] = even[pruner.name]
                        yield record

    def _count(self, keep: Keep, pruner: Pruner | None) -> Count:
        name = pruner.name.split(":")[0] if pruner else None
        return self.plan.count(self.setting, keep, name if name in COSTS else None)

    def _parts(
        self, counted: Count, pruner: Pruner | None
    ) -> Iterator[tuple[Stage, Timing, int | None, int | None]]:
        """The stages that run in a count, each with its time, peak and MACs."""
        for name, stage in self.stages.items():
            shape = shape_of(counted, name, pruner)
            if shape in stage.times:
                known = name != "token_pruning" or _has_cost(pruner)
                macs = module_of(counted, name).macs if known else None
                yield stage, stage.times[shape], stage.peaks[shape], macs

    def _seconds(self, counted: Count, pruner: Pruner | None) -> float:
        return sum(timing.seconds for _, timing, _, _ in self._parts(counted, pruner))

    def _of(self, keep: Keep, counted: Count, pruner: Pruner | None) -> Iterator[Record]:
        work = counted.work
        head: Record = {
            "model": self.plan.model,
            "dataset": self.setting.dataset,
            "layout": self.setting.layout,
            "frames": work.frames,
            "keep": keep,
            "tokens_kept_per_frame": work.kept,
            "sequence_length": counted.sequence_length,
            "method": pruner.name if pruner else None,
        }
        parts = list(self._parts(counted, pruner))
        whole = self._seconds(counted, pruner)
        for stage, timing, peak, macs in parts:
            low, high = timing.quartiles
            rate = None if macs is None else macs / timing.seconds
            yield {
                **head,
                "stage": stage.name,
                "dtype": stage.dtype,
                "layers": stage.layers,
                "layers_run": stage.layers_run,
                "seconds": timing.seconds,
                "seconds_low": low,
                "seconds_high": high,
                "rounds": len(timing.samples),
                "share": timing.seconds / whole,
                "macs": macs,
                "macs_per_second": rate,
                "matmul_macs_per_second": stage.reference,
                "peak_bytes": peak,
            }
        known = [macs for _, _, _, macs in parts if macs is not None]
        left_out = [name for name in self.plan.modules if name not in self.stages]
        total: Record = {
            **head,
            "stage": WHOLE,
            "seconds": whole,
            "macs": sum(known),
            "stages_left_out": " ".join(left_out) or None,
        }
        if work.pruned:
            total |= self._gains(keep, counted, pruner, whole)
        yield total

    def _gains(
        self, keep: Keep, counted: Count, pruner: Pruner | None, whole: float
    ) -> dict[str, object]:
        """Speed-ups, counted and measured: how many times less, or shorter, than keeping all."""
        paper = self.plan.paper(self.setting, keep)
        timed = set(self.stages)
        before, after = (
            sum(macs for name, macs in c.by_module.items() if name in timed)
            for c in (self.full, counted)
        )
        own = self.stages["token_pruning"].times if pruner else {}
        pruning = own[shape_of(counted, "token_pruning", pruner)].seconds if pruner else None
        gains: dict[str, Any] = {
            "speedup_paper": paper and paper.full.total / paper.total,
            "speedup_architecture": before / after if before and _has_cost(pruner) else None,
            # With the pruner alone there is nothing that it could make faster.
            "speedup_measured": self._seconds(self.full, None) / whole if before else None,
            "pruning_seconds": pruning,
            "pruning_share": None if pruning is None else pruning / whole,
        }
        if (lm := self.stages.get("language_model")) is not None:
            counts = self.full.by_module["language_model"], counted.by_module["language_model"]
            gain = ratio(
                lm.times[shape_of(self.full, lm.name)].samples,
                lm.times[shape_of(counted, lm.name)].samples,
            )
            low, high = gain.quartiles
            gains |= {
                "language_model_speedup_architecture": counts[0] / counts[1],
                "language_model_speedup_measured": gain.seconds,
                "language_model_speedup_low": low,
                "language_model_speedup_high": high,
            }
        return gains

    def _break_even(self, pruner: Pruner) -> float | None:
        rest = {1.0: self._seconds(self.full, None)}
        own = {}
        for keep in self.plan.keeps:
            counted = self._count(keep, pruner)
            if counted.work.pruned:
                kept = counted.work.kept / counted.work.visual_tokens
                times = self.stages["token_pruning"].times
                own[kept] = times[shape_of(counted, "token_pruning", pruner)].seconds
                rest[kept] = self._seconds(counted, pruner) - own[kept]
        return break_even(rest, own) if own else None


def _has_cost(pruner: Pruner | None) -> bool:
    return pruner is None or pruner.name.split(":")[0] in COSTS
