"""Folders of masks: which file is which mask of which sample."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from ..core.errors import InputError
from .mask_files import READERS, SUFFIXES, Loader

Unit = Mapping[str, Loader]
"""A mask (one frame) or the masks of a clip, by the frame's name."""

ONLY = "."
"""The name of a mask or clip that is all there is: a file of one, a folder of frames."""


def open_masks(path: Path, option: str, clips: bool = False) -> dict[str, Unit]:
    """The masks under `path`, by relative path without the ending, none of them read yet.

    Args:
        path: a folder, searched to any depth, or one file that holds many masks.
        option: what names it in messages: ``predicted`` or ``truth``.
        clips: the single masks of a folder are the frames of one clip, named after the folder
            (``<video>/<expression>/00000.png``). A file that holds a clip is one either way.

    Raises:
        InputError: where there is no mask, two have one name, or a file cannot be read.

    """
    readers = {suffix: name for name, suffixes in SUFFIXES for suffix in suffixes}
    if path.is_file() and path.suffix.lower() in readers:
        files, root = [path], path
    else:
        files = sorted(file for file in path.rglob("*") if file.suffix.lower() in readers)
        root = path
    remedy = f"give a folder of {', '.join(sorted(readers))} files"
    if not files:
        problem = "holds no mask" if path.exists() else "does not exist"
        raise InputError(option, path, problem, remedy)
    units: dict[str, dict[str, Loader]] = {}
    for file in files:
        within = file.relative_to(root).with_suffix("").as_posix() if file != root else ""
        with mask_of(option):
            entries = READERS.load(readers[file.suffix.lower()])(file)
        for entry, frames in entries.items():
            name = "/".join(part for part in (within, entry) if part) or ONLY
            if not frames:
                raise InputError(
                    option, file, f"{name} is a clip without a frame", "leave it out, or mend it"
                )
            named = dict(zip((f"{i:05d}" for i in range(len(frames))), frames, strict=True))
            folder, _, last = name.rpartition("/")
            if clips and len(frames) == 1 and file != root:
                unit = units.setdefault(folder or ONLY, {})
                named = {last: frames[0]}
            else:
                unit = units.setdefault(name, {})
            if repeated := unit.keys() & named.keys():
                raise InputError(
                    option,
                    file,
                    f"there is another {name if not clips else f'frame {min(repeated)}'}",
                    "keep one file for each mask",
                )
            unit.update(named)
    if not units:
        raise InputError(option, path, "its files hold no mask", remedy)
    return dict(units)


@contextmanager
def mask_of(option: str) -> Iterator[None]:
    """Within it, what is wrong with a mask is said of the option that its file came from.

    Raises:
        InputError: as it was raised within, named ``option`` instead of ``mask``.

    """
    try:
        yield
    except InputError as error:
        if error.name != "mask":
            raise
        raise error.but(name=option) from None
