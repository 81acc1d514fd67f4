"""Every published mean against the figures that it is the mean of."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from itertools import combinations

from ..published import published
from .finding import Finding, cells, row_name, value

CHECK = "J&F is the mean of J and F"

# Each printed figure stands for an interval of half a unit in its last place to either side, so
# the mean of J and F is known to 0.05, and the printed J&F stands for 0.05 around it.
_TOLERANCE = Decimal("0.1")


def means() -> Iterator[Finding]:
    """J&F against J and F in every row of Tables 2 and 3."""
    for cell in cells():
        stem, _, metric = cell.metric.key.rpartition("_")
        if metric != "jf":
            continue
        j, f, jf = (
            Decimal(str(value(f"{stem}_{part}", cell.keep, cell.method)))
            for part in ("j", "f", "jf")
        )
        mean = (j + f) / 2
        right = abs(jf - mean) <= _TOLERANCE
        found = f"J {j}, F {f}: mean {mean}"
        if not right:
            found += f", off by {jf - mean:+}{_swapped(j, f, jf)}"
        yield Finding(CHECK, cell.where, f"{jf}", found, "holds" if right else "does not hold")


def _swapped(j: Decimal, f: Decimal, jf: Decimal) -> str:
    """Whether two of the three, exchanged, would agree."""
    names = ("J", "F", "J&F")
    for one, other in combinations(range(3), 2):
        row = [j, f, jf]
        row[one], row[other] = row[other], row[one]
        # J and F exchanged have the same mean, and F above J is how every other row reads.
        if (one, other) != (0, 1) and abs(row[2] - (row[0] + row[1]) / 2) <= _TOLERANCE:
            return f"; agrees with {names[one]} and {names[other]} exchanged"
    return ""


def overalls() -> Iterator[Finding]:
    """ReVOS overall against the midpoint of its two parts.

    Whatever overall is a mean over, one weight must fit every row; one half fits all but the cell
    that this finds.
    """
    for row in published(2):
        for metric in ("j", "f", "jf"):
            one, two, whole = (
                Decimal(str(row[f"{part}_{metric}"]))
                for part in ("reasoning", "referring", "overall")
            )
            middle = (one + two) / 2
            right = abs(whole - middle) <= _TOLERANCE
            yield Finding(
                "ReVOS overall is the mean of its two parts",
                f"Table 2, {row_name(float(row['keep']), str(row['method']))}, overall "
                f"{'J&F' if metric == 'jf' else metric.upper()}",
                f"{whole}",
                f"reasoning {one}, referring {two}: midpoint {middle}",
                "holds" if right else "does not hold",
            )


def statistics() -> Iterator[Finding]:
    """The two ratios in Table 7 against the counts above them."""
    rows = {str(row["statistic"]): row for row in published(7)}
    for name, above, below in (
        ("Avg. Objects per Video", "Number of Objects", "Number of Videos"),
        ("Avg. Expressions per Object", "Number of Expressions", "Number of Objects"),
    ):
        for dataset in ("refdavis17", "refytvos"):
            printed = float(rows[name][dataset])
            ratio = float(rows[above][dataset]) / float(rows[below][dataset])
            decimals = len(f"{printed:g}".partition(".")[2])
            yield Finding(
                "Table 7's ratios follow from its counts",
                f"Table 7, {name}, {dataset}",
                f"{printed:g}",
                f"{rows[above][dataset]:g} / {rows[below][dataset]:g} = {ratio:.3f}",
                "holds" if abs(ratio - printed) <= 0.5 * 10**-decimals + 1e-9 else "does not hold",
            )
