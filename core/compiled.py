"""Loading modules of numba kernels, with one warning where they cannot be had."""

from __future__ import annotations

import importlib
import warnings
from functools import cache
from types import ModuleType

_warned: list[str] = []


@cache
def kernels(module: str) -> ModuleType | None:
    """The module of compiled kernels called `module`, or None where numba cannot serve.

    The kernels are declared with their types and ``cache=True``: the first import on a machine
    compiles them, later ones read the machine code from numba's cache on disk. Where numba is
    switched off (``NUMBA_DISABLE_JIT``), cannot compile or finds no folder to keep its cache in,
    the caller takes its NumPy path, which gives the same answer, and the user is told once.

    Args:
        module: its full dotted name.

    """
    try:
        import numba

        if getattr(numba.config, "DISABLE_JIT"):  # noqa: B009 - made at run time
            raise RuntimeError("NUMBA_DISABLE_JIT is set")
        return importlib.import_module(module)
    except Exception as error:  # numba has no common base for what can go wrong on a machine
        if not _warned:
            _warned.append(module)
            reason = (str(error).strip().splitlines() or [type(error).__name__])[0]
            warnings.warn(
                f"compiled kernels are not available ({reason}); the slower NumPy path gives the "
                "same answer. Set NUMBA_CACHE_DIR to a writable folder, or mend numba.",
                RuntimeWarning,
                stacklevel=3,
            )
        return None
