"""How far a log file has been taken in: so that an import that was stopped goes on there.

A bookmark lies beside the spool and is written after each durable step. It names the file by
its first event and knows the events up to its line by a running digest, so that a file which only
begins alike is read from its beginning. Losing a bookmark loses nothing: what is read again is
recognised by intake.
"""

from __future__ import annotations

import hashlib
import os
from pathlib import Path
from typing import Any, NamedTuple

import orjson


class Bookmark(NamedTuple):
    """A place in a log file.

    session   names the file, by its first event
    line      the last line taken in, from 1
    digest    of the audit ids and stages up to there
    sequence  the spool's last sequence then; what lies there beyond it came from after `line`
    from_at   of the interval heard up to there, microseconds since 1970-01-01 UTC
    to_at     the same
    """

    session: str
    line: int
    digest: str
    sequence: int
    from_at: int
    to_at: int


class Reading:
    """The running digest of the events of one file."""

    def __init__(self) -> None:
        self._digest = hashlib.blake2b(digest_size=16)
        self.session = ""

    def add(self, event: dict[str, Any]) -> None:
        """One more event, of the shape `audit_file` hands out."""
        key = f"{event['auditID']}/{event['stage']}\n".encode("utf-8", "surrogatepass")
        self._digest.update(key)
        if not self.session:
            self.session = self._digest.hexdigest()[:16]

    @property
    def digest(self) -> str:
        """Of all events added so far."""
        return self._digest.hexdigest()


class Bookmarks:
    """The bookmarks of one memory, one file each."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def find(self, session: str) -> Bookmark | None:
        """The bookmark of a file; None if there is none or it cannot be read."""
        try:
            found = orjson.loads((self.folder / f"{session}.json").read_bytes())
            return Bookmark(**found)
        except (FileNotFoundError, ValueError, TypeError):
            return None

    def put(self, bookmark: Bookmark) -> None:
        """Replace the bookmark of its file; on return it survives power loss."""
        self.folder.mkdir(parents=True, exist_ok=True)
        path = self.folder / f"{bookmark.session}.json"
        draft = path.with_suffix(".new")
        with draft.open("wb") as file:
            file.write(orjson.dumps(bookmark._asdict()))
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
