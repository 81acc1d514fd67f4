"""The command line that is running, as a label: the tables of two lines never share one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ..reports.subjects import label_of

_WHERE = ("--output", "-o", "--format", "--plot")
"""Options that say where a table goes, and nothing of what is in it."""

_line: list[str] = []


def remember(line: Sequence[str]) -> None:
    """The words after `evtp`, of the command that begins."""
    _line[:] = line


def typed_label() -> str:
    """A label of what was typed: ``tab:flops-dataset-revos-keep-10pct``."""
    return label_of(*_said(_line))


def _said(line: Sequence[str]) -> Iterator[str]:
    words = iter(line)
    for word in words:
        if word in _WHERE:
            next(words, None)
        elif word.partition("=")[0] not in _WHERE:
            yield word
