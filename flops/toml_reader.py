"""From TOML to named tuples: every field checked against its type, errors with their line."""

from __future__ import annotations

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
        kinds: the classes that a table chooses from by its ``kind``.
        overrides: by field the override that set it, so that errors name that and no line.

    """

    def __init__(
        self, text: str, where: str, kinds: Mapping[str, type], overrides: Mapping[str, str]
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
            if key in ("source", "sources") or (key == "kind" and cls in self._kinds.values()):
                continue
            if key not in hints:
                near = unknown("field", key, hints).remedy
                raise self._error(path, key, "is no field of this table", near)
            least = 0 if defaults.get(key) == 0 else 1
            values[key] = self._value(hints[key], value, (*path, key), least)
        for key in hints:
            if key not in values and key not in defaults:
                raise self._error(path, key, "is missing", f"add `{key} = ...` to the table")
        return cls(**values)

    def _value(self, hint: Any, value: Any, at: tuple[str, ...], least: int) -> Any:
        """The value of the field `at`, as its type wants it."""
        *path, key = at
        kinds = [k for k in (get_args(hint) or (hint,)) if k is not type(None)]
        if hasattr(kinds[0], "_fields"):
            if not isinstance(value, dict):
                raise self._error(path, key, "is no table", f"write `[{'.'.join(at)}]`")
            return self.build(self._choose(kinds, value, at), value, at)
        if get_origin(hint) is Literal:
            if value not in kinds:
                raise self._error(path, key, f"{value!r} is no choice", f"choose from {kinds}")
            return value
        if get_origin(hint) is tuple:
            if not isinstance(value, list) or not value:
                raise self._error(path, key, f"{value!r} is no list of numbers", "mend the value")
            return tuple(self._value(int, item, at, 1) for item in value)
        if kinds[0] is int:
            if isinstance(value, bool) or not isinstance(value, int) or value < least:
                raise self._error(
                    path, key, f"{value!r} is no whole number of at least {least}", "mend it"
                )
            if value > MOST:
                raise self._error(path, key, "is above any model", f"stay within {MOST:,}")
        elif not isinstance(value, kinds[0]):
            raise self._error(path, key, f"{value!r} is no {kinds[0].__name__}", "mend the value")
        return value

    def _choose(self, kinds: list[Any], table: dict[str, Any], at: tuple[str, ...]) -> Any:
        """The class of a table: the one its ``kind`` names, where there are several."""
        if len(kinds) == 1:
            return kinds[0]
        kind = table.get("kind")
        if not isinstance(kind, str) or kind not in self._kinds:
            raise self._error(at, "kind", f"is {kind!r}", f"choose from {', '.join(self._kinds)}")
        return self._kinds[kind]

    def _error(self, path: Sequence[str], key: str, problem: str, remedy: str) -> InputError:
        """An error that names the field and its line, or that of its table where it has none."""
        field = ".".join((*path, key))
        if field in self._overrides:
            return InputError("set", self._overrides[field], f"{field} {problem}", remedy)
        place = f"{self._where}:{self._line(path, key)}"
        return InputError("model", place, f"{field} {problem}", remedy)

    def _line(self, path: Sequence[str], key: str) -> int:
        """The line, from 1, of a key in a table; that of the table's head where it lacks it."""
        table, head = "", 1
        for number, line in enumerate(self._lines, 1):
            if match := re.match(r"\s*\[([^\[\]]+)\]", line):
                table = match[1].replace(" ", "")
                if table == ".".join((*path, key)):
                    return number
                head = number if table == ".".join(path) else head
            elif table == ".".join(path) and re.match(rf"\s*{re.escape(key)}\s*=", line):
                return number
        return head
