"""Where a cache's files lie: a local folder read through memory maps, or any fsspec path."""

from __future__ import annotations

import contextlib
import errno
import mmap
import os
import platform
import secrets
from abc import ABC, abstractmethod
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any, BinaryIO, cast

from ..core.errors import InputError

LOCK = "writer.lock"
TEMPORARY = ".writing-"
"""What the name of a file begins with until it is whole."""

_OPEN_MAPS = 8
_PREFETCH = 1 << 18
_BUSY = "is being written by another run"


class Store(ABC):
    """The files of one folder, each of them written whole or not at all.

    Args:
        where: the folder as the user named it.

    """

    def __init__(self, where: str) -> None:
        self.where = where

    @abstractmethod
    def sizes(self) -> dict[str, int]:
        """The name and the bytes of every file; empty where the folder does not exist.

        Raises:
            InputError: where it is a file.

        """

    @abstractmethod
    def read(self, name: str, start: int, end: int) -> bytes | memoryview:
        """The bytes from `start` to `end`: a view of the mapped file, or a copy off a remote."""

    @abstractmethod
    def create(self, name: str) -> contextlib.AbstractContextManager[BinaryIO]:
        """A file that takes its name, and replaces its forerunner, once the block succeeded.

        Raises:
            InputError: where no space is left.

        """

    @abstractmethod
    def remove(self, name: str) -> None:
        """Deletes a file; one that is gone already is no error."""

    @abstractmethod
    def lock(self) -> contextlib.AbstractContextManager[None]:
        """Makes the folder, and keeps other writers out of it for the length of the block.

        Raises:
            InputError: where another run writes to it, or it is a file.

        """


def temporary_name(name: str) -> str:
    """What a file is called until it is whole; another for every writer of the same file."""
    return f"{TEMPORARY}{name}.{secrets.token_hex(4)}"


def open_store(path: str | os.PathLike[str]) -> Store:
    """The store at a local path, or at an fsspec URL such as ``s3://bucket/cache``.

    Raises:
        InputError: for a protocol that fsspec lacks, or lacks the package of.

    """
    where = os.fspath(path)
    if where.startswith("file://"):
        where = where.removeprefix("file://")
    if "://" not in where:
        return LocalStore(where)
    import fsspec

    try:
        system, root = fsspec.core.url_to_fs(where)
    except (ValueError, ImportError) as error:
        raise InputError(
            "cache", where, str(error), "install the package of that file system, or use a folder"
        ) from None
    return RemoteStore(where, system, root)


