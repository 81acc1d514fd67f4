"""Which frames of a video make a sample."""

from __future__ import annotations

from dataclasses import dataclass

from ...core.errors import InputError


@dataclass(frozen=True)
class FrameRule:
    """Exactly one way of choosing frames.

    Args:
        count: this many, evenly spaced: the middle frame of each of `count` equal parts.
        stride: every `stride`-th, from the first.
        times: the frames shown at these seconds.
        keys: one sample a key frame, with its neighbours; indices, or () for every frame.
        neighbours: how many frames around a key frame go with it: the nearest ones, as many
            before as after, and where the video ends on one side more from the other. This is
            InstructSeg's evaluation, which takes 4; its clips begin with the key frame too.

    Raises:
        InputError: where none or several are given, or one is out of range.

    """

    count: int | None = None
    stride: int | None = None
    times: tuple[float, ...] | None = None
    keys: tuple[int, ...] | None = None
    neighbours: int = 4

    def __post_init__(self) -> None:
        ways = {
            "frames": self.count,
            "every": self.stride,
            "at": self.times,
            "key_frame": self.keys,
        }
        given = {name: value for name, value in ways.items() if value is not None}
        if len(given) != 1:
            raise InputError(
                list(given)[1] if given else "frames",
                "",
                "goes not with the others" if given else "is not given",
                "choose frames in one way: --frames, --every, --at or --key-frame",
            )
        for name, value in (("frames", self.count), ("every", self.stride)):
            if value is not None and value < 1:
                raise InputError(name, value, "chooses no frame", "give 1 or more")
        if self.times is not None and (
            not self.times or any(not 0 <= time < float("inf") for time in self.times)
        ):
            raise InputError("at", self.times, "is no list of seconds", "give seconds from 0 on")
        if self.keys is not None and any(key < 0 for key in self.keys):
            raise InputError("key_frame", min(self.keys), "is below 0", "count frames from 0")
        if self.neighbours < 0:
            raise InputError("neighbours", self.neighbours, "is below 0", "give 0 or more")

    def indices(self, total: int) -> dict[int | None, list[int]]:
        """By key frame (None where the video is one sample) the frames, in the clip's order.

        Args:
            total: the number of frames there are.

        Raises:
            InputError: for a key frame that the video has not.

        """
        if self.count is not None:
            # A video of fewer frames gives those it has, each once.
            parts = min(self.count, total)
            return {None: [(2 * part + 1) * total // (2 * parts) for part in range(parts)]}
        if self.stride is not None:
            return {None: list(range(0, total, self.stride))}
        if self.times is not None:
            raise TypeError("seconds are matched while decoding")
        keys = self.keys or tuple(range(total))
        if max(keys) >= total:
            raise InputError(
                "key_frame", max(keys), f"is not among the {total} frames", "count from 0"
            )
        return {key: [key, *self._around(key, total)] for key in keys}

    def _around(self, key: int, total: int) -> list[int]:
        wanted = min(self.neighbours, total - 1)
        first = max(0, min(key - wanted // 2, total - 1 - wanted))
        return [index for index in range(first, first + wanted + 1) if index != key]
