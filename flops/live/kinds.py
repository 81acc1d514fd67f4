"""Which class of transformers a part is: the one that makes the part's choices."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ...core.errors import InputError

Choices = Mapping[str, tuple[Any, ...]]
"""By field of a part, the values that a class can be built with."""


def kind_of(part: Any, name: str, kinds: Mapping[str, Choices]) -> str:
    """The name of the first of `kinds` that has every choice of a part.

    Args:
        part: a part of a model.
        name: its table in the model's file.
        kinds: what each class has.

    Raises:
        InputError: where none has; a class that is only similar would be counted or timed in
            the part's place.

    """

    def lacking(choices: Choices) -> list[str]:
        return [field for field, known in choices.items() if getattr(part, field) not in known]

    nearest = min(kinds, key=lambda kind: len(lacking(kinds[kind])))
    odd = lacking(kinds[nearest])
    if not odd:
        return nearest
    asked = ", ".join(f"{field} {_toml(getattr(part, field))}" for field in odd)
    raise InputError(
        "model",
        name,
        f"is no {' or '.join(kinds)}, which is what can be built: {nearest} does not have {asked}",
        "count it with evtp flops, which builds none",
    )


def _toml(value: object) -> str:
    return str(value).lower()
