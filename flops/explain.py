"""Why two figures differ: from one to the other, one choice at a time."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from fractions import Fraction
from typing import NamedTuple

from ..core.budget import keep_key, keep_text
from ..core.errors import InputError
from .recipe import Recipe, shown


class Step(NamedTuple):
    """One change on the way.

    Args:
        change: what changes, and from what to what.
        cost: the figure after it.
        unit: that it is in: MAC or FLOP, of all layers or of one.
        factor: the figure as a multiple of the one before.

    """

    change: str
    cost: Fraction
    unit: str
    factor: Fraction


def explain(a: Recipe, b: Recipe) -> Iterator[Step]:
    """The steps from figure `a` to figure `b`; the product of their factors is exactly b / a.

    Each is the figure of a recipe that could be asked for by itself. Modules come last, one by
    one, so that nothing else acts on them; on the way to fewer modules they go first.
    """
    # A paper's accounting covers one model, so the model is changed in the other one.
    width = ("decoder", "architecture", "paper").index
    narrowing = width(a.accounting) > width(b.accounting)
    stations = list(_stations(b, a) if narrowing else _stations(a, b))
    if narrowing:
        starts = [(b.cost(), b.per), *((s.cost, s.unit) for s in stations)][:-1]
        stations = [
            _Station(s.after, s.before, *start) for s, start in zip(stations, starts, strict=True)
        ]
        stations.reverse()
    value = a.cost()
    for before, after, cost, unit in stations:
        yield Step(_change(before, after), cost, unit, cost / value if value else Fraction(0))
        value = cost


class _Station(NamedTuple):
    """What changes, as words before and after by its title, and the figure after it."""

    before: Mapping[str, str]
    after: Mapping[str, str]
    cost: Fraction
    unit: str


def _stations(a: Recipe, b: Recipe) -> Iterator[_Station]:
    now, changes = a, {}
    for field in Recipe._fields[:-1]:
        # By type as well: a keep of 1 token equals one of 1.0, which is all of them.
        same = keep_key(getattr(now, field)) == keep_key(getattr(b, field))
        if same and field not in changes:
            continue
        changes[field] = getattr(b, field)
        after = now._replace(**changes)
        before = {_title(f): _shown(now, f) for f in changes}
        words = {_title(f): _shown(after, f) for f in changes}
        if before == words:
            now, changes = after, {}
            continue
        try:
            cost = after.cost()
        except InputError:
            continue  # impossible without the next change: both are one step
        yield _Station(before, words, cost, after.per)
        now, changes = after, {}
    if now.accounting != b.accounting:
        yield from _modules(now, b)


def _modules(a: Recipe, b: Recipe) -> Iterator[_Station]:
    """One accounting's modules replaced by the other's, the ones added first."""
    running, target = dict(a.by_module()), b.by_module()
    order = [*target, *(module for module in running if module not in target)]
    for module in order:
        before, after = running.get(module, 0), target.get(module, 0)
        if before != after:
            running[module] = after
            title = f"{module.replace('_', ' ')}, G{b.per}"
            digits = 1 if abs(after - before) >= 10**8 else 4
            old, new = (f"{float(b.of(macs)) / 1e9:,.{digits}f}" for macs in (before, after))
            yield _Station({title: old}, {title: new}, b.of(sum(running.values())), b.per)


def _change(before: Mapping[str, str], after: Mapping[str, str]) -> str:
    return ", ".join(f"{title}: {before[title]} → {after[title]}" for title in before)


def _title(field: str) -> str:
    titles = {
        "ffn_matrices": "FFN matrices",
        "prune_at": "pruned before layer",
        "keys": "heads of keys and values",
        "fixed": "fixed tokens",
        "head": "positions of the head",
    }
    return titles.get(field, field.replace("_", " "))


def _shown(recipe: Recipe, field: str) -> str:
    """A choice as the number or word that it comes to."""
    match field:
        case "ffn_matrices":
            return str(recipe.matrices)
        case "keys":
            return recipe.key_heads
        case "head":
            return recipe.positions
        case "fixed":
            return str(recipe.fixed_tokens)
        case "keep":
            return keep_text(recipe.keep)
    return shown(getattr(recipe, field))
