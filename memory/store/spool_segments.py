"""How the spool lies on disk: frames in segments, and the file `done`.

A segment is a file named by the first sequence it may hold (`00000000000000004711.spool`): a run of
frames, each one entry and a checksum. `done` says how far the recorder came.
"""

from __future__ import annotations

import errno
import json
import struct
import zlib
from pathlib import Path
from typing import NamedTuple

from kubectl_smart.memory.records.errors import MemoryDamaged, StorageFull
from kubectl_smart.memory.store.protocols import NO_PROGRESS, Progress, SpoolEntry, SpoolItem

MAGIC = b"\xf5SP1"
# magic, length of what follows the checksum, checksum of it
_HEAD = struct.Struct("<4sII")
# sequence, first sequence of the append, received_at, length of key, length of source
_BODY = struct.Struct("<QQqHH")
_SUFFIX = ".spool"
_DONE = "done"
_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}


class Frame(NamedTuple):
    """One entry as it lies in a segment; `end` is the offset behind it."""

    entry: SpoolEntry
    append_first: int
    end: int


def pack(item: SpoolItem, sequence: int, append_first: int) -> bytes:
    """The frame of an item; `append_first` is the first sequence of its append."""
    key, source = item.key.encode(), item.source.encode()
    lengths = _BODY.pack(sequence, append_first, item.received_at, len(key), len(source))
    payload = b"".join((lengths, key, source, item.body))
    return _HEAD.pack(MAGIC, len(payload), zlib.crc32(payload)) + payload


def unpack(data: bytes | memoryview, offset: int) -> Frame | None:
    """The frame at an offset; None if there is no whole and sound frame."""
    start = offset + _HEAD.size
    if start > len(data):
        return None
    magic, length, checksum = _HEAD.unpack_from(data, offset)
    end = start + length
    if magic != MAGIC or length < _BODY.size or end > len(data):
        return None
    payload = bytes(data[start:end])
    if zlib.crc32(payload) != checksum:
        return None
    sequence, append_first, received_at, key_size, source_size = _BODY.unpack_from(payload)
    key_end = _BODY.size + key_size
    body_start = key_end + source_size
    key = payload[_BODY.size : key_end].decode()
    source = payload[key_end:body_start].decode()
    entry = SpoolEntry(key, source, received_at, payload[body_start:], sequence)
    return Frame(entry, append_first, end)


def segment_path(folder: Path, first: int) -> Path:
    """The file of the segment that begins with this sequence."""
    return folder / f"{first:020d}{_SUFFIX}"


def segments_in(folder: Path) -> list[int]:
    """First sequences of the segments there are, in order."""
    return sorted(int(path.stem) for path in folder.iterdir() if path.suffix == _SUFFIX)


def read_done(folder: Path) -> tuple[int, Progress]:
    """(discarded, progress); nothing where the file is missing or torn.

    Then entries are read again and found committed.
    """
    try:
        through, position, still_open = json.loads((folder / _DONE).read_text("ascii"))
        return int(through), Progress(int(position), tuple(map(int, still_open)))
    except (FileNotFoundError, ValueError, TypeError):
        return 0, NO_PROGRESS


def write_done(folder: Path, through: int, progress: Progress) -> None:
    """Replace it; not synced, since an older one only means more to look through.

    StorageFull if there is no room: then the older one stays.
    """
    draft = folder / f"{_DONE}.new"
    try:
        draft.write_text(json.dumps([through, progress.position, progress.still_open]), "ascii")
        draft.replace(folder / _DONE)
    except OSError as error:
        if is_full(error):
            raise no_room(folder) from error
        raise


def is_full(error: OSError) -> bool:
    """Whether it says that there is no room."""
    return error.errno in _FULL


def no_room(folder: Path) -> StorageFull:
    """What to say then."""
    return StorageFull(
        f"no room left for the spool in {folder}",
        "make room on that disk, then run the same command again",
    )


def damaged(path: Path, offset: int) -> MemoryDamaged:
    """A segment holds something else than frames at this byte."""
    return MemoryDamaged(
        f"the spool segment {path.name} is damaged at byte {offset}",
        "restore the file, or move it away and send again what was not yet committed",
    )
