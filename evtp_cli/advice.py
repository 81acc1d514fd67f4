"""From an exception to the one line that a user reads, and the exit code."""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Sequence
from functools import partial
from typing import Any

import typer
from typer.core import TyperGroup

from ..core.errors import CheckFailed, InputError, unknown
from .output import UNENCODABLE, note
from .remarks import forget_remarks, say_remarks
from .typed import remember

BAD_INPUT = 2
INTERRUPTED = 130

# Typer brings its own copy of Click and exports only a leaf of its exception tree.
_UsageError: type[Exception] = typer.BadParameter.__mro__[1]


class AdvisedGroup(TyperGroup):
    """A command group whose failures are one line on stderr: what, which value, what to do.

    The option ``--debug``, anywhere on the line, shows the traceback instead.
    """

    _running: Any = None
    """The command that this group was last asked for."""

    def main(
        self,
        args: Sequence[str] | None = None,
        prog_name: str | None = None,
        complete_var: str | None = None,
        standalone_mode: bool = True,
        windows_expand_args: bool = True,
        **extra: Any,
    ) -> Any:
        """Runs the command line; with `standalone_mode` it ends in `SystemExit`."""
        line = list(sys.argv[1:] if args is None else args)
        debug = "--debug" in line
        if isinstance(sys.stdout, io.TextIOWrapper):
            sys.stdout.reconfigure(errors=UNENCODABLE)
        line = [word for word in line if word != "--debug"]
        remember(line)
        run = partial(
            super().main, line, prog_name, complete_var, False, windows_expand_args, **extra
        )
        if not standalone_mode:
            return run()
        try:
            code = run()
            say_remarks()
        except typer.Abort:
            code = INTERRUPTED
        except BrokenPipeError:
            # The reader of our output has gone (`evtp ... | head`): nothing is left to say, also
            # not when the interpreter flushes stdout on its way out.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            sys.exit(0)
        except (InputError, CheckFailed, OSError, MemoryError, _UsageError) as error:
            if isinstance(error, CheckFailed):
                say_remarks()
            if debug:
                raise
            if isinstance(error, _UsageError) and not str(error):
                sys.exit(0)  # a group without a command, whose help is on stdout
            note(f"error: {' '.join(self._advice(error).split())}")
            sys.exit(1 if isinstance(error, CheckFailed) else BAD_INPUT)
        finally:
            forget_remarks()
        if code == INTERRUPTED:  # what Typer makes of Ctrl-C
            note("interrupted")
        sys.exit(code if isinstance(code, int) else 0)

    def _advice(self, error: Exception) -> str:
        if isinstance(error, InputError):
            return error.line(self._option(error.name))
        if isinstance(error, _UsageError):
            if refusal := _refused_value(error):
                return f"{refusal}; see {self._help_of(error)}"
            message = error.format_message().rstrip(".")  # type: ignore[attr-defined]
            context = getattr(error, "ctx", None)
            options = [param.name for param in context.command.params] if context else []
            if "extra argument" in message and "cache" in options:
                message += "; a cache is named by --cache"
            if context and message == "No such option: --method" and "method" in options:
                message += f"; name it as in `{context.command_path} evtp`"
            return f"{' '.join(message.split())}; see {self._help_of(error)}"
        if isinstance(error, MemoryError):
            return "out of memory; use fewer tokens or frames at a time"
        if isinstance(error, OSError) and error.filename is not None:
            return f"{error.filename}: {(error.strerror or str(error)).lower()}; check the path"
        return str(error)

    def _option(self, name: str) -> str:
        """The spelling on the command line of a parameter of the command that was running."""
        command = self._running
        while isinstance(command, AdvisedGroup) and command._running is not None:
            command = command._running
        spellings = {
            param.name.rstrip("_"): param.opts[0] for param in getattr(command, "params", ())
        }
        spelling = spellings.get(name, name)
        return spelling if spelling.startswith("--") else name

    @staticmethod
    def _help_of(error: Any) -> str:
        path = error.ctx.command_path if getattr(error, "ctx", None) else "evtp"
        return f"`{path} --help`"

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """As every group; what ran before is forgotten."""
        self._running = None
        return super().parse_args(ctx, args)

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """The named command; an unknown one is an `InputError` with suggestions."""
        name = args[0]
        if self.get_command(ctx, name) is None and not name.startswith("-"):
            raise unknown("command", name, self.list_commands(ctx))
        found = super().resolve_command(ctx, args)
        self._running = found[1]
        return found


_PROBLEMS = {
    "int_parsing": "is no whole number",
    "float_parsing": "is no number",
    "greater_than_equal": "is below {ge}",
    "less_than_equal": "is above {le}",
}
"""What is wrong with a value, by the kind of pydantic's error."""


def _refused_value(error: Exception) -> str:
    """The option, its value and what is wrong with it; nothing where that is not known.

    Typer's own line leaves the value out, and keeps pydantic's error as its cause.
    """
    option = getattr(error, "param", None)
    found: list[Any] = getattr(error.__cause__, "errors", list)()
    if option is None or not found or found[0]["type"] not in _PROBLEMS:
        return ""
    problem = _PROBLEMS[found[0]["type"]].format(**found[0].get("ctx", {}))
    return f"{option.opts[0]} {found[0]['input']}: {problem}"
