"""The errors a user can mend, each with its remedy."""

from __future__ import annotations

import difflib
from collections.abc import Iterable


class InputError(ValueError):
    """Input that cannot be used, said in one line with the way out.

    Args:
        name: the parameter at fault, as the Python API spells it (``keep``). The command line
            turns it into its option (``--keep``).
        value: what was given.
        problem: what is wrong with it, as a clause ("is above the 729 tokens of a frame").
        remedy: what to do instead, as an imperative ("give a count from 1 to 729").

    """

    def __init__(self, name: str, value: object, problem: str, remedy: str) -> None:
        self.name = name
        self.value = value
        self.problem = problem
        self.remedy = remedy
        super().__init__(self.line(name))

    def line(self, label: str) -> str:
        """The message on one line, with `label` in the place of the parameter's name."""
        value = " ".join(str(self.value).split())
        if len(value) > 120:
            value = value[:117] + "..."
        head = f"{label} {value}" if value else label
        return " ".join(f"{head}: {self.problem}; {self.remedy}".split())

    def but(
        self,
        *,
        name: str | None = None,
        value: object = None,
        problem: str | None = None,
        remedy: str | None = None,
    ) -> InputError:
        """The same error, seen from where more is known: with what is given in place of its own."""
        return type(self)(
            self.name if name is None else name,
            self.value if value is None else value,
            self.problem if problem is None else problem,
            self.remedy if remedy is None else remedy,
        )

    def __reduce__(self) -> tuple[object, ...]:
        # Exceptions cross process borders (worker pools), where the default would call
        # __init__ with the one formatted string.
        return (type(self), (self.name, self.value, self.problem, self.remedy))


class CheckFailed(Exception):  # noqa: N818 - a finding, not a programming error
    """A check that the user asked for found something wrong: exit code 1, not 2."""


def unknown(name: str, value: object, choices: Iterable[str]) -> InputError:
    """The error for a name that is not among `choices`, with the nearest ones suggested."""
    known = list(choices)
    several = [part.strip() for part in str(value).split(",")]
    if len(several) > 1 and set(several) <= set(known):
        return InputError(name, value, "is several, where one is taken", "give one of them")
    near = difflib.get_close_matches(str(value).lower(), known, n=3, cutoff=0.5)
    remedy = f"did you mean {' or '.join(near)}?" if near else f"choose from {', '.join(known)}"
    return InputError(name, value, "no such name", remedy)
