"""What is counted, and how, before any token count is known: names resolved, options checked."""

from __future__ import annotations

from functools import lru_cache
from itertools import pairwise
from typing import NamedTuple

from ..core.errors import InputError, unknown
from .accountings.architecture import LAYOUTS, Architecture
from .accountings.decoder import Decoder
from .accountings.paper import Paper
from .conventions import Convention, find_convention
from .parts.language_model import HEADS
from .pruning import COSTS
from .spec import Model, load_model

ACCOUNTINGS = ("paper", "architecture", "decoder")
Counted = Paper | Architecture | Decoder


class Plan(NamedTuple):
    """All of a count that does not depend on the workload."""

    accounting: str
    convention: Convention
    counted: Counted
    steps: int
    visual_tokens: int
    layers: int
    has_language_model: bool


@lru_cache(1024)
def plan_of(
    model: str,
    overrides: tuple[str, ...],
    convention: str,
    accounting: str | None,
    layout: str | None,
    head: str | None,
    method: str | None,
    prune_at: int | tuple[int, ...] | None,
) -> Plan:
    """The plan of a `count` with these arguments, which are documented there.

    Raises:
        InputError: where a name is unknown, or an option does not belong to the accounting.

    """
    if isinstance(prune_at, tuple) and not all(type(step) is int for step in prune_at):
        raise InputError("prune_at", prune_at, "names no layers", "give whole numbers of layers")
    spec = load_model(model, overrides)
    how = find_convention(convention)
    accounting = accounting or _default_accounting(spec, how)
    if accounting not in ACCOUNTINGS:
        raise unknown("accounting", accounting, ACCOUNTINGS)
    if how.decoder_only and accounting != "decoder":
        raise InputError(
            "convention",
            convention,
            f"counts the language model's layers only, and the accounting is {accounting}",
            "use --accounting decoder, or the convention mac or flop",
        )
    if how.decoder_only and spec.language_model is None:
        raise InputError(
            "convention",
            convention,
            f"counts a language model, and {spec.name} has none",
            "use mac or flop",
        )
    steps = _steps(prune_at, spec)
    options = {"layout": layout, "head": head, "method": method}
    if accounting == "paper":
        options["prune_at"] = None if prune_at is None else ",".join(map(str, steps))
    return Plan(
        accounting,
        how,
        _counted(spec, accounting, how, steps, options),
        len(steps),
        spec.paper.visual_tokens if accounting == "paper" and spec.paper else spec.visual_tokens,
        spec.language_model.layers if spec.language_model else 1,
        spec.language_model is not None,
    )


def reads(model: str, overrides: tuple[str, ...], item: str, accounting: str) -> bool:
    """Whether an accounting reads what one of the overrides of a model changes.

    One that changes nothing, as it sets what is there, counts as read.

    Raises:
        InputError: as `load_model` does.

    """
    after = load_model(model, overrides)
    try:
        before = load_model(model, tuple(other for other in overrides if other != item))
    except InputError:  # it fits with the others only: what all of them change is looked at
        before = load_model(model)
    return before == after or _read(before, accounting) != _read(after, accounting)


def _read(spec: Model, accounting: str) -> object:
    """What an accounting reads of a model."""
    if accounting == "paper":
        return spec.paper
    if accounting == "decoder":
        lm = spec.language_model
        shapes = lm and (lm.layers, lm.width, lm.ffn_width, lm.ffn_matrices)
        return shapes, spec.visual_tokens
    return spec._replace(paper=None, summary="")


def accountings_of(model: str, overrides: tuple[str, ...] = ()) -> list[str]:
    """The accountings that cover a model.

    Raises:
        InputError: as `load_model` does.

    """
    spec = load_model(model, overrides)
    lacking = {"paper": spec.paper is None, "decoder": spec.language_model is None}
    return [name for name in ACCOUNTINGS if not lacking.get(name)]


def _default_accounting(spec: Model, convention: Convention) -> str:
    if convention.decoder_only:
        return "decoder"
    return "paper" if spec.paper else "architecture"


def _steps(prune_at: int | tuple[int, ...] | None, spec: Model) -> tuple[int, ...]:
    """The layers of the pruning steps, checked."""
    if prune_at is not None and spec.language_model is None:
        at = ",".join(map(str, prune_at)) if isinstance(prune_at, tuple) else prune_at
        raise InputError(
            "prune_at", at, f"is of a language model, and {spec.name} has none", "leave it out"
        )
    steps = prune_at if isinstance(prune_at, tuple) else (prune_at or 0,)
    layers = spec.language_model.layers if spec.language_model else 1
    ascending = all(a < b for a, b in pairwise(steps))
    if not steps or not ascending or not all(0 <= step < layers for step in steps):
        raise InputError(
            "prune_at",
            ",".join(map(str, steps)),
            f"names no ascending layers of the {layers}",
            f"give layers from 0 (before the language model) to {layers - 1}",
        )
    return steps


def _counted(
    spec: Model,
    accounting: str,
    convention: Convention,
    steps: tuple[int, ...],
    options: dict[str, str | None],
) -> Counted:
    """The shapes that an accounting reads, with the options that belong to it."""
    if accounting != "architecture":
        for name, value in options.items():
            if value is not None:
                raise InputError(
                    name,
                    value,
                    f"has no meaning in the accounting {accounting}"
                    + (f" of the convention {convention.name}" if convention.decoder_only else ""),
                    "leave it out"
                    if convention.decoder_only
                    else "use --accounting architecture alone, or leave it out",
                )
    part = {"paper": spec.paper, "decoder": spec.language_model, "architecture": spec}[accounting]
    if part is None:
        covered = {"paper": spec.paper, "decoder": spec.language_model}
        others = ", ".join(name for name, held in covered.items() if held is not None)
        remedy = f"choose architecture{', ' if others else ''}{others}, or another model"
        raise InputError("accounting", accounting, f"does not cover {spec.name}", remedy)
    if isinstance(part, Paper):
        return part
    if not isinstance(part, Model):
        return Decoder(part, convention, steps)
    layout, method = options["layout"] or "concat", options["method"] or "evtp"
    head = options["head"] or (part.language_model.head if part.language_model else "none")
    if layout not in LAYOUTS:
        raise unknown("layout", layout, LAYOUTS)
    if layout == "ovp" and part.ovp is None:
        raise InputError("layout", layout, f"{spec.name} has no video perceiver", "use concat")
    if head not in HEADS:
        raise unknown("head", head, HEADS)
    if method not in COSTS:
        raise unknown("method", method, COSTS)
    return Architecture(part, layout, head, method, steps)
