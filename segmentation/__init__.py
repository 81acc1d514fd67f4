"""Masks: the metrics they are scored by, and what kept tokens can still say of them."""

from .boundary import boundary_f
from .overlap import Overlap, ciou, giou, overlap

__all__ = ["Overlap", "boundary_f", "ciou", "giou", "overlap"]
