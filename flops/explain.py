"""Why two figures differ: from one to the other, one choice at a time."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from fractions import Fraction
from typing import Any, NamedTuple

from ..core.budget import Keep, parse_keep
from ..core.errors import InputError, unknown
from .accountings.decoder import Decoder
from .conventions import CONVENTIONS, Convention, find_convention
from .count import count
from .plan import ACCOUNTINGS


class Recipe(NamedTuple):
    """Everything that a figure depends on, in the order in which it is changed."""

    model: str
    frames: int
    text_tokens: int
    visual_tokens: int
    keep: Keep
    prune_at: tuple[int, ...]
    accounting: str
    ffn_matrices: int | None
    tokens: str
    layers: str
    unit: str

    @property
    def convention(self) -> Convention:
        """The choices that a convention makes, as one of its own."""
        tokens: Any = self.tokens
        layers: Any = self.layers
        unit: Any = self.unit
        return Convention("", unit, self.ffn_matrices, tokens, layers, "")

    def by_module(self) -> dict[str, int]:
        """MACs of each module that is counted."""
        counted = count(
            self.model,
            frames=self.frames,
            text_tokens=self.text_tokens,
            visual_tokens=self.visual_tokens,
            keep=self.keep,
            accounting=self.accounting,
            prune_at=None if self.accounting == "paper" else self.prune_at,
        )
        if isinstance(counted.counted, Decoder):
            return counted.counted._replace(convention=self.convention).by_module(counted.work)
        return counted.by_module

    def cost(self, by_module: Mapping[str, int] | None = None) -> Fraction:
        """The figure, in its own unit."""
        modules = self.by_module() if by_module is None else by_module
        layers = count(self.model, accounting="decoder").layers if self.layers == "mean" else 1
        return self.convention.cost(sum(modules.values()), layers)


class Step(NamedTuple):
    """One change on the way.

    Args:
        change: what changes, and from what to what.
        cost: the figure after it.
        factor: that, as a multiple of the figure before.

    """

    change: str
    cost: Fraction
    factor: Fraction


def recipe(text: str, **shared: Any) -> Recipe:
    """A recipe as a user writes it: ``fastv``, or ``fastv:keep=0.5,text_tokens=60``.

    Args:
        text: a convention or an accounting, and what differs for this figure.
        shared: the fields that both figures share.

    Raises:
        InputError: for an unknown name or field, or an odd value.

    """
    name, _, fields = text.partition(":")
    if name in ACCOUNTINGS:
        convention, accounting = CONVENTIONS["mac"], name
    elif name in CONVENTIONS:
        convention, accounting = find_convention(name), "decoder"
    else:
        raise unknown("figure", name, [*CONVENTIONS, *ACCOUNTINGS])
    values = {
        **shared,
        "accounting": accounting,
        "ffn_matrices": convention.ffn_matrices,
        "tokens": convention.tokens,
        "layers": convention.layers,
        "unit": convention.unit,
    }
    for field in filter(None, fields.split(",")):
        key, _, value = field.partition("=")
        if key not in Recipe._fields or key == "accounting":
            raise unknown("figure", field, [f for f in Recipe._fields if f != "accounting"])
        values[key] = _parsed(key, value)
    if accounting == "paper" and values["prune_at"] != (0,):
        raise InputError(
            "prune_at", _text(values["prune_at"]), "has no meaning in the accounting paper", "use 0"
        )
    if "visual_tokens" not in values:
        work = count(values["model"], accounting=accounting).work
        values["visual_tokens"] = work.visual_tokens
    return Recipe(**values)


_CHOICES = {"tokens": ("all", "visual"), "layers": ("all", "mean"), "unit": ("MAC", "FLOP")}


def _parsed(key: str, value: str) -> Any:
    if key in _CHOICES:
        if value not in _CHOICES[key]:
            raise unknown(key, value, _CHOICES[key])
        return value
    if key == "model":
        return value
    if key == "keep":
        return parse_keep(value)
    try:
        return tuple(int(v) for v in value.split("+")) if key == "prune_at" else int(value)
    except ValueError:
        raise InputError(
            key, value, "is no whole number", "give one, or 8+16+24 for layers"
        ) from None


def explain(a: Recipe, b: Recipe) -> Iterator[Step]:
    """The steps from figure `a` to figure `b`; the product of their factors is exactly b / a.

    Where other modules are counted, each is a step of its own.
    """
    now, value = a, a.cost()
    fields = list(Recipe._fields)
    if a.accounting == "paper":
        # It covers one model, so it is left before the model is.
        fields.sort(key=lambda field: field != "accounting")
    for field in fields:
        before, after = getattr(now, field), getattr(b, field)
        if before == after:
            continue
        changed = now._replace(**{field: after})
        change = f"{_title(field)}: {_text(before)} → {_text(after)}"
        if field == "model" and now.prune_at[-1] >= count(after, accounting="decoder").layers:
            changed = changed._replace(prune_at=b.prune_at)
            change += f", pruned before layer: {_text(now.prune_at)} → {_text(b.prune_at)}"
        if field == "accounting":
            steps = _modules(now, changed)
        else:
            steps = iter([(change, changed.cost())])
        for change, cost in steps:
            yield Step(change, cost, cost / value if value else Fraction(0))
            value = cost
        now = changed


def _modules(a: Recipe, b: Recipe) -> Iterator[tuple[str, Fraction]]:
    """One accounting's modules replaced by the other's, the ones added first."""
    running, target = dict(a.by_module()), b.by_module()
    order = [*target, *(module for module in running if module not in target)]
    for module in order:
        before, after = running.get(module, 0), target.get(module, 0)
        if before != after:
            running[module] = after
            sizes = f"{before / 1e9:,.1f} → {after / 1e9:,.1f} GMAC"
            yield f"{module.replace('_', ' ')}: {sizes}", a.cost(running)


def _title(field: str) -> str:
    return {"ffn_matrices": "FFN matrices", "prune_at": "pruned before layer"}.get(
        field, field.replace("_", " ")
    )


def _text(value: object) -> str:
    if value is None:
        return "the model's"
    return "+".join(map(str, value)) if isinstance(value, tuple) else str(value)
