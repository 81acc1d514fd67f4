"""A pruner as the tools see it: its function, its options and what it needs."""

from __future__ import annotations

import inspect
import linecache
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache, partial
from importlib.metadata import EntryPoint, entry_points
from importlib.util import decode_source
from pathlib import Path
from types import ModuleType
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from ..core.errors import InputError, unknown
from ..core.registry import Registry
from ..features.geometry import F32
from ..features.types import OPTIONAL_INPUTS
from .option_values import read, refuse_joined
from .running import aside

Prune = Callable[..., Any]

METHODS: Registry[Prune] = Registry("method", f"{__package__}.methods", "prune")
"""The built-in methods. See `evtp.pruners.methods` for what a file there holds."""


class Merged(NamedTuple):
    """What a merging method returns in the place of bare indices.

    Args:
        indices: int64 [K], for each group the token that stands for it, in any order.
        groups: int64 [N], for every token the position in `indices` of its group.
        features: float32 [K, d], the merged features, in the order of `indices`.

    """

    indices: npt.NDArray[np.int64]
    groups: npt.NDArray[np.int64]
    features: F32


@dataclass(frozen=True)
class Pruner:
    """A method ready to be called.

    Args:
        name: as the command line spells it.
        prune: ``prune(frame, k, **options)``.
        summary: one line.
        options: its options with their defaults, without the seed.
        seeded: whether it takes a seed, and so draws at random.
        needs: the inputs it needs beside the features, by their defaults.
        nested: whether the first j of its picks are its answer for j, so that one run at the
            largest budget serves all smaller ones.
        file: the user's own file that it is from, which need not be where `prune` is written.

    """

    name: str
    prune: Prune
    summary: str
    options: Mapping[str, Any]
    seeded: bool
    needs: tuple[str, ...]
    nested: bool
    file: Path | None = None

    @classmethod
    def of(cls, name: str, prune: Prune) -> Pruner:
        """The pruner that a module's `prune` function makes.

        Raises:
            InputError: where it cannot be called as ``prune(frame, k)``.

        """
        try:
            parameters = list(inspect.signature(prune).parameters.values())
        except (TypeError, ValueError):  # written in C, or no function at all
            parameters = []
        named = parameters[2:]
        if len(parameters) < 2 or any(
            p.default is p.empty or p.kind is not p.KEYWORD_ONLY for p in named
        ):
            raise InputError(
                "pruner",
                name,
                "its prune does not take (frame, k), then options by name with defaults",
                "write it as: def prune(frame, k, *, option=default)",
            )
        module = sys.modules.get(getattr(prune, "__module__", ""))
        doc = inspect.getdoc(module) if module else None
        doc = doc or inspect.getdoc(prune) or ""
        needs = getattr(module, "NEEDS", ())
        if not isinstance(needs, tuple | list) or any(
            need not in OPTIONAL_INPUTS for need in needs
        ):
            raise InputError(
                "pruner",
                name,
                f"its NEEDS {needs!r} are no inputs",
                f"name some of {', '.join(OPTIONAL_INPUTS)}",
            )
        return cls(
            name=name,
            prune=prune,
            summary=doc.splitlines()[0] if doc else "",
            options={p.name: p.default for p in named if p.name != "seed"},
            seeded=any(p.name == "seed" for p in named),
            needs=tuple(needs),
            nested=bool(getattr(module, "NESTED", False)),
        )

    @property
    def function(self) -> Prune:
        """`prune` as it is written, without the options that are set in its name."""
        written: Prune = getattr(self.prune, "func", self.prune)
        return written

    def checked(self, options: Mapping[str, Any]) -> dict[str, Any]:
        """The options, if the method has them all.

        Raises:
            InputError: for one that it does not have.

        """
        for option in options:
            if option not in self.options:
                error = unknown("option", option, self.options)
                if not self.options:
                    error.remedy = f"{self.name} has no options"
                raise InputError("option", option, f"{self.name} has no such option", error.remedy)
        return dict(options)

    def with_options(self, settings: Sequence[str]) -> Pruner:
        """The pruner with other defaults, named after them.

        Args:
            settings: ``OPTION=VALUE``, each with a value of its default's type: a number, a word,
                or a truth value (``true`` or ``false``).

        Raises:
            InputError: for an option that it does not have, a value of another type, or options
                that a comma joins.

        """
        values: dict[str, Any] = {}
        for setting in settings:
            refuse_joined(self.name, setting, self.options)
            option, _, text = setting.partition("=")
            try:
                self.checked({option: text})
            except InputError as error:
                raise error.but(
                    name="method",
                    value=f"{self.name}:{setting}",
                    problem=f"has no option {option}",
                ) from None
            try:
                values[option] = read(text, self.options[option])
            except ValueError as error:
                raise InputError(
                    "method",
                    f"{self.name}:{setting}",
                    str(error),
                    f"give one such as {option}={self.options[option]}",
                ) from None
        return replace(
            self,
            name=":".join([self.name, *settings]),
            prune=partial(self.prune, **values),
            options={**self.options, **values},
        )


