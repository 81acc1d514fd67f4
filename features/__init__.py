"""Features of frames and clips, where they come from and where they are kept."""

from .cache import Cache, Sample, open_cache
from .types import Clip, Features

__all__ = ["Cache", "Clip", "Features", "Sample", "open_cache"]
