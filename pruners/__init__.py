"""Pruners: one file a method, one call for all."""

from .selecting import frames_of, select, select_each
from .selection import Selection

__all__ = ["Selection", "frames_of", "select", "select_each"]