def names() -> list[str]:
    """The names of all methods: the built-in ones, then those of installed packages."""
    return [*METHODS.names(), *sorted(_installed())]


@cache
def load(name: str) -> Pruner:
    """The method called `name`, with options where it is ``NAME:OPTION=VALUE[:OPTION=VALUE]``.

    Raises:
        InputError: where there is none, with suggestions; where it lacks an option, or is of an
            installed package and cannot be imported.

    """
    name, *settings = name.split(":")
    pruner = _load(name)
    return pruner.with_options(settings) if settings else pruner


def _load(name: str) -> Pruner:
    if name in METHODS.names():
        return Pruner.of(name, METHODS.load(name))
    if name not in _installed():
        raise unknown("method", name, names())
    point = _installed()[name]
    try:
        with aside():
            prune = point.load()
    except (Exception, SystemExit) as error:
        raise InputError(
            "method",
            name,
            f"cannot be imported from {point.value} ({type(error).__name__}: {error})",
            f"mend or uninstall {_package_of(point)}",
        ) from error
    return Pruner.of(name, prune)


def taken() -> dict[str, str]:
    """By name the packages whose method has the name of a built-in one, and so cannot be used."""
    built_in = METHODS.names()
    return {p.name: _package_of(p) for p in _entry_points() if p.name in built_in}


def _package_of(point: EntryPoint) -> str:
    return point.dist.name if point.dist else point.module.partition(".")[0]


def from_file(path: Path) -> Pruner:
    """The pruner in a user's own Python file, named after the file.

    The file is executed.

    Raises:
        InputError: where it is missing, fails on import or holds no ``prune`` function.

    """
    name = path.stem.replace("_", "-")
    if not path.is_file():
        file, options = str(path).partition(":")[::2]
        if options and Path(file).is_file():
            remedy = f"give --pruner {file} --method {Path(file).stem.replace('_', '-')}:{options}"
            raise InputError("pruner", path, "is a file with options", remedy)
        raise InputError("pruner", path, "no such file", "give the path of a Python file")
    if ":" in name or "," in name:  # which part a method from its options, and from the next
        raise InputError("pruner", path, "has a colon or a comma in its name", "rename the file")
    if path.suffix != ".py":
        raise InputError("pruner", path, "is no Python file", "give a file that ends in .py")
    try:
        source = decode_source(path.read_bytes())
    except (SyntaxError, UnicodeDecodeError) as error:
        raise _no_module(path, error) from error
    return from_source(source, path)


def from_source(source: str, path: Path) -> Pruner:
    """The pruner in the text of a Python file, which need not lie at `path`.

    The code is executed.

    Raises:
        InputError: where it fails on import or holds no ``prune`` function.

    """
    module = ModuleType(f"evtp_user_pruner_{path.stem}")
    module.__file__ = str(path)
    sys.modules[module.__name__] = module
    try:
        # Compilers look the text of a function up, also where no file has it.
        lines = source.splitlines(keepends=True)
        linecache.cache[str(path)] = (len(source), None, lines, str(path))
        # Not by an import, which leaves a `__pycache__` beside the user's file.
        with aside():
            exec(compile(source, str(path), "exec", dont_inherit=True), module.__dict__)
    except (Exception, SystemExit) as error:
        raise _no_module(path, error) from error
    prune = getattr(module, "prune", None)
    if not callable(prune):
        raise InputError("pruner", path, "holds no function prune", "define prune(frame, k) in it")
    return replace(Pruner.of(path.stem.replace("_", "-"), prune), file=path)


def _no_module(path: Path, error: BaseException) -> InputError:
    reason = f"{type(error).__name__}: {error}"
    remedy = "mend it"
    if isinstance(error, ModuleNotFoundError):
        remedy = f"install {error.name}, or name the folder it lies in in PYTHONPATH"
    return InputError("pruner", path, f"cannot be imported ({reason})", remedy)


@cache
def _entry_points() -> tuple[EntryPoint, ...]:
    return tuple(entry_points(group="evtp.pruners"))


def _installed() -> dict[str, EntryPoint]:
    """Entry points of the group ``evtp.pruners``; a built-in name cannot be taken."""
    built_in = METHODS.names()
    return {point.name: point for point in _entry_points() if point.name not in built_in}
