"""A log and the files it was rotated into: which is which, and in what order they were written.

A file is known again by its first bytes, not by its name or inode: rotation renames it,
compression copies it, and inodes are used again.
"""

from __future__ import annotations

import gzip
import hashlib
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import IO, NamedTuple, cast

HEAD = 512
"""Bytes by which a file is known: an audit event begins with its audit id and is longer."""


class Head(NamedTuple):
    """The first bytes of a file: a digest of `size` bytes."""

    size: int
    digest: str


def opened(path: Path) -> IO[bytes]:
    """The file, unpacked if it is packed. OSError."""
    if path.suffix == ".gz":
        return cast("IO[bytes]", gzip.open(path, "rb"))
    return path.open("rb")


def head_of(file: IO[bytes]) -> Head:
    """Its head; the place it is read from is left at the beginning."""
    file.seek(0)
    data = file.read(HEAD)
    file.seek(0)
    return Head(len(data), hashlib.sha256(data).hexdigest())


def begins_with(path: Path, head: Head) -> bool:
    """Whether the file at the path is the one with this head; it may have grown since."""
    try:
        with opened(path) as file:
            data = file.read(head.size)
    except (OSError, EOFError, zlib.error):
        return False
    return len(data) == head.size and hashlib.sha256(data).hexdigest() == head.digest


def rotated(path: Path) -> list[Path]:
    """What the log was rotated into, oldest first: `audit-<time>.log`, `audit.log.1`, also packed.

    A file that stands there plain and packed (it is being packed) is given once, plain.
    """
    found = [one for one in _siblings(path) if one != path]
    plain = {one.name for one in found}
    kept = [one for one in found if one.suffix != ".gz" or one.stem not in plain]
    return sorted(kept, key=lambda one: (changed_at(one), -_number(one), one.name))


def _siblings(path: Path) -> Iterator[Path]:
    try:
        for one in path.parent.iterdir():
            name = one.name.removesuffix(".gz")
            dated = name.startswith(f"{path.stem}-") and name.endswith(path.suffix)
            if (dated or name.startswith(f"{path.name}.")) and one.is_file():
                yield one
    except OSError:
        return


def _number(path: Path) -> int:
    """Of `audit.log.3`: the higher, the older. 0 for others."""
    last = path.name.removesuffix(".gz").rpartition(".")[2]
    return int(last) if last.isdecimal() else 0


def changed_at(path: Path) -> int:
    """When its newest line was written, in ns: packing keeps that, renaming does not touch it.

    0 for a file that is gone.
    """
    try:
        return path.stat().st_mtime_ns
    except OSError:
        return 0
