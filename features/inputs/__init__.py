"""What there is to encode: pictures, videos, lists and manifests."""

from .items import Item, Loaded, items_of
from .rules import FrameRule

__all__ = ["FrameRule", "Item", "Loaded", "items_of"]
