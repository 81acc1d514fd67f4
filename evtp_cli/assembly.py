"""How the numbers of `evtp report` become its tables, figures and page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

from ..reports.accuracy import (
    ablation_table,
    accuracy_table,
    difference_table,
    figures,
    title_of,
)
from ..reports.audit import Finding, audit, audit_table, count_table
from ..reports.cost import module_table
from ..reports.document import Drawn, Report
from ..reports.hypothesis import CAVEAT, correlation_table, correlations, joined
from ..reports.names import method_name
from ..reports.own import Own
from ..reports.own_table import own_table
from ..reports.page import Key, Photo, Section, render_page
from ..reports.panels import accuracy_points
from ..reports.pictures import Shown, draw_gallery
from ..reports.plots import PLOTS
from ..reports.settings import instruction_table, statistics_table, token_table
from ..reports.summary import key_numbers
from ..reports.table import Table
from .commands.coverage import summary_table
from .reporting import ACCOUNTINGS, PUBLISHED, TABLE_KEEPS, Numbers, spread

_GALLERY = ("random", "divprune", "kcenter", "evtp")
_GALLERY_KEEP = "10%"
_GALLERY_ROWS = 6  # what a page of a paper holds
_PANELS = ("refcoco", "revos")


class Assembly:
    """A report in the making.

    Args:
        numbers: what was computed.
        own: a user's own figures.

    """

    def __init__(self, numbers: Numbers, own: Own) -> None:
        self.numbers = numbers
        self.own = own
        self.findings: list[Finding] = audit(numbers.flops, numbers.cover)
        self.points = joined(numbers.cover, own.figures)
        self.correlations = correlations(self.points)
        self.stamp = _stamp(numbers.meta)
        self.report = Report(
            tables=self._tables(), figures=self._figures(), pictures=self._pictures()
        )

    def _tables(self) -> dict[str, Table]:
        own = self.own.figures
        tables: dict[str, Table] = {}
        for number in (1, 2, 3):
            tables[f"table{number}"] = accuracy_table(number, self._costs("paper"), own)
            tables[f"table{number}-difference"] = difference_table(number, own)
        tables["table4"] = ablation_table(own)
        paper = [record for record in self._costs("paper") if record["keep"] in TABLE_KEEPS]
        tables["table5"] = token_table(paper)
        tables["table6"] = instruction_table()
        tables["table7"] = statistics_table()
        for accounting in ACCOUNTINGS:
            chosen = [record for record in self._costs(accounting) if record["keep"] in TABLE_KEEPS]
            tables[f"flops-{accounting}"] = module_table(chosen)
        # Of a sweep every ratio is shown: it was asked for, one of the curves was not.
        shown = [r for r in self.numbers.cover if self.own.cover or r["keep"] in PUBLISHED]
        tables["coverage"] = replace(summary_table(shown, self.numbers.meta), label="tab:coverage")
        tables["hypothesis"] = correlation_table(self.correlations, self.numbers.meta)
        tables["audit"] = count_table(self.findings)
        tables["audit-findings"] = audit_table(self.findings)
        if own:
            tables["yours"] = own_table(own)
        return tables

    def _figures(self) -> dict[str, Drawn]:
        def drawn(name: str, caption: str, records: Sequence[Any], wide: bool = True) -> Drawn:
            return Drawn(caption, partial(PLOTS.load(name), records), wide)

        flops = [record for record in self.numbers.flops if record["dataset"] in _PANELS]
        own = self.own.figures
        return {
            "accuracy": drawn(
                "accuracy",
                "Published accuracy against the published cost of a forward pass, with the Pareto "
                "front. Dashed, hollow: your records, at the cost published of their ratio, else "
                "at ours."
                if own
                else "Published accuracy against the published cost of a forward pass, with the "
                "Pareto front.",
                accuracy_points(self._costs("paper"), own),
            ),
            "radius": drawn(
                "radius",
                "Coverage radius against the share of tokens kept, in three spaces, median over "
                f"frames ({self.stamp}).",
                self.numbers.cover,
            ),
            "hypothesis": drawn(
                "hypothesis",
                "Published accuracy against measured feature radius; ρ is Spearman's rank "
                f"correlation. {CAVEAT} ({self.stamp}).",
                self.points,
            ),
            "cost": drawn(
                "cost",
                "Cost of a forward pass by module against the share of tokens kept, by what the "
                "paper counts and by what the model computes.",
                flops,
            ),
            "ablation": drawn(
                "ablation",
                "Published accuracy of each step from k-center to EVTP-IVS, at 20% of the tokens.",
                figures(4),
                False,
            ),
        }

    def _pictures(self) -> dict[str, Any]:
        shots = self.numbers.shots
        methods = [m for m in _GALLERY if shots and all(m in shot.kept for shot in shots)]
        if not methods:
            methods = list(shots[0].kept)[:4] if shots else []
        if not methods:
            return {}
        import numpy as np

        first = [shot for shot in shots if not shot.later]
        rows = [first[number] for number in spread(len(first), _GALLERY_ROWS)]
        shown = [
            Shown(
                shot.image,
                shot.grid,
                np.array(shot.kept[method][_GALLERY_KEEP]),
                f"{_name(method)} {_GALLERY_KEEP}",
            )
            for shot in rows
            for method in methods
        ]
        total = self.numbers.source["samples"]
        some = f"; {len(rows)} of {total} photographs" if len(rows) < len(first) else ""
        caption = (
            f"Tokens kept at {_GALLERY_KEEP}, a row a photograph, a column a method{some} "
            f"({_stamp(self.numbers.source)})."
        )
        names = [shot.name for shot in rows]
        return {"gallery": (caption, partial(draw_gallery, shown, len(methods), names))}

    def _costs(self, accounting: str) -> list[dict[str, Any]]:
        return [record for record in self.numbers.flops if record["accounting"] == accounting]

    def page(self, folder: Path) -> str:
        """The page, with the figures as they lie in the report's folder."""
        tables, drawings = self.report.tables, self.report.figures

        def svgs(*names: str) -> dict[str, tuple[str, str]]:
            return {
                name: (
                    (folder / "figures" / f"{name}.svg").read_text(encoding="utf-8"),
                    drawings[name].caption,
                )
                for name in names
            }

        def chosen(*names: str) -> dict[str, Table]:
            return {name: tables[name] for name in names if name in tables}

        sections = [
            Section(
                "Accuracy",
                ["The paper's Tables 1 to 4 as published, our cost beside the published one."],
                svgs("accuracy", "ablation"),
                chosen(
                    "yours",
                    *(f"table{n}{part}" for n in (1, 2, 3) for part in ("", "-difference")),
                    "table4",
                ),
                [f"table{number}-difference" for number in (1, 2, 3)],
            ),
            Section(
                "Coverage",
                ["How far the worst-served token is from a kept one, measured here."],
                svgs("radius", "hypothesis"),
                chosen("coverage", "hypothesis"),
            ),
            Section(
                "Cost",
                [
                    "Multiply-accumulates; true FLOPs are twice as many. “paper” is what the "
                    "paper's Appendix A counts, as far as it can be reconstructed; "
                    "“architecture” is what the public model computes."
                ],
                svgs("cost"),
                chosen(*(f"flops-{accounting}" for accounting in ACCOUNTINGS)),
            ),
            Section(
                "Audit",
                ["What the paper states against its own numbers and the accounting."],
                {},
                chosen("audit", "audit-findings"),
            ),
            Section(
                "Settings",
                ["The paper's Tables 5 to 7."],
                {},
                chosen("table5", "table6", "table7"),
            ),
        ]
        photos = [
            Photo(shot.name, shot.image, shot.grid, shot.kept, shot.notes)
            for shot in self.numbers.shots
        ]
        notes = " · ".join([self.stamp, *self.numbers.notes, *self.own.notes])
        keys: Sequence[Key] = key_numbers(self.numbers.flops, self.numbers.cover, self.findings)
        return render_page(keys, sections, photos, self._method_names(), notes)

    def _method_names(self) -> Mapping[str, str]:
        """Every method of a table or of the viewer, with its name as shown."""
        named = [
            str(row["method"])
            for table in self.report.tables.values()
            for row in table.rows
            if "method" in row
        ]
        return {method: _title(method) for method in dict.fromkeys(named)}


def _title(method: str) -> str:
    """A method as the paper's tables write it, or by the name that it has elsewhere."""
    title = title_of(method)
    return method_name(method) if title == method else title


def _name(method: str) -> str:
    return _title(method).partition(" (")[0]


def _stamp(meta: Mapping[str, object]) -> str:
    """What numbers or pictures depend on, on one line."""
    return " · ".join(f"{key}: {value}" for key, value in meta.items())
