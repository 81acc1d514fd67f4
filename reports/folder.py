"""A report on disk: a folder that is replaced whole, and never takes the place of anything else."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

from ..core.errors import InputError

MARKER = "report.json"
"""Lists the files of a report with their SHA-256, and so tells it from any other folder."""

_OTHER = "name a new folder, such as evtp-report"


def check_folder(folder: Path) -> Path:
    """The place of a report, if a report may be written there.

    That is a folder that does not exist, is empty, or holds a report of which nothing was changed
    and to which nothing was added.

    Args:
        folder: as the user named it.

    Returns:
        Its absolute path.

    Raises:
        InputError: where it may not.

    """
    place = folder.expanduser().resolve()
    if place.exists() and not place.is_dir():
        raise InputError("output", folder, "is a file", _OTHER)
    if not place.parent.is_dir():
        raise InputError(
            "output", folder, "its parent folder does not exist", f"create {place.parent} first"
        )
    if place == Path.cwd():
        raise InputError("output", folder, "is the folder you are in", _OTHER)
    if os.path.ismount(place):
        raise InputError("output", folder, "is a mount point", "name a folder inside it")
    if place.is_dir() and any(place.iterdir()):
        _check_untouched(folder, place)
    try:
        with tempfile.TemporaryFile(dir=place.parent):
            pass
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise InputError(
            "output", folder, f"its parent folder cannot be written ({reason})", _OTHER
        ) from None
    return place


@contextlib.contextmanager
def replacing_folder(place: Path) -> Iterator[Path]:
    """An empty folder beside `place` that takes its place once the block has succeeded.

    An earlier report leaves between two renames, so that no reader meets half of one, and comes
    back where the second rename fails.
    """
    with contextlib.ExitStack() as stack:
        fresh = Path(tempfile.mkdtemp(dir=place.parent, prefix=f".{place.name}."))
        stack.callback(shutil.rmtree, fresh, ignore_errors=True)
        content = fresh / "new"
        content.mkdir()
        yield content
        _sign(content)
        former = fresh / "former"
        if place.exists():
            place.rename(former)
        try:
            content.rename(place)
        except OSError:
            if former.exists():
                former.rename(place)
            raise


def _sign(content: Path) -> None:
    listing = {"evtp_report": 1, "files": _hashes(content)}
    (content / MARKER).write_text(json.dumps(listing, indent=1) + "\n", encoding="utf-8")


def _hashes(folder: Path) -> dict[str, str]:
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path != folder / MARKER
    }


def _check_untouched(folder: Path, place: Path) -> None:
    """Raises `InputError` unless the folder is a report as it was written."""
    try:
        listed = json.loads((place / MARKER).read_text(encoding="utf-8"))
        files = dict(listed["files"])
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        raise InputError("output", folder, "is not empty and is no report", _OTHER) from None
    found = _hashes(place)
    changed = sorted(path for path, digest in found.items() if files.get(path) != digest)
    if changed:
        more = f" and {len(changed) - 1} more" if len(changed) > 1 else ""
        raise InputError(
            "output",
            folder,
            f"holds files that are not as the report left them: {changed[0]}{more}",
            "move them away, or name another folder",
        )
