"""Remarks on what a command was asked for: they wait until it is clear that it is not refused."""

from __future__ import annotations

from .output import note

_waiting: list[str] = []


def remark(message: str) -> None:
    """A line for stderr as soon as the work begins, or ends; none where it is refused."""
    _waiting.append(message)


def say_remarks() -> None:
    """What waits is said; long work calls this when it begins."""
    while _waiting:
        note(_waiting.pop(0))


def forget_remarks() -> None:
    """What waits is dropped: the command was refused, and its one line says why."""
    _waiting.clear()