class LocalStore(Store):
    """A folder of the local file system; a file read is a file mapped, never copied."""

    def __init__(self, where: str) -> None:
        super().__init__(where)
        self._root = Path(where)
        # Few maps stay open however large the cache; arrays in use keep theirs alive.
        self._map = lru_cache(maxsize=_OPEN_MAPS)(self._open_map)

    def sizes(self) -> dict[str, int]:
        """The name and the bytes of every file; empty where the folder does not exist."""
        try:
            with os.scandir(self._root) as entries:
                return {entry.name: entry.stat().st_size for entry in entries if entry.is_file()}
        except FileNotFoundError:
            return {}
        except NotADirectoryError:
            raise InputError("cache", self.where, "is a file", "name a folder") from None

    def read(self, name: str, start: int, end: int) -> memoryview:
        """A view of the mapped file; it stays valid when the file is replaced."""
        mapped = self._map(name)
        if mapped is None:
            return memoryview(b"")
        if end - start >= _PREFETCH and hasattr(mapped, "madvise"):
            # Fetched as one run; left to itself the system fetches a few pages a fault.
            first = start - start % mmap.PAGESIZE
            mapped.madvise(mmap.MADV_WILLNEED, first, end - first)
        return memoryview(mapped)[start:end]

    def _open_map(self, name: str) -> mmap.mmap | None:
        with open(self._root / name, "rb") as file:
            if os.fstat(file.fileno()).st_size == 0:
                return None  # which cannot be mapped
            return mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)

    @contextlib.contextmanager
    def create(self, name: str) -> Iterator[BinaryIO]:
        """A temporary file, on the disk before it is renamed, so that no torn file has the name."""
        temporary = self._root / temporary_name(name)
        try:
            self._root.mkdir(parents=True, exist_ok=True)
            with open(temporary, "wb") as file:
                yield file
                file.flush()
                os.fsync(file.fileno())
            temporary.replace(self._root / name)
        except BaseException as error:
            temporary.unlink(missing_ok=True)
            if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT):
                raise InputError(
                    "output",
                    self.where,
                    "no space is left on the disk",
                    "free some and run the same command again: what is written stays valid",
                ) from None
            raise
        self._map.cache_clear()

    def remove(self, name: str) -> None:
        """Deletes a file; one that is gone already is no error."""
        (self._root / name).unlink(missing_ok=True)

    @contextlib.contextmanager
    def lock(self) -> Iterator[None]:
        """A lock of the operating system, which falls with the process that holds it."""
        from filelock import FileLock, Timeout

        try:
            self._root.mkdir(parents=True, exist_ok=True)
        except FileExistsError:
            raise InputError("output", self.where, "is a file", "name a folder") from None
        path = self._root / LOCK
        lock = FileLock(path, timeout=0)
        try:
            lock.acquire()
        except Timeout:
            raise InputError(
                "output", self.where, _BUSY, "wait for it, or write to another folder"
            ) from None
        try:
            yield
        finally:
            # Where nothing was written, not even the folder is left. A lock file that is gone while
            # another run waits for it is no lock, which that run's filelock sees.
            with contextlib.suppress(OSError):
                if os.listdir(self._root) == [LOCK]:
                    path.unlink()
                    self._root.rmdir()
            lock.release()


class RemoteStore(Store):
    """A folder of any fsspec file system, read by byte ranges.

    Args:
        where: the URL.
        system: the fsspec file system.
        root: the folder's path in it.

    """

    def __init__(self, where: str, system: Any, root: str) -> None:
        super().__init__(where)
        self._system = system
        self._root = root.rstrip("/")

    def _path(self, name: str) -> str:
        return f"{self._root}/{name}"

    def sizes(self) -> dict[str, int]:
        """The name and the bytes of every file; empty where the folder does not exist."""
        try:
            self._system.invalidate_cache(self._root)
            listing = self._system.ls(self._root, detail=True)
        except FileNotFoundError:
            return {}
        return {
            item["name"].rsplit("/", 1)[-1]: item["size"]
            for item in listing
            if item["type"] == "file"
        }

    def read(self, name: str, start: int, end: int) -> bytes:
        """The bytes of the range, and no others, off the file system."""
        return cast(bytes, self._system.cat_file(self._path(name), start=start, end=end))

    @contextlib.contextmanager
    def create(self, name: str) -> Iterator[BinaryIO]:
        """A file under a temporary name, moved to its own when whole."""
        temporary = self._path(temporary_name(name))
        self._system.makedirs(self._root, exist_ok=True)
        try:
            with self._system.open(temporary, "wb") as file:
                yield file
            self._system.mv(temporary, self._path(name))
        except BaseException:
            with contextlib.suppress(FileNotFoundError):
                self._system.rm_file(temporary)
            raise

    def remove(self, name: str) -> None:
        """Deletes a file; one that is gone already is no error."""
        with contextlib.suppress(FileNotFoundError):
            self._system.rm_file(self._path(name))

    @contextlib.contextmanager
    def lock(self) -> Iterator[None]:
        """A lock file: a remote has no lock that falls with its holder."""
        self._system.makedirs(self._root, exist_ok=True)
        path = self._path(LOCK)
        if self._system.exists(path):
            raise InputError(
                "output", self.where, _BUSY, f"wait for it; if none runs, delete its {LOCK}"
            )
        self._system.pipe_file(path, f"{platform.node()} {os.getpid()}\n".encode())
        try:
            yield
        finally:
            self.remove(LOCK)
