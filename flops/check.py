"""Every published and outside figure beside ours."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from importlib.resources import files
from itertools import repeat
from typing import Any, Literal, NamedTuple

from ..core.budget import keep_text
from .accountings.architecture import Architecture
from .count import count
from .forward_pass import Count
from .ops import params
from .published import published_totals

UNITS = {"x": 1, "kB": 10**3, "M": 10**6, "GMAC": 10**9, "TMAC": 10**12}
Status = Literal["ok", "known misfit", "OUT"]


class Figure(NamedTuple):
    """A figure of somebody else beside ours.

    Args:
        name: what it is a figure of.
        published: theirs, in `unit`.
        ours: ours, in `unit`.
        unit: GMAC, TMAC, M (million parameters), kB (1000 bytes) or x (a factor).
        within: the tolerance, as a share.
        why: what the tolerance makes room for.
        taken_from: whether theirs stands in a `table`, in the `text`, or is worked out `by hand`.
        source: where theirs stands.
        short: the same in a word or two.
        tokens: the tokens that ours is of, in words.
        inputs: all that ours is of, in words.
        misfit: why they are known to differ, or nothing.

    """

    name: str
    published: float
    ours: float
    unit: str
    within: float
    why: str
    taken_from: str
    source: str
    short: str
    tokens: str
    inputs: str
    misfit: str

    @property
    def error(self) -> float:
        """How far ours is from theirs, as a share of theirs."""
        return self.ours / self.published - 1

    @property
    def status(self) -> Status:
        """Whether ours is within the tolerance; a known misfit that came to fit is out, too."""
        fits = abs(self.error) <= self.within
        if self.misfit:
            return "OUT" if fits else "known misfit"
        return "ok" if fits else "OUT"


def figures() -> Iterator[Figure]:
    """The paper's twelve totals, then every row of ``figures.toml``."""
    for total in published_totals().values():
        ours = count("instructseg", dataset=total.dataset, keep=total.keep, accounting="paper")
        misfit = "" if total.consistent else "no curve through the table's other totals meets it"
        yield Figure(
            f"{total.dataset} at {total.keep:.0%}",
            total.macs / 1e12,
            ours.total / 1e12,
            "TMAC",
            0.001,
            "three decimals are printed, and one constant is fitted to all",
            "table",
            total.source,
            total.source,
            _tokens([ours], False),
            _inputs({"accounting": "paper", "keep": total.keep}, [ours], False),
            misfit,
        )
    text = files(__package__).joinpath("figures.toml").read_text(encoding="utf-8")
    for rows in tomllib.loads(text)["set"]:
        for row in rows["figures"]:
            yield _figure({**rows, **row, "query": rows.get("query", {}) | row.get("query", {})})


def _figure(row: Mapping[str, Any]) -> Figure:
    counts = list(_counts(row["query"], row.get("unrounded", False)))
    measure = _QUANTITIES[row.get("quantity", "cost")]
    mean = sum((measure(c) for c in counts), Fraction(0)) / len(counts)
    return Figure(
        row["name"],
        float(row["published"]),
        float(mean / UNITS[row["unit"]]),
        row["unit"],
        row["within"],
        row["why"],
        row.get("taken_from", "table"),
        row["source"],
        row["short"],
        _tokens(counts, row.get("unrounded", False)),
        _inputs(row["query"], counts, row.get("unrounded", False)),
        row.get("misfit", ""),
    )


def _tokens(counts: Sequence[Count], unrounded: bool) -> str:
    """The tokens of one prompt, or of several that are averaged over."""
    works = [count.work for count in counts]
    how = counts[0].counted
    if isinstance(how, Architecture) and how.model.language_model is None:
        return "one image"
    frames = f"{works[0].frames} frames of " if works[0].frames > 1 else ""
    visual = _numbers([work.visual_tokens for work in works])
    text = _numbers([work.text_tokens for work in works])
    named = [f"{n} {kind}" for n, kind in ((visual, "visual"), (text, "text")) if n != "0"]
    tokens = "token" if named == ["1 text"] else "tokens"
    mean = f", mean over {len(works)} prompts" if len(works) > 1 else ""
    exact = ", fractions of a token kept" if unrounded else ""
    return f"{frames}{' and '.join(named)} {tokens}{mean}{exact}"


def _inputs(query: Mapping[str, Any], counts: Sequence[Count], unrounded: bool) -> str:
    """Everything that a figure of ours is of."""
    first = counts[0]
    at = query.get("prune_at")
    options = {
        "model": first.model,
        "accounting": first.accounting,
        "convention": first.convention.name,
        "keep": keep_text(query.get("keep", 1.0)),
        "prune_at": ",".join(map(str, at)) if isinstance(at, list) else at,
        "set": " ".join(query.get("overrides", ())) or None,
    }
    named = [f"{name} {value}" for name, value in options.items() if value is not None]
    return ", ".join([*named, _tokens(counts, unrounded)])


def _numbers(values: Sequence[int]) -> str:
    """Several numbers, or the one that all are."""
    return "/".join(map(str, values if len(set(values)) > 1 else values[:1]))


def _counts(query: Mapping[str, Any], unrounded: bool) -> Iterator[Count]:
    """The counts of a query, one for each prompt where it lists several."""
    text, visual = query.get("text_tokens"), query.get("visual_tokens")
    texts = text if isinstance(text, list) else [text]
    visuals = visual if isinstance(visual, list) else repeat(visual, len(texts))
    for t, v in zip(texts, visuals, strict=True):
        counted = count(**{**query, "text_tokens": t, "visual_tokens": v})
        if unrounded and counted.work.pruned:
            kept = Fraction(str(counted.keep)) * counted.work.visual_tokens
            # The closed forms are polynomials, as exact for a fraction of a token as for a whole.
            stages: Any = (kept,)
            counted = replace(counted, work=counted.work._replace(stages=stages))
        yield counted


def _cost(counted: Count) -> Fraction:
    return counted.convention.cost(counted.total, counted.layers)


def _params(counted: Count) -> Fraction:
    assert isinstance(counted.counted, Architecture)
    return Fraction(sum(params(ops) for ops in counted.counted.ops(counted.work).values()))


def _kv_cache_bytes(counted: Count) -> Fraction:
    how = counted.counted
    assert isinstance(how, Architecture)
    assert how.model.language_model is not None
    elements = how.model.language_model.cache_elements(how.segments(counted.work))
    return Fraction(2 * elements)


def _speed_up(counted: Count) -> Fraction:
    return Fraction(counted.full.total, counted.total)


_QUANTITIES = {
    "cost": _cost,
    "params": _params,
    "kv_cache_bytes": _kv_cache_bytes,
    "speed_up": _speed_up,
}
