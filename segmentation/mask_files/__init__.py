"""The kinds of mask files: a file here reads one, named after the file.

A module holds ``SUFFIXES``, the endings it reads, and ``read(path) -> dict[str, Frames]``: by
name within the file (empty where it holds one mask or clip) a mask or clip, a loader per frame.
Loaders decode when called, so that opening many masks reads no pixel.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from ...core.registry import Registry
from ..labels import Labels

Loader = Callable[[], Labels | None]
"""Reads a frame's mask; None stands for an empty one of whatever size the frame has."""

Frames = list[Loader]

READERS: Registry[Callable[[Path], dict[str, Frames]]] = Registry("mask file", __name__, "read")
SUFFIXES: Registry[tuple[str, ...]] = Registry("mask file", __name__, "SUFFIXES")
