"""The figures: a file here draws one from records, named after the file.

A plot module holds ``draw(records) -> Figure``; its docstring says which records it reads.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from ...core.registry import Registry
from ..table import Record

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.figure import Figure

PLOTS: Registry[Callable[[Sequence[Record]], Figure]] = Registry("plot", __name__, "draw")
