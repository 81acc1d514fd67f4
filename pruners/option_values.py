"""The values of options, as they are written behind a method's name."""

from __future__ import annotations


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
