"""Features of frames and clips, where they come from and where they are kept."""

from .types import Clip, Features

__all__ = ["Clip", "Features"]
