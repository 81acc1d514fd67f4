"""Pruners: one file a method, one call for all."""

from .frame import Frame, frames_of
from .selecting import select, select_each
from .selection import Selection

__all__ = ["Frame", "Selection", "frames_of", "select", "select_each"]
