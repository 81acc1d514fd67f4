"""The formats: a file here renders a `Table`, named after the file.

A renderer module holds ``render(table, surface) -> str`` and ``SUFFIXES``, the file endings that
stand for it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from ...core.registry import Registry
from ..table import Table


@dataclass(frozen=True)
class Surface:
    """Where a rendered table will be seen.

    Args:
        width: columns of text that fit on a line; 0 where nothing limits it.
        styled: whether escape codes for bold and underline are understood there.

    """

    width: int = 0
    styled: bool = False


Renderer = Callable[[Table, Surface], str]

FORMATS: Registry[Renderer] = Registry("format", __name__, "render")
SUFFIXES: Registry[tuple[str, ...]] = Registry("format", __name__, "SUFFIXES")
