"""`evtp check-pruner`: whether a pruner of the user's own holds to the contract."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Annotated

import typer

from ...core.errors import CheckFailed
from ...reports.table import Column, Table
from ..options import FormatOption, OutputOption
from ..output import Output, note

EXAMPLES = ("evtp check-pruner mine.py",)


def run(
    path: Annotated[
        str,
        typer.Argument(
            metavar="FILE|METHOD",
            help="A pruner of your own, or an installed one. Options follow: `mine.py:power=1`.",
        ),
    ],
    format: FormatOption = None,
    output: OutputOption = None,
) -> None:
    """Try a pruner against the contract that all methods hold to.

    Exits with 1 where it breaks a point.
    """
    destination = Output.to(format, output)

    from ...pruners.checking import check
    from ...pruners.method import from_file, load
    from ...pruners.running import watched

    name, *settings = path.split(":")
    is_file = name.endswith(".py") or "/" in name
    pruner = from_file(Path(name)).with_options(settings) if is_file else load(path)
    with watched(note):
        findings = list(check(pruner))
    destination.write(
        Table(
            title=f"Contract of {pruner.name}",
            columns=[
                Column("check", "Check"),
                Column("result", "Result"),
                Column("problem", "Problem"),
            ],
            rows=[found._asdict() for found in findings],
        )
    )
    results = Counter(found.result for found in findings)
    if results["failed"]:
        rest = f", and gives no answer to {none}" if (none := results["no answer"]) else ""
        raise CheckFailed(
            f"{pruner.name} breaks {results['failed']} of {len(findings)} points{rest}"
        )
