"""Features that people have in files of their own, into a cache."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from math import isqrt
from pathlib import Path

from ..core.errors import InputError
from .arrays import Array
from .cache import Sample
from .cache_writer import CacheWriter
from .digests import file_sha256
from .foreign import read, suffixes
from .types import OPTIONAL_INPUTS, Clip

_INPUTS = ("features", *OPTIONAL_INPUTS)


@dataclass(frozen=True)
class Layout:
    """How arrays in files are to be read.

    Args:
        grid: (rows, columns); a square is assumed where it is left out.
        skip_tokens: tokens ahead of the patches, such as a class token, to leave out.
        stacked: whether the first of three axes counts samples rather than frames of one.

    """

    grid: tuple[int, int] | None = None
    skip_tokens: int = 0
    stacked: bool = False


def files_of(paths: Iterable[str]) -> Iterator[tuple[str, Path]]:
    """The files to import with the ids that stand for them: names without their ending.

    Raises:
        InputError: for a path that does not exist, or a folder without such files.

    """
    for text in paths:
        path = Path(text)
        if not path.exists():
            raise InputError("input", text, "does not exist", "check the path")
        if not path.is_dir():
            yield path.stem, path
            continue
        found = [
            Path(root, name)
            for root, _, names in os.walk(path)
            for name in names
            if Path(name).suffix.lower() in suffixes()
        ]
        if not found:
            raise InputError(
                "input", text, "holds no features", f"name {', '.join(sorted(suffixes()))} files"
            )
        for file in sorted(found):
            yield file.relative_to(path).with_suffix("").as_posix(), file


def import_file(name: str, path: Path, layout: Layout) -> Iterator[Sample]:
    """The samples in a file.

    A nameless array is a sample. Arrays called `features`, `attention`, `probe_attention`,
    `middle_attention` and `keys` are one sample; those called `ID/features`, `ID/attention` and so
    on are the sample ID; an array of any other name is a sample of that name.

    Raises:
        InputError: where the file cannot be read, or an array does not fit.

    """
    digest = file_sha256(path)
    for sample_id, arrays in _grouped(name, read(path)):
        if "features" not in arrays:
            raise InputError(
                "input", path, f"has {min(arrays)} but no features for {sample_id}", "add them"
            )
        yield from _samples(sample_id, path, digest, arrays, layout)


def _grouped(
    name: str, arrays: Iterable[tuple[str, Array]]
) -> Iterator[tuple[str, dict[str, Array]]]:
    """Arrays by sample; one sample is held at a time where its arrays stand together."""
    groups: dict[str, dict[str, Array]] = {}
    for key, array in arrays:
        head, _, tail = key.rpartition("/")
        if tail in _INPUTS:
            groups.setdefault(head or name, {})[tail] = array
        elif key:
            yield f"{name}/{key}", {"features": array}
        else:
            yield name, {"features": array}
    for head, group in groups.items():
        yield head if head == name else f"{name}/{head}", group


def _samples(
    sample_id: str, path: Path, digest: str, arrays: Mapping[str, Array], layout: Layout
) -> Iterator[Sample]:
    shape = tuple(arrays["features"].shape)
    if len(shape) not in (2, 3):
        raise InputError(
            "input",
            f"{path} {sample_id}",
            f"is of shape {list(shape)}",
            "give [tokens, width], or [frames, tokens, width]",
        )

    for key, array in arrays.items():
        if len(array.shape) < len(shape) - 1:
            raise InputError(
                "input",
                f"{path} {sample_id}",
                f"has {key} of shape {list(array.shape)} beside features of shape {list(shape)}",
                f"give {list(shape[:-1])}{', and a width' if key == 'keys' else ''}",
            )

    if layout.skip_tokens >= shape[-2]:
        raise InputError(
            "skip_tokens",
            layout.skip_tokens,
            f"leaves none of {shape[-2]} tokens (in {path}, {sample_id})",
            "give the number of class and register tokens ahead of the patches",
        )

    def clip(samples: slice) -> Clip:
        given = {}
        for key, array in arrays.items():
            frames = array[None] if len(shape) == 2 else array[samples]
            given[key] = frames[:, layout.skip_tokens :]
        try:
            return Clip(grid=layout.grid, **given)
        except InputError as error:
            remedy = None
            left = shape[-2] - layout.skip_tokens
            if error.name == "grid" and isqrt(left - 1) ** 2 == left - 1:
                remedy = f"give its rows and columns, or --skip-tokens {layout.skip_tokens + 1} "
                remedy += "if the first is a class token"
            problem = f"{error.problem} (in {path}, {sample_id})"
            raise error.but(problem=problem, remedy=remedy) from None

    clips = {sample_id: slice(None)}
    if layout.stacked and len(shape) == 3:
        clips = {f"{sample_id}/{i}": slice(i, i + 1) for i in range(shape[0])}
    for name, samples in clips.items():
        yield Sample(id=name, clip=clip(samples), source=(str(path),), source_sha256=(digest,))


def import_files(
    files: Iterable[tuple[str, Path]],
    layout: Layout,
    writer: CacheWriter,
    progress: Callable[[int], None] = lambda done: None,
    join: Callable[[Sample], Sample] = lambda sample: sample,
) -> int:
    """Writes the samples of all files; those that the cache holds already are left as they are.

    Args:
        files: with the ids that stand for them.
        layout: of their arrays.
        writer: the cache, entered.
        progress: told of every file.
        join: adds to a sample what its file does not say, as `Described.join` does.

    Returns:
        How many were left.

    Raises:
        InputError: as `import_file` does; where two of the files give a sample one name.

    """
    met: dict[str, Path] = {}
    left = 0
    for name, path in files:
        for sample in import_file(name, path, layout):
            if sample.id in met:
                raise InputError(
                    "id",
                    sample.id,
                    f"names two samples, of {met[sample.id]} and of {path}",
                    "rename a file, or import it into a cache of its own",
                )
            met[sample.id] = path
            if sample.id in writer:
                left += 1
                continue
            described = join(sample)
            try:
                writer.add(described)
            except InputError as error:
                raise error.but(problem=f"{error.problem} (in {path})") from None
        progress(1)
    return left
