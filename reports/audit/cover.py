"""The paper's claim about radii against what our own measurements show."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ...core.budget import keep_text
from ..table import Record
from .finding import Finding


def smallest_radius(cover: Sequence[Record]) -> Iterator[Finding]:
    """Whether k-center has the smallest feature radius of the three methods of Figure 3.

    Args:
        cover: summarised coverage records.

    """
    radii = {
        (record["method"], record["keep"]): float(str(record["feature_radius_median"]))
        for record in cover
        if record.get("feature_radius_median") is not None
    }
    rivals = ("divprune", "random")
    for keep in dict.fromkeys(record["keep"] for record in cover):
        if any((method, keep) not in radii for method in ("kcenter", *rivals)):
            continue
        ours = radii["kcenter", keep]
        best = min(radii[rival, keep] for rival in rivals)
        shown = ", ".join(f"{m} {radii[m, keep]:.3f}" for m in ("kcenter", *rivals))
        yield Finding(
            "Figure 3, measured here",
            f"Figure 3, {keep_text(keep)}",
            "k-center has the smallest feature radius of k-center, DivPrune and random",
            f"median over our frames, with other features than the paper's: {shown}",
            "holds" if ours <= best else "does not hold",
        )
