"""Ranges on the command line: ``1:8``, ``0.05:0.2:0.05``, ``5%:20%:5%``."""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction

from ..core.errors import InputError
from .options import split

_REMEDY = "write first:last, or first:last:step, as in 1:8 or 5%:20%:5%"
_MOST = 100_000
_LARGEST = 10**15


def expand(name: str, values: Iterable[str] | None) -> list[str]:
    """The items of an option, each range replaced by its members, both ends included.

    Raises:
        InputError: where there is no item; where a range cannot be read, is empty or too long.

    """
    items = split(values)
    if not items:
        raise InputError(name, "", "is empty", "give a value, or a range such as 1:8")
    return [member for item in items for member in _members(name, item)]


def integers(name: str, values: Iterable[str] | None, least: int) -> list[int | None]:
    """The whole numbers of an option; a single None where it is not given.

    Raises:
        InputError: where an item is no whole number, or below `least`.

    """
    if values is None:
        return [None]
    numbers: list[int | None] = []
    for item in expand(name, values):
        try:
            numbers.append(int(item))
        except ValueError:
            raise InputError(
                name, item, "is no whole number", "give a count, or a range such as 1:8"
            ) from None
        if int(item) < least:
            raise InputError(name, item, f"is below {least}", f"give at least {least}")
    return numbers


def _exact(text: str) -> Fraction:
    """The number as it is written, without an exponent: `Fraction` would spell out 1e999999999."""
    if "e" in text.lower() or abs(number := Fraction(text)) > _LARGEST:
        raise ValueError(text)
    return number


def _members(name: str, item: str) -> Iterable[str]:
    if ":" not in item:
        return [item]
    percent = "%" in item
    if percent and not all("%" in part for part in item.split(":")):
        raise InputError(name, item, "mixes per cent with plain numbers", _REMEDY)
    try:
        numbers = [_exact(part.strip().rstrip("%")) for part in item.split(":")]
        first, last, *rest = numbers
        (step,) = rest or [Fraction(1)]
    except (ValueError, ZeroDivisionError):
        raise InputError(name, item, "is no range", _REMEDY) from None
    if step <= 0 or last < first:
        raise InputError(name, item, "is an empty range", _REMEDY)
    count = int((last - first) / step) + 1
    if count > _MOST:
        raise InputError(name, item, f"has {count:,} members", f"stay below {_MOST:,}")
    # A ratio keeps its point, so that the last of 0.5:1.0:0.5 is not the count 1.
    whole = all(number.denominator == 1 for number in numbers) and "." not in item
    members = (first + index * step for index in range(count))
    return (
        [f"{m}" if whole else str(float(m)) for m in members]
        if not percent
        else [f"{float(m)!r}%" for m in members]
    )
