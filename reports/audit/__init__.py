"""The paper's tables and text against each other, the accounting and our coverage."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain

from ..table import Column, Record, Table
from .claims import claims
from .cover import smallest_radius
from .finding import VERDICTS, Finding
from .means import means, overalls, statistics
from .totals import speed_ups, totals

__all__ = ["VERDICTS", "Finding", "audit", "audit_table", "count_table"]


def audit(flops: Sequence[Record] = (), cover: Sequence[Record] = ()) -> list[Finding]:
    """Every check of the published tables and text.

    Args:
        flops: FLOPs records of the accounting `paper` at the published keep ratios.
        cover: summarised coverage records, for the claims about radii.

    """
    return list(
        chain(
            claims(),
            speed_ups(flops),
            smallest_radius(cover),
            totals(flops),
            means(),
            overalls(),
            statistics(),
        )
    )


def count_table(findings: Sequence[Finding]) -> Table:
    """How many statements of each kind hold."""
    checks = list(dict.fromkeys(finding.check for finding in findings))
    rows = []
    for check in checks:
        row: dict[str, object] = {"check": check}
        for verdict in VERDICTS:
            row[verdict] = sum(f.check == check and f.verdict == verdict for f in findings)
        rows.append(row)
    return Table(
        title="Audit of the published tables and text, by kind of statement",
        columns=[
            Column("check", "What is checked"),
            *(Column(verdict, verdict.capitalize(), "integer") for verdict in VERDICTS),
        ],
        rows=rows,
        label="tab:audit",
    )


def audit_table(findings: Sequence[Finding]) -> Table:
    """The claims one by one, and of the cells those that do not hold; all of them as records."""
    claimed = {finding.check for finding in findings if finding.where.startswith(_TEXT)}
    return Table(
        title="Audit of the published tables and text: the claims, and the cells that do not hold",
        columns=[
            Column("where", "Where"),
            Column("states", "The paper"),
            Column("found", "The numbers"),
            Column("verdict", "Verdict"),
        ],
        rows=[vars(f) for f in findings if f.check in claimed or f.verdict != "holds"],
        records=[vars(finding) for finding in findings],
        notes=[
            "J&F: consistent within the rounding of J, F and J&F. TFLOPs: within 0.1 % of the "
            "accounting “paper”, some constants of which are fitted to these very totals. Claims "
            "are in our words.",
        ],
        block="check",
        label="tab:audit-findings",
    )


_TEXT = ("Abstract", "Section", "Appendix", "Figure")
