"""Reading chosen frames of a video with PyAV."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from PIL import Image

from ...core.errors import InputError

SUFFIXES = frozenset(
    (".avi", ".m4v", ".mkv", ".mov", ".mp4", ".mpeg", ".mpg", ".ogv", ".ts", ".webm", ".wmv")
)

Frame = tuple[Image.Image, float]
"""A picture and the second at which it is shown."""


def decoder(path: Path) -> Any:
    """PyAV, which comes with an extra.

    Raises:
        InputError: where it is not installed.

    """
    try:
        import av
    except ImportError:
        raise InputError(
            "input", path, "is a video", "install PyAV: pip install 'evtp[siglip]'"
        ) from None
    return av


def count_frames(path: Path) -> int:
    """The number of frames that decoding gives; what a container claims of itself may be wrong.

    Raises:
        InputError: where the file is missing, empty or no video.

    """
    with _decoding(path) as frames:
        return sum(1 for _ in frames)


def frames_at(path: Path, indices: Sequence[int]) -> list[Frame]:
    """The frames of these numbers, in the order asked for.

    Decodes from the start: seeking is exact in few containers.

    Raises:
        InputError: where the file is broken or has fewer frames.

    """
    wanted, found = set(indices), {}
    with _decoding(path) as frames:
        for number, frame in enumerate(frames):
            if number in wanted:
                found[number] = _picture(frame)
                if len(found) == len(wanted):
                    break
    missing = wanted - set(found)
    if missing:
        raise InputError("input", path, f"ends before frame {min(missing)}", "replace it")
    return [found[index] for index in indices]


def frames_shown(path: Path, times: Sequence[float]) -> list[Frame]:
    """The frames shown at these seconds, in the order asked for.

    Raises:
        InputError: where the file is broken or ends before one of them.

    """
    found: dict[float, Frame] = {}
    with _decoding(path) as frames:
        waiting = sorted(set(times))
        last: Any = None
        for frame in frames:
            while waiting and last is not None and frame.time > waiting[0]:
                found[waiting.pop(0)] = _picture(last)
            last = frame
            if not waiting:
                break
        if last is not None:
            ends = last.time + float((last.duration or 0) * last.time_base)
            while waiting and waiting[0] <= max(ends, last.time):
                found[waiting.pop(0)] = _picture(last)
    if waiting:
        raise InputError(
            "at", waiting[0], f"is past the end of {path.name}", "give seconds within the video"
        )
    return [found[time] for time in times]


def _picture(frame: Any) -> Frame:
    image: Image.Image = frame.to_image()
    # Phones store a turn beside the picture; PyAV reports it, and leaves it to the reader.
    turn = int(getattr(frame, "rotation", 0) or 0)
    return (image.rotate(turn, expand=True) if turn else image), float(frame.time or 0.0)


@contextmanager
def _decoding(path: Path) -> Iterator[Iterator[Any]]:
    av = decoder(path)
    try:
        with av.open(str(path)) as container:
            if not container.streams.video:
                raise InputError("input", path, "holds no pictures", "leave it out")
            yield container.decode(video=0)
    except (av.FFmpegError, OSError) as error:
        reason = (error.strerror or str(error)).lower()
        raise InputError(
            "input", path, f"cannot be read ({reason})", "replace it, or leave it out"
        ) from None
