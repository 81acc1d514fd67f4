"""What a manifest says of samples whose features were computed elsewhere."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from ..core.errors import InputError
from .cache import Sample
from .inputs import FrameRule
from .inputs.items import Broken, items_in
from .inputs.manifest import read_manifest


class Described(Mapping[str, Mapping[str, Any]]):
    """The lines of a manifest by id, to be joined to samples.

    Args:
        path: the manifest, as `evtp features extract` reads it.

    Raises:
        InputError: where it cannot be read, or two lines have one id.

    """

    def __init__(self, path: Path) -> None:
        self.bare: list[str] = []
        """Samples that were asked for and have no line."""
        self._entries: dict[str, Mapping[str, Any]] = {}
        if not path.is_file():
            raise InputError("manifest", path, "is no file", "give a file of JSON lines")
        try:
            for entry in read_manifest(path):
                name = str(entry["id"])
                if name in self._entries:
                    raise InputError("manifest", name, "names two lines", "give each its own id")
                self._entries[name] = entry
        except InputError as error:
            raise error.but(name="manifest") from None

    def __getitem__(self, sample_id: str) -> Mapping[str, Any]:
        return self._entries[sample_id]

    def __iter__(self) -> Iterator[str]:
        return iter(self._entries)

    def __len__(self) -> int:
        return len(self._entries)

    def join(self, sample: Sample) -> Sample:
        """The sample with its pictures, their size, masks and expressions, as extraction has them.

        A sample without a line stays as it is. Of a video, or a folder of frames, the features are
        taken to be of as many evenly spaced frames as they have.

        Raises:
            InputError: where the pictures cannot be read, or are not as many as the frames.

        """
        if sample.id not in self._entries:
            self.bare.append(sample.id)
            return sample
        frames = len(sample.clip)
        (item,) = items_in(self._entries[sample.id], FrameRule(count=frames))
        try:
            if isinstance(item, Broken):
                raise item.error
            if item.pictures and len(item.pictures) != frames:
                raise InputError(
                    "manifest",
                    sample.id,
                    f"has {len(item.pictures)} pictures for {frames} frames of features",
                    "name a picture a frame",
                )
            loaded = item.load()
        except InputError as error:
            raise error.but(name="manifest") from None
        return replace(
            sample,
            source=loaded.source,
            source_sha256=loaded.source_sha256,
            times=loaded.times,
            image_size=(loaded.images[0].height, loaded.images[0].width),
            masks=loaded.masks,
            expressions=item.expressions,
        )
