"""Published totals against the closed forms, and speed-up claims against their ratio."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ...core.budget import keep_text
from ..published import COSTED, published
from ..table import Record
from .finding import Finding, Verdict

TOLERANCE = 0.001
"""Relative; the published totals have four digits."""


def totals(flops: Sequence[Record]) -> Iterator[Finding]:
    """Every TFLOPs figure of Tables 1 to 3.

    Args:
        flops: FLOPs records of the accounting `paper`, at the published keep ratios.

    """
    ours = _ours(flops)
    for number, dataset in COSTED.items():
        for keep, tflops in _printed(number).items():
            macs = ours.get((dataset, keep))
            if macs is None:
                found, verdict = "not counted", "cannot be checked"
            else:
                error = macs / (tflops * 1e12) - 1
                found = f"{macs / 1e12:.4f} T on {dataset}'s prompts, {error:+.2%}"
                verdict = "holds" if abs(error) <= TOLERANCE else "does not hold"
            yield Finding(
                "TFLOPs follow from the accounting",
                f"Table {number}, TFLOPs at {keep_text(keep)}",
                f"{tflops:.3f}",
                found,
                verdict,  # type: ignore[arg-type]
            )


def speed_ups(flops: Sequence[Record]) -> Iterator[Finding]:
    """The speed-ups that the text names, against the ratio of the totals.

    Fewer operations bound how much faster a model can get as long as time follows the count, and
    the text reports no times.
    """
    image, revos, referring = (_printed(number) for number in (1, 2, 3))
    ours = _ours(flops)
    ratio_ours = _ratio(ours.get(("refcoco", 1.0)), ours.get(("refcoco", 0.05)))
    yield _speed_up("Abstract, Section 1", "video", 5.0, 0.2, [revos, referring])
    yield _speed_up("Abstract, Section 1", "image", 3.5, 0.2, [image])
    printed = image[1.0] / image[0.05]
    yield Finding(
        "Speed-ups follow from the TFLOPs",
        "Section 6.3",
        "Image cost falls by up to 5.3 times",
        f"2.376 / 0.447 = {printed:.2f} as printed"
        + (f"; {ratio_ours:.2f} with the 5% total that the accounting gives" if ratio_ours else ""),
        "holds" if round(printed, 1) == 5.3 else "does not hold",
    )
    ratios = [table[1.0] / table[0.05] for table in (revos, referring)]
    yield Finding(
        "Speed-ups follow from the TFLOPs",
        "Section 6.4",
        "Video cost falls by up to 12.8 times",
        f"ReVOS {ratios[0]:.2f}, Table 3's sets {ratios[1]:.2f}",
        "holds" if any(round(ratio, 1) == 12.8 for ratio in ratios) else "does not hold",
    )


def _speed_up(
    section: str, task: str, stated: float, keep: float, tables: Sequence[dict[float, float]]
) -> Finding:
    ratios = [table[1.0] / table[keep] for table in tables]
    decimals = len(f"{stated:g}".partition(".")[2])
    verdict: Verdict = "does not hold"
    if max(ratios) >= stated:
        verdict = "holds"
    elif round(max(ratios), decimals) >= stated:
        verdict = "holds in part"
    rounded = ", the claim when rounded" if verdict == "holds in part" else ""
    return Finding(
        "Speed-ups follow from the TFLOPs",
        section,
        f"Up to {stated:g} times faster on {task} with {keep_text(keep)} of the tokens",
        f"TFLOPs ratio {' and '.join(f'{ratio:.2f}' for ratio in ratios)}{rounded}; "
        "no times are published",
        verdict,
    )


def _printed(number: int) -> dict[float, float]:
    return {float(row["keep"]): float(row["tflops"]) for row in published(number)}


def _ours(flops: Sequence[Record]) -> dict[tuple[object, object], int]:
    return {
        (record["dataset"], record["keep"]): int(str(record["macs"]))
        for record in flops
        if record["module"] == "total" and record["accounting"] == "paper"
    }


def _ratio(above: int | None, below: int | None) -> float | None:
    return above / below if above and below else None
