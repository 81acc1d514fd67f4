"""Every published and outside figure beside ours."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import replace
from fractions import Fraction
from importlib.resources import files
from itertools import repeat
from typing import Any, Literal, NamedTuple

from .accountings.architecture import Architecture
from .count import Count, count
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
        source: where theirs stands.
        short: the same in a word or two.
        misfit: why they are known to differ, or nothing.

    """

    name: str
    published: float
    ours: float
    unit: str
    within: float
    source: str
    short: str
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
            total.source,
            total.source,
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
        row["source"],
        row["short"],
        row.get("misfit", ""),
    )


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
