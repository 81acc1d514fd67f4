"""The values of options, as they are written behind a method's name."""

from __future__ import annotations

from collections.abc import Collection

from ..core.errors import InputError


def refuse_joined(method: str, setting: str, options: Collection[str]) -> None:
    """Raises `InputError` where options are joined by a comma, which may be part of a word."""
    first, *others = setting.split(",")
    if any(other.partition("=")[0].strip() in options for other in others if "=" in other):
        raise InputError(
            "method",
            f"{method}:{setting}",
            "joins options by a comma",
            f"give {':'.join([method, first, *map(str.strip, others)])}",
        )


def read(text: str, default: object) -> object:
    """The value of an option as it is written, of the type of its default.

    Raises:
        ValueError: where it is no such value.

    """
    if isinstance(default, bool):
        if text.lower() not in ("true", "false", "1", "0"):
            raise ValueError(f"{text!r} is neither true nor false")
        return text.lower() in ("true", "1")
    for kind, title in ((int, "whole number"), (float, "number")):
        if isinstance(default, kind):
            try:
                return kind(text)
            except ValueError:
                raise ValueError(f"{text!r} is no {title}") from None
    if default is None or isinstance(default, str):
        return text
    raise ValueError(f"its default {default!r} is no number, word or truth value")
