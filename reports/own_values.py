"""The values of a user's records, read or refused by the line that they stand in."""

from __future__ import annotations

from ..core.budget import Keep, keep_text, parse_keep, tokens_kept
from ..core.errors import InputError
from .published import published

METRICS = {"giou": "gIoU", "ciou": "cIoU", "j": "J", "f": "F", "jf": "J&F"}
"""The columns that hold accuracies, with the names that people use."""

TOKENS = 729
"""Tokens of a frame where a file does not say."""


def text_of(where: str, key: str, value: object) -> str:
    """The value of a column that no row may lack.

    Raises:
        InputError: where it is missing.

    """
    if value is None:
        raise InputError("records", where, f"has no {key}", "fill it in")
    return str(value)


def share(where: str, keep: object, tokens: object = None) -> float:
    """A keep as a ratio; a count is the published ratio that keeps as many, else its share.

    Raises:
        InputError: where it is out of range of the `tokens`, or those are no count.

    """
    total = TOKENS if tokens is None else tokens
    if not isinstance(total, int) or total < 1:
        raise InputError("records", where, f"tokens {total} is no count of tokens", "mend it")
    try:
        parsed = keep_of(keep)
        kept = tokens_kept(parsed, total)
    except InputError as error:
        problem = f"keep {keep} {error.problem}"
        raise error.but(name="records", value=where, problem=problem) from None
    # A share such as 73 / 729 is the count that it was made of.
    if isinstance(parsed, float) and (tokens is not None or abs(kept / total - parsed) > 1e-9):
        return parsed
    return next((r for r in _published() if tokens_kept(r, total) == kept), kept / total)


def keep_of(keep: object) -> Keep:
    """A keep as it was written; 73.0 is a count in a column of floats.

    Raises:
        InputError: where it is out of range or no number.

    """
    text = str(keep)
    whole = text.removesuffix(".0")
    return parse_keep(whole if whole.isdecimal() and int(whole) > 1 else text)


def is_published(count: int) -> bool:
    """Whether a published ratio keeps that many tokens."""
    return any(tokens_kept(ratio, TOKENS) == count for ratio in _published())


def _published() -> list[float]:
    return sorted({float(row["keep"]) for row in published(1)})


def share_text(ratio: float) -> str:
    """A ratio in per cent, or as the count of tokens where only that is a round figure."""
    kept = ratio * TOKENS
    if round(100 * ratio, 2) != 100 * ratio and abs(kept - round(kept)) < 1e-9:
        return f"{round(kept)} token{'s' * (round(kept) > 1)}"
    return keep_text(ratio)


def accuracy(where: str, key: str, value: object) -> float | None:
    """An accuracy in per cent, or as a share; None where there is none.

    Raises:
        InputError: where it is no number, or out of range.

    """
    if str(value).lower() == "nan":  # as some write what is missing
        return None
    found = number(where, key, value)
    if isinstance(found, int | float) and not 0 <= found <= 100:
        raise InputError(
            "records", where, f"{METRICS[key]} {value} is no accuracy", "give per cent, 0 to 100"
        )
    return None if found is None else float(str(found))


def number(where: str, key: str, value: object) -> object:
    """A number as it is, or read from text; None stays None, a column of another kind as it is.

    Raises:
        InputError: where a column of numbers holds something else.

    """
    truth = isinstance(value, bool)
    if value is None or (isinstance(value, int | float) and not truth):
        return value
    for kind in () if truth else (int, float):
        try:
            return kind(str(value))
        except ValueError:
            continue
    if key in METRICS or key in ("tokens", "tokens_kept", "frame", "seed"):
        raise InputError("records", where, f"{key} {value} is no number", "mend it")
    return value
