"""From TOML to named tuples: every field checked against its type, errors with their line."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any, Literal, TypeVar, get_args, get_origin, get_type_hints

from ..core.errors import InputError, unknown
from .workload import MOST

T = TypeVar("T")


class Reader:
    """Builds the named tuples that a file describes, and knows on which line a field stands.

    Args:
        text: of the file.
        where: what the file is called in messages.
        kinds: the classes that a table chooses from, each by its ``kind``.
        overrides: by field the override that set it, so that errors name that and no line.

    """

    def __init__(
        self, text: str, where: str, kinds: Sequence[tuple[str, type]], overrides: Mapping[str, str]
    ) -> None:
        self._lines = text.splitlines()
        self._where = where
        self._kinds = kinds
        self._overrides = overrides

    def build(self, cls: type[T], table: Mapping[str, Any], path: tuple[str, ...]) -> T:
        """The `cls`, a named tuple, that a table describes.

        Args:
            cls: its annotations say which fields a table may have, and of which type.
            table: as `tomllib` parses it.
            path: the names of the tables that it lies in, from the top of the file.

        Raises:
            InputError: for a field that is missing, unknown or out of range, with its line.

        """
        hints = get_type_hints(cls)
        defaults: Mapping[str, Any] = getattr(cls, "_field_defaults", {})
        values: dict[str, Any] = {}
        for key, value in table.items():
            if key in ("source", "sources") or (
                key == "kind" and any(cls is part for _, part in self._kinds)
            ):
                continue
            if key not in hints:
                raise self._foreign(key, value, (*path, key), hints, table)
            least = 0 if defaults.get(key) == 0 else 1
            values[key] = self._value(hints[key], value, (*path, key), least)
        if missing := [key for key in hints if key not in values and key not in defaults]:
            first, *others = missing
            problem = "is missing"
            if others:
                problem += f", as {'are' if others[1:] else 'is'} {', '.join(others)}"
            lines = ", ".join(f"`{key} = {_wanted(hints[key])}`" for key in missing)
            where = "to the table" if path else "at the top of the file"
            raise self._error((*path, first), problem, f"add {lines} {where}")
        return cls(**values)

    def error(self, fields: Sequence[str], problem: str, remedy: str) -> InputError:
        """An error of the first of the fields (``table.field``), which others have a part in.

        It names the override that set one of them, otherwise the line of the first, or that of
        its table where the file lacks it.
        """
        for field in fields:
            if field in self._overrides:
                return InputError("set", self._overrides[field], f"{fields[0]} {problem}", remedy)
        place = f"{self._where}:{self._line(fields[0])}"
        return InputError("model", place, f"{fields[0]} {problem}", remedy)

    def _error(self, at: Sequence[str], problem: str, remedy: str) -> InputError:
        return self.error((".".join(at),), problem, remedy)

    def _foreign(
        self,
        key: str,
        value: object,
        at: Sequence[str],
        hints: Mapping[str, Any],
        table: Mapping[str, Any],
    ) -> InputError:
        """The error for a key that a table does not have."""
        inside = [f"{t}.{key}" for t, v in table.items() if isinstance(v, dict) and key in v]
        if inside and not isinstance(value, dict):
            near = f"did you mean {' or '.join(inside)}?"
            return self._error(at, "is no field at the top of a model", near)
        tables = {name for name, hint in hints.items() if _parts(hint)}
        wanted = tables if isinstance(value, dict) and tables else hints.keys() - tables
        near = unknown("field", key, [h for h in hints if h in wanted and h != "name"]).remedy
        kind = "table" if wanted is tables else "field"
        return self._error(at, f"is no {kind} of {'this table' if at[1:] else 'a model'}", near)

    def _value(self, hint: Any, value: Any, at: tuple[str, ...], least: int) -> Any:
        """The value of the field `at`, as its type wants it."""
        if parts := _parts(hint):
            if not isinstance(value, dict):
                raise self._error(at, "is no table", f"write `[{'.'.join(at)}]`")
            return self.build(self._choose(parts, value, at), value, at)
        shown = _toml(value)
        if get_origin(hint) is Literal:
            choices = get_args(hint)
            if not any(type(value) is type(choice) and value == choice for choice in choices):
                remedy = unknown("field", value, map(str, choices)).remedy
                raise self._error(at, f"{shown} is no choice", remedy)
            return value
        if get_origin(hint) is tuple:
            if not isinstance(value, list) or not value:
                raise self._error(at, f"{shown} is no list of numbers", "write it as [2, 2, 18, 2]")
            return tuple(self._value(int, item, at, 1) for item in value)
        if hint is int:
            if isinstance(value, bool) or not isinstance(value, int) or value < least:
                problem = f"{shown} is no whole number of at least {least}"
                raise self._error(at, problem, "give one")
            if value > MOST:
                raise self._error(at, "is above any model", f"stay within {MOST:,}")
        elif hint is bool and not isinstance(value, bool):
            raise self._error(at, f"{shown} is neither true nor false", "write one of them")
        elif hint is str and not isinstance(value, str):
            raise self._error(at, f"{shown} is no text", "put it in quotation marks")
        return value

    def _choose(self, parts: Sequence[Any], table: dict[str, Any], at: tuple[str, ...]) -> Any:
        """The class of a table: the one its ``kind`` names, where there are several."""
        if len(parts) == 1:
            return parts[0]
        kinds = {kind: part for kind, part in self._kinds if part in parts}
        choices = ", ".join(kinds)
        if "kind" not in table:
            raise self._error((*at, "kind"), "is missing", f"add `kind = ...`, one of {choices}")
        kind = table["kind"]
        if not isinstance(kind, str) or kind not in kinds:
            problem = f"{_toml(kind)} is no choice"
            raise self._error((*at, "kind"), problem, f"choose from {choices}")
        return kinds[kind]

    def _line(self, field: str) -> int:
        """The line, from 1, of a field or table; that of its table's head where it is missing."""
        parent, table, head = field.rpartition(".")[0], "", 1
        for number, line in enumerate(self._lines, 1):
            if match := re.match(r"\s*\[\[?([^\[\]]+)\]", line):
                name = table = match[1].replace(" ", "")
            elif match := re.match(r"\s*([\w.\- ]+?)\s*=", line):
                name = f"{table}.{match[1]}" if table else match[1]
            else:
                continue
            if name == field:
                return number
            head = number if name == parent else head
        return head


def _parts(hint: Any) -> list[Any]:
    """The named tuples that a field's type allows; none for a number or a word."""
    return [k for k in (get_args(hint) or (hint,)) if hasattr(k, "_fields")]


def _wanted(hint: Any) -> str:
    """What a field takes, as a TOML file spells it: its choices, where they are few."""
    if get_origin(hint) is Literal:
        return "|".join(_toml(choice) for choice in get_args(hint))
    return "true|false" if hint is bool else "..."


def _toml(value: object) -> str:
    """A value as a TOML file spells it."""
    return json.dumps(value, ensure_ascii=False, default=str)
