"""What turns pictures into features."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from PIL.Image import Image

from ..types import Clip


class Encoder(Protocol):
    """Encodes the frames of a clip, each by itself."""

    @property
    def description(self) -> Mapping[str, Any]:
        """What a cache records of the encoder: `encoder`, `model`, `block` and its settings."""

    def encode(self, images: Sequence[Image]) -> Clip:
        """The features of RGB images, one frame an image."""
