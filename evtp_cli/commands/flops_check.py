"""`evtp flops check`: every published figure beside ours."""

from __future__ import annotations

from ...core.errors import CheckFailed
from ..options import FormatOption, OutputOption
from ..output import Output

EXAMPLES = ("evtp flops check",)


def run(
    format: FormatOption = None,
    output: OutputOption = None,
) -> None:
    """Set every published figure beside ours, and four that are worked out by hand.

    The notes say of what tokens ours are and what a tolerance makes room for; the records of the
    other formats, all that each is of. Exits with 1 where one is out of its tolerance.
    """
    from ...flops.check import figures
    from ...reports.proofs import check_table

    destination = Output.to(format, output)
    found = list(figures())
    records = [
        {
            "figure": f.name,
            "status": f.status,
            "published": f.published,
            "ours": f.ours,
            "unit": f.unit,
            "error": f.error,
            "within": f.within,
            "why": f.why,
            "taken_from": f.taken_from,
            "source": f.source,
            "short": f.short,
            "tokens": f.tokens,
            "inputs": f.inputs,
            "misfit": f.misfit,
        }
        for f in found
    ]
    destination.write(check_table(records))
    out = [f.name for f in found if f.status == "OUT"]
    if out:
        raise CheckFailed(f"{len(out)} of {len(found)} figures are out: {', '.join(out)}")
