"""Where a command's data goes: stdout or a file, in the format asked for."""

from __future__ import annotations

import contextlib
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from rich.console import Console
from rich.text import Text

from ..core.errors import InputError
from ..reports.renderers import FORMATS, SUFFIXES, Surface
from ..reports.table import Table
from .typed import typed_label

UNENCODABLE = "backslashreplace"
"""How to write what UTF-8 has no bytes for: the names of files may hold any bytes at all."""

FIGURES = (".png", ".pdf", ".svg")
"""The endings of figures."""


@dataclass(frozen=True)
class Output:
    """A checked destination: made before the work starts, so that a bad one costs nothing.

    Args:
        format: the name of a renderer.
        path: the file to write, or None for stdout.

    """

    format: str
    path: Path | None

    @classmethod
    def to(cls, format: str | None, path: Path | None) -> Output:
        """The destination that ``--format`` and ``--output`` describe.

        Without a format the file's ending decides; without a file a terminal gets ``table`` and a
        pipe ``csv``.

        Raises:
            InputError: for an unknown format or ending, or a file that cannot be written.

        """
        if format is not None:
            FORMATS.load(format)
        if path is not None:
            check_writable(path)
            format = format or _format_of(path)
        return cls(format or ("table" if sys.stdout.isatty() else "csv"), path)

    def write(self, table: Table) -> None:
        """Renders the table and writes it; a file appears whole or not at all."""
        table = replace(table, label=typed_label())
        terminal = self.path is None and sys.stdout.isatty()
        columns = shutil.get_terminal_size((100, 24)).columns
        width = columns if terminal or "COLUMNS" in os.environ else 0
        text = FORMATS.load(self.format)(table, Surface(0 if self.path else width, terminal))
        if self.path is None:
            sys.stdout.write(text)
            sys.stdout.flush()
        else:
            with replacing(self.path) as temporary:
                temporary.write_text(text, encoding="utf-8", errors=UNENCODABLE)


@dataclass(frozen=True)
class Plot:
    """A figure that is drawn beside the table, or is not asked for.

    Args:
        path: the checked file to write, or None.

    """

    path: Path | None

    @classmethod
    def to(cls, path: Path | None) -> Plot:
        """The figure that ``--plot`` describes.

        Raises:
            InputError: for a file that cannot be written, or an ending that is no picture's.

        """
        if path is not None:
            check_writable(path, "plot")
            check_ending(path, FIGURES, "plot")
        return cls(path)

    def draw(self, name: str, records: Sequence[Mapping[str, object]]) -> None:
        """Draws the plot of that name; a file appears whole or not at all."""
        if self.path is None:
            return
        from ..reports.plots import PLOTS
        from ..reports.style import save, style

        with style(), replacing(self.path) as temporary:
            save(PLOTS.load(name)(records), temporary)


def note(message: str) -> None:
    """A line on stderr, beside the data; it stays one line whatever the terminal's width."""
    Console(stderr=True).print(Text(message), soft_wrap=True)


def _format_of(path: Path) -> str:
    endings = {ending: name for name, known in SUFFIXES for ending in known}
    try:
        return endings[path.suffix.lower()]
    except KeyError:
        raise InputError(
            "output",
            path,
            f"the ending {path.suffix!r} names no format",
            f"end the name in one of {', '.join(sorted(endings))}, or add --format",
        ) from None


def check_writable(path: Path, option: str = "output") -> None:
    """Raises `InputError` where a file at `path` could not be created or replaced."""
    if path.is_dir():
        raise InputError(option, path, "is a folder", "name a file")
    if not path.parent.is_dir():
        raise InputError(option, path, "its folder does not exist", f"create {path.parent} first")
    if path.exists() and not path.is_file():
        # Replaced by a file, a device or a pipe would be lost to everyone.
        raise InputError(option, path, "is no plain file", "name a file, or redirect stdout to it")
    if path.exists() and not os.access(path, os.W_OK):
        raise InputError(option, path, "cannot be written", "choose another file")
    try:
        # The real test: permissions alone do not show a read-only or a full file system.
        with tempfile.TemporaryFile(dir=path.parent):
            pass
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise InputError(
            option, path, f"its folder cannot be written ({reason})", "choose another folder"
        ) from None


def check_ending(path: Path, endings: Sequence[str], option: str = "output") -> None:
    """Raises `InputError` where the name has none of the endings."""
    if path.suffix.lower() not in endings:
        raise InputError(
            option,
            path,
            f"the ending {path.suffix!r} is none that is written here",
            f"end the name in {', '.join(endings)}",
        )


@contextlib.contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """A temporary file beside `path` that takes its place once the block has succeeded."""
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=path.suffix)
    os.close(handle)
    temporary = Path(name)
    try:
        yield temporary
        umask = os.umask(0)
        os.umask(umask)
        temporary.chmod(0o666 & ~umask)  # mkstemp's 0600 would surprise whoever shares the file
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
