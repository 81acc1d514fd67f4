"""Pruners: one file a method, one call for all."""

from .selecting import select, select_each
from .selection import Selection

__all__ = ["Selection", "select", "select_each"]
