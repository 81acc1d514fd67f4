"""How many tokens a keep ratio or count stands for."""

from __future__ import annotations

import math

from .errors import InputError

Keep = int | float

_REMEDY = "give a ratio in (0, 1] such as 0.1, or a whole count of tokens such as 73"
_WRITTEN = "give a ratio in (0, 1] such as 0.1 or 10%, or a whole count of tokens such as 73"

PER_CENT = 20
"""A count up to this is as likely to be meant in per cent."""


def check_keep(keep: Keep) -> Keep:
    """Returns `keep` if it is a count of at least 1 or a ratio in (0, 1].

    Raises:
        InputError: for anything else (zero, negative, NaN, a fraction above 1, not a number).

    """
    if isinstance(keep, bool) or not isinstance(keep, int | float):
        raise InputError("keep", keep, "is not a number", _REMEDY)
    if isinstance(keep, float) and not 0.0 < keep <= 1.0:
        raise InputError("keep", keep, "is no ratio in (0, 1]", _REMEDY)
    if isinstance(keep, int) and keep < 1:
        raise InputError("keep", keep, "keeps no token", _REMEDY)
    return keep


def parse_keep(text: str) -> Keep:
    """Reads a keep as a user writes it: ``0.1``, ``10%`` (ratios) or ``73`` (a count).

    A whole number without a decimal point is a count: ``1`` is one token, ``1.0`` and ``100%``
    are all of them.

    Raises:
        InputError: where the text is none of these or out of range.

    """
    stripped = text.strip()
    try:
        if stripped.endswith("%"):
            # Divided, not multiplied by 0.01, so that 10% is the same float as 0.1.
            return check_keep(float(stripped[:-1]) / 100)
        if stripped.lstrip("+-").isdecimal():
            return check_keep(int(stripped))
        return check_keep(float(stripped))
    except InputError as error:
        raise error.but(name="keep", value=text, remedy=_WRITTEN) from None
    except ValueError:
        raise InputError("keep", text, "is not a number", _WRITTEN) from None


def keep_text(keep: object, kept: object = None) -> str:
    """A keep as people write it: a ratio in per cent, a count as it is.

    Args:
        keep: the ratio or count.
        kept: the tokens that a ratio comes to, which stand behind it; None where frames of unlike
            sizes keep different numbers, or nobody needs to know.

    """
    if not isinstance(keep, float):
        return str(keep)
    return f"{keep * 100:g}%" + ("" if kept is None else f" ({kept})")


def count_said(count: int) -> str:
    """What a count is, and what to write where it was meant in per cent."""
    tokens = "1 token" if count == 1 else f"{count} tokens"
    every = ", for all of them 100%" if count == 1 else ""
    return f"is {tokens} of a frame; for a share of them write {count}%{every}"


def keep_key(keep: object) -> tuple[type, object]:
    """What tells keeps apart in a set: a count of 1 equals a ratio of 1.0."""
    return type(keep), keep


def tokens_kept(keep: Keep, total: int) -> int:
    """The number of tokens, K = floor(keep * N + 0.5) for a ratio, at least 1.

    The paper's own rounding of its ratios: 36, 73 and 146 of 729 at 5, 10 and 20 %.

    Args:
        keep: a count, or a ratio in (0, 1].
        total: N, the number of tokens to choose from.

    Raises:
        InputError: where `keep` is out of range or above `total`.

    """
    check_keep(keep)
    if isinstance(keep, float):
        return min(total, max(1, math.floor(keep * total + 0.5)))
    if keep > total:
        raise InputError(
            "keep",
            keep,
            f"is above the number of tokens, {total}",
            f"give a count from 1 to {total}, or a ratio in (0, 1]",
        )
    return keep
