"""From paths to samples, one at a time, so that a million of them need no memory."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from PIL import Image

from ...core.errors import InputError
from ..digests import file_sha256
from . import manifest, pictures, video
from .rules import FrameRule

LISTS = frozenset({".txt", ".lst", ".list"})


@dataclass(frozen=True)
class Item:
    """A sample to encode: pictures, or a video with the frames chosen of it.

    Args:
        id: of the sample.
        pictures: a file a frame; empty for a video.
        video: the file.
        rule: how frames are chosen of the video.
        key: the key frame, where the rule makes one sample a key frame.
        total: the number of the video's frames, where it was needed already.
        masks, expressions: as in `evtp.features.Sample`.

    """

    id: str
    pictures: tuple[str, ...] = ()
    video: str | None = None
    rule: FrameRule | None = None
    key: int | None = None
    total: int | None = None
    masks: Mapping[str, list[Any]] = field(default_factory=dict)
    expressions: tuple[Mapping[str, Any], ...] = ()

    @property
    def files(self) -> tuple[str, ...]:
        """Path of the picture of each frame, or of the one video, whole."""
        return tuple(map(os.path.abspath, self.pictures if self.video is None else (self.video,)))

    def load(self) -> Loaded:
        """Reads the frames.

        Raises:
            InputError: where a file is broken, or frames or masks do not fit one another.

        """
        loaded = self._load_pictures() if self.video is None else self._load_video(Path(self.video))
        sizes = {image.size for image in loaded.images}
        if len(sizes) > 1:
            raise InputError(
                "input", self.id, f"has frames of {len(sizes)} sizes", "give frames of one size"
            )
        return loaded

    def _load_pictures(self) -> Loaded:
        read = [pictures.read_picture(Path(path)) for path in self.pictures]
        return Loaded(
            [image for image, _ in read],
            self.files,
            tuple(digest for _, digest in read),
            masks=_masks_of(self.masks, self.id, range(len(read)), len(read)),
        )

    def _load_video(self, path: Path) -> Loaded:
        rule = self.rule or FrameRule(count=1)
        if rule.times is not None:
            frames = video.frames_shown(path, rule.times)
            indices, total = list(range(len(frames))), len(frames)
        else:
            total = self.total or video.count_frames(path)
            if total == 0:
                raise InputError("input", path, "holds no frame", "leave it out")
            indices = rule.indices(total)[self.key]
            frames = video.frames_at(path, indices)
        return Loaded(
            [image for image, _ in frames],
            self.files,
            (file_sha256(path),),
            tuple(time for _, time in frames),
            _masks_of(self.masks, self.id, indices, total),
        )


@dataclass(frozen=True)
class Loaded:
    """The frames of a sample, the files they come from, and the masks of these frames.

    Args:
        images: the frames.
        source: path of the picture of each frame, or of the one video, whole, so that a cache can
            be read from any folder.
        source_sha256: SHA-256 of each of these files.
        times: seconds of each frame in its video.
        masks: by object a mask for each frame, as in `evtp.features.Sample`.

    """

    images: list[Image.Image]
    source: tuple[str, ...]
    source_sha256: tuple[str, ...]
    times: tuple[float, ...] = ()
    masks: Mapping[str, list[Any]] = field(default_factory=dict)


@dataclass(frozen=True)
class Broken:
    """An input that gives no sample: its name and why."""

    id: str
    error: InputError


def items_of(paths: Iterable[str], rule: FrameRule) -> Iterator[Item | Broken]:
    """The samples of files, folders, lists and manifests, in a fixed order.

    The id of a picture or video is its path below the folder named, or its name; a manifest gives
    its own ids. Frames of one sample are chosen by the rule from a video, or from a folder that a
    manifest names for its frames.

    Raises:
        InputError: for a path that does not exist, a folder without pictures, a bad manifest, and
            a video where PyAV is not installed.

    """
    for text in paths:
        path = Path(text)
        if not path.exists():
            raise InputError("input", text, "does not exist", "check the path")
        if path.is_dir():
            found = False
            for file in _walk(path):
                found = True
                yield from _file(file, file.relative_to(path).as_posix(), rule)
            if not found:
                raise InputError(
                    "input", text, "holds no pictures and no videos", "name a folder with some"
                )
        elif path.suffix.lower() in manifest.SUFFIXES:
            for entry in manifest.read_manifest(path):
                yield from items_in(entry, rule)
        elif path.suffix.lower() in LISTS:
            yield from items_of(_listed(path), rule)
        else:
            yield from _file(path, path.name, rule)


def _walk(folder: Path) -> Iterator[Path]:
    for root, folders, names in os.walk(folder):
        folders.sort()
        for name in sorted(names):
            path = Path(root, name)
            if path.suffix.lower() in pictures.SUFFIXES | video.SUFFIXES:
                yield path


def _listed(path: Path) -> Iterator[str]:
    try:
        with open(path, encoding="utf-8-sig") as lines:
            for line in lines:
                if line.strip() and not line.startswith("#"):
                    yield str(path.parent / line.strip())
    except UnicodeDecodeError as error:
        raise InputError(
            "input", path, f"is no text ({error.reason})", "give a list of paths in UTF-8"
        ) from None


def _file(path: Path, name: str, rule: FrameRule) -> Iterator[Item | Broken]:
    if path.suffix.lower() in video.SUFFIXES:
        yield from _video(name, path, rule)
    else:
        yield Item(name, pictures=(str(path),))


def _video(
    name: str, path: Path, rule: FrameRule, extra: Mapping[str, Any] | None = None
) -> Iterator[Item | Broken]:
    video.decoder(path)  # missing, it is no fault of this input, and no other video could be read
    more = extra or {}
    if rule.keys is None:
        yield Item(name, video=str(path), rule=rule, **more)
        return
    try:
        total = video.count_frames(path)
        keys: Sequence[int | None] = list(rule.indices(total))
    except InputError as error:
        yield Broken(name, error)
        return
    for key in keys:
        yield Item(f"{name}@{key}", video=str(path), rule=rule, key=key, total=total, **more)


def items_in(entry: Mapping[str, Any], rule: FrameRule) -> Iterator[Item | Broken]:
    """The samples that a line of a manifest describes: one, or one a key frame.

    Args:
        entry: as `manifest.read_manifest` gives it.
        rule: how frames are chosen of a video, or of a folder of frames.

    Raises:
        InputError: for a video where PyAV is not installed.

    """
    extra = {"masks": entry["masks"], "expressions": tuple(entry["expressions"])}
    name = str(entry["id"])
    if "video" in entry:
        yield from _video(name, Path(entry["video"]), rule, extra)
        return
    if "image" in entry:
        yield Item(name, pictures=(entry["image"],), **extra)
        return
    frames = entry["frames"]
    if isinstance(frames, list):
        yield Item(name, pictures=tuple(frames), **extra)
        return
    files = [
        str(f) for f in sorted(Path(frames).glob("*")) if f.suffix.lower() in pictures.SUFFIXES
    ]
    if not files or rule.times is not None:
        problem, remedy = "is a folder without pictures", "name a folder of pictures"
        if files:
            problem, remedy = "have no times", "name frames, or use --every"
        yield Broken(name, InputError("input", frames, problem, remedy))
        return
    try:
        for key, indices in rule.indices(len(files)).items():
            yield Item(
                name if key is None else f"{name}@{key}",
                pictures=tuple(files[i] for i in indices),
                masks=_masks_of(entry["masks"], name, indices, len(files)),
                expressions=extra["expressions"],
            )
    except InputError as error:
        yield Broken(name, error)


def _masks_of(
    masks: Mapping[str, list[Any]], name: str, indices: Sequence[int], total: int
) -> dict[str, list[Any]]:
    """The masks of the chosen frames, where a manifest gives one a frame, chosen or not."""
    chosen = {}
    for thing, per_frame in masks.items():
        if len(per_frame) == total:
            chosen[thing] = [per_frame[index] for index in indices]
        elif len(per_frame) == len(indices):
            chosen[thing] = per_frame
        else:
            raise InputError(
                "input",
                name,
                f"has {len(per_frame)} masks of {thing} for {total} frames",
                "give one a frame, null where it is not seen",
            )
    return chosen
