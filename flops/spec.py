"""Models read from TOML: every field checked, every number with the source it comes from."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any, NamedTuple, TypeVar, get_type_hints

from ..core.errors import InputError, unknown
from .accountings.paper import Paper

T = TypeVar("T")


class Model(NamedTuple):
    """A model as its TOML file describes it.

    Args:
        name: the name of its file.
        summary: one line.
        source: where its numbers come from, where a table does not say otherwise.
        paper: the constants of the accounting `paper`, where that paper accounts for the model.

    """

    name: str
    summary: str
    source: str
    paper: Paper | None = None


def model_names() -> list[str]:
    """The models that ship, sorted."""
    folder = files(__package__).joinpath("models")
    return sorted(f.name[:-5] for f in folder.iterdir() if f.name.endswith(".toml"))


@cache
def load_model(name: str) -> Model:
    """A model that ships, by name, or a user's own, by the path of its TOML file.

    Raises:
        InputError: for an unknown name, an unreadable file, or a field that is missing or odd.

    """
    if name.endswith(".toml"):
        path = Path(name)
        try:
            text = path.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            reason = error.strerror if isinstance(error, OSError) else "it is no UTF-8 text"
            raise InputError(
                "model", name, f"cannot be read ({reason})", "check the path"
            ) from None
        return parse_model(path.stem, text, name)
    if name not in model_names():
        raise unknown("model", name, model_names())
    file = files(__package__).joinpath("models", f"{name}.toml")
    return parse_model(name, file.read_text(encoding="utf-8"), f"{name}.toml")


def parse_model(name: str, text: str, where: str) -> Model:
    """The model that `text`, the TOML of the file `where`, describes."""
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise InputError("model", where, f"is no TOML: {error}", "mend the file") from None
    return _Reader(text, where).build(Model, {"name": name, **data}, ())


class _Reader:
    """Builds the records of a file, and knows on which line a field stands."""

    def __init__(self, text: str, where: str) -> None:
        self.lines = text.splitlines()
        self.where = where

    def build(self, cls: type[T], table: Mapping[str, Any], path: tuple[str, ...]) -> T:
        """The record of class `cls` that a table describes, at `path` in the file."""
        hints = get_type_hints(cls)
        values: dict[str, Any] = {}
        for key, value in table.items():
            if key in {"source", "sources"} and key not in hints:
                continue
            if key not in hints:
                near = unknown("field", key, hints).remedy
                raise self.error(path, key, "is no field of this table", near)
            values[key] = self.value(hints[key], value, path, key)
        defaults: Mapping[str, Any] = getattr(cls, "_field_defaults", {})
        for key in hints:
            if key not in values and key not in defaults:
                raise self.error(path, key, "is missing", f"add `{key} = ...` to the table")
        return cls(**values)

    def value(self, hint: Any, value: Any, path: tuple[str, ...], key: str) -> Any:
        """A field's value, as its type wants it."""
        kind = next((k for k in getattr(hint, "__args__", (hint,)) if k is not type(None)), hint)
        if hasattr(kind, "_fields"):
            if not isinstance(value, dict):
                raise self.error(path, key, "is no table", f"write `[{'.'.join((*path, key))}]`")
            return self.build(kind, value, (*path, key))
        if kind is int and (isinstance(value, bool) or not isinstance(value, int) or value < 1):
            raise self.error(path, key, f"{value!r} is no positive whole number", "mend the number")
        if not isinstance(value, kind):
            raise self.error(path, key, f"{value!r} is no {kind.__name__}", "mend the value")
        return value

    def error(self, path: tuple[str, ...], key: str, problem: str, remedy: str) -> InputError:
        """An error that names the field and its line, or that of its table where it has none."""
        field = ".".join((*path, key))
        return InputError(
            "model", f"{self.where}:{self.line(path, key)}", f"{field} {problem}", remedy
        )

    def line(self, path: tuple[str, ...], key: str) -> int:
        """The line, from 1, of a key in a table; that of the table's head where it lacks it."""
        table, head = "", 1
        for number, line in enumerate(self.lines, 1):
            if match := re.match(r"\s*\[([^\[\]]+)\]", line):
                table = match[1].replace(" ", "")
                if table == ".".join((*path, key)):
                    return number
                head = number if table == ".".join(path) else head
            elif table == ".".join(path) and re.match(rf"\s*{re.escape(key)}\s*=", line):
                return number
        return head
