"""The five numbers that a reader in a hurry wants."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import fmean

from ..core.budget import keep_text
from .accuracy import title_of
from .audit import Finding
from .audit.claims import ALL, BASELINES, CHECK
from .audit.finding import value
from .page import Key
from .table import Record

_KEEP = 0.1
_DATASET = "revos"


def key_numbers(
    flops: Sequence[Record], cover: Sequence[Record], findings: Sequence[Finding]
) -> list[Key]:
    """Two on cost, one each on accuracy, coverage and audit; one is left out without its records.

    Args:
        flops: FLOPs records.
        cover: summarised coverage records.
        findings: of the audit.

    """
    return [
        *_cost(flops, "paper", "as the paper counts"),
        *_cost(flops, "architecture", "as the public model computes"),
        _accuracy(),
        *_cover(cover),
        *_audit(findings),
    ]


def _cost(flops: Sequence[Record], accounting: str, words: str) -> list[Key]:
    totals = {
        record["keep"]: int(str(record["macs"]))
        for record in flops
        if record["module"] == "total"
        and record["dataset"] == _DATASET
        and record["accounting"] == accounting
    }
    if not {1.0, _KEEP} <= set(totals):
        return []
    full, pruned = totals[1.0], totals[_KEEP]
    return [
        Key(
            f"{full / pruned:.1f}×",
            f"fewer operations at {keep_text(_KEEP)} of the tokens, {words}",
            f"ReVOS, {full / 1e12:.2f} to {pruned / 1e12:.2f} TMAC, accounting “{accounting}”",
        )
    ]


def _accuracy() -> Key:
    gaps = [
        value(key, _KEEP) - max(value(key, _KEEP, method) for method in BASELINES) for key in ALL
    ]
    wins = sum(gap > 0 for gap in gaps)
    return Key(
        f"{fmean(gaps):+.2f}",
        f"points of EVTP-IVS over the best other method at {keep_text(_KEEP)}, as published",
        f"mean over the {len(gaps)} columns of Tables 1 to 3; ahead in {wins}",
    )


def _cover(cover: Sequence[Record]) -> list[Key]:
    radii = {
        str(record["method"]): float(str(record["joint_radius_median"]))
        for record in cover
        if record["keep"] == _KEEP and record["joint_radius_median"] is not None
    }
    if len(radii) < 2:  # smallest of one
        return []
    best = min(radii, key=lambda method: radii[method])
    beside = f", random {radii['random']:.3f}" if "random" in radii else ""
    return [
        Key(
            f"{radii[best]:.3f}",
            f"smallest joint radius at {keep_text(_KEEP)}: {title_of(best).partition(' (')[0]}",
            f"of {len(radii)} methods, median over the frames measured here{beside}",
        )
    ]


def _audit(findings: Sequence[Finding]) -> list[Key]:
    claims = [f for f in findings if f.check == CHECK and f.verdict != "cannot be checked"]
    held = sum(f.verdict == "holds" for f in claims)
    cells = [f for f in findings if f.check != CHECK and f.where.startswith("Table")]
    wrong = sum(f.verdict == "does not hold" for f in cells)
    return [
        Key(
            f"{held} of {len(claims)}",
            "checkable claims of the text hold against its own tables",
            f"{wrong} of {len(cells)} checked cells do not add up",
        )
    ]
