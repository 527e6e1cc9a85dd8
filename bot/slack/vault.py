"""A small encrypted database: what is in it can be looked up, but not read, without the keys.

Values are sealed with Fernet (AES-128-CBC and HMAC-SHA256, the cryptography package), names are
replaced by an HMAC-SHA256 of themselves. The key of that HMAC is random, and kept in the database,
sealed. So keys can be changed without renaming anything, and what is open to see is how many
entries there are, how long they are and which key sealed them.
"""

from __future__ import annotations

import hmac
import os
import re
import sqlite3
import stat
from base64 import urlsafe_b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path

from cryptography.fernet import Fernet, InvalidToken

from kubectl_smart.memory.records.errors import BadInput, Busy, SmartError, StorageFull

_SCHEMA = (
    "CREATE TABLE IF NOT EXISTS entry ("
    " kind TEXT NOT NULL, team BLOB NOT NULL, name BLOB NOT NULL, number INTEGER NOT NULL,"
    " key TEXT NOT NULL, sealed BLOB NOT NULL, PRIMARY KEY (kind, team, name)) WITHOUT ROWID",
    "CREATE TABLE IF NOT EXISTS state (name BLOB PRIMARY KEY, until INTEGER NOT NULL)",
    "CREATE TABLE IF NOT EXISTS naming (one INTEGER PRIMARY KEY CHECK (one = 1),"
    " key TEXT NOT NULL, sealed BLOB NOT NULL)",
)
_WAIT = 10.0
"""Seconds to wait for another process that is writing."""


def new_key() -> str:
    """A fresh random key, as a line of a key file."""
    return urlsafe_b64encode(os.urandom(32)).decode("ascii")


class Keys:
    """Keys by their id, the newest first; it seals, all of them unseal."""

    def __init__(self, text: str) -> None:
        """Read them from text, one a line; a `#` begins a comment.

        BadInput if there is none, or if one is no key.
        """
        lines = [line.split("#")[0].strip() for line in re.split("[\n,]", text)]
        found: dict[str, Fernet] = {}
        for number, line in enumerate(lines, 1):
            if not line:
                continue
            try:
                found[_id_of(line)] = Fernet(line)
            except ValueError:
                raise BadInput(
                    f"line {number} of the keys for installations is no key", _MAKE
                ) from None
        if not found:
            raise BadInput("there is no key for installations", _MAKE)
        self._found = found
        self.newest = next(iter(found))

    def seal(self, content: bytes) -> tuple[str, bytes]:
        """The id of the newest key, and the content sealed with it."""
        return self.newest, self._found[self.newest].encrypt(content)

    def unseal(self, key: str, sealed: bytes) -> bytes:
        """The content. BadInput if its key is none of these, SmartError if it was tampered with."""
        if key not in self._found:
            raise BadInput(
                f"the installations were sealed with key {key}, which is none of yours "
                f"({', '.join(self._found)})",
                "add that key to the keys, below the newest",
            )
        try:
            return self._found[key].decrypt(sealed)
        except InvalidToken:
            raise SmartError(
                f"an installation that key {key} sealed was changed by somebody else",
                "restore the database from a backup, or delete it and install the app again",
            ) from None


_MAKE = "make one with `kubectl-smart slack key`"


def _id_of(key: str) -> str:
    """Eight hexadecimal digits that name a key of 32 random bytes and do not help to guess it."""
    return sha256(b"kubectl-smart key id\0" + key.encode()).hexdigest()[:8]


class Vault:
    """The database. Any thread may use it; every transaction has a connection of its own."""

    def __init__(self, path: Path, keys: Keys) -> None:
        """Open it, or make it with mode 0600.

        BadInput if others can read the file, if it is something else, or if the keys are others.
        """
        self._path = path
        self._keys = keys
        _private(path)
        with self._connection() as database:
            for statement in _SCHEMA:
                database.execute(statement)
            key, sealed = keys.seal(os.urandom(32))
            database.execute("INSERT OR IGNORE INTO naming VALUES (1, ?, ?)", (key, sealed))
            (held,) = database.execute("SELECT key, sealed FROM naming")
        self._naming = keys.unseal(*held)

    def name(self, *parts: str) -> bytes:
        """What stands in the database for these words."""
        text = b"".join(len(part).to_bytes(4) + part.encode() for part in parts)
        return hmac.digest(self._naming, text, "sha256")

    def seal(self, content: bytes) -> tuple[str, bytes]:
        """Key id and sealed content."""
        return self._keys.seal(content)

    def unseal(self, key: str, sealed: bytes) -> bytes:
        """The content; the errors of `Keys.unseal`."""
        return self._keys.unseal(key, sealed)

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """All of it or nothing. Busy if another process writes for too long."""
        with self._connection() as database:
            yield database

    def renew(self) -> int:
        """Seal everything anew with the newest key; how many entries another key had sealed."""
        with self._connection() as database:
            changed = 0
            for table in ("entry", "naming"):
                columns = "kind, team, name" if table == "entry" else "one"
                rows = database.execute(
                    f"SELECT key, sealed, {columns} FROM {table} WHERE key <> ?",  # noqa: S608 - both names are ours
                    (self._keys.newest,),
                ).fetchall()
                where = " AND ".join(f"{column} = ?" for column in columns.split(", "))
                for key, sealed, *place in rows:
                    again = self.seal(self.unseal(key, sealed))
                    database.execute(
                        f"UPDATE {table} SET key = ?, sealed = ? WHERE {where}",  # noqa: S608 - as above
                        (*again, *place),
                    )
                changed += len(rows) if table == "entry" else 0
        return changed

    @contextmanager
    def _connection(self) -> Iterator[sqlite3.Connection]:
        database = None
        try:
            database = sqlite3.connect(self._path, timeout=_WAIT, isolation_level=None)
            # what is deleted is overwritten with zeros, sealed though it was
            database.execute("PRAGMA secure_delete = ON")
            database.execute("BEGIN IMMEDIATE")
            yield database
            database.execute("COMMIT")
        except sqlite3.Error as error:
            raise _told(error, self._path) from None
        finally:
            if database is not None:
                database.close()


def _private(path: Path) -> None:
    """Make the file if it is missing. BadInput if others can read it."""
    try:
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    except FileExistsError:
        if not path.is_file():
            raise BadInput(f"{path} is no file", "name another file") from None
        mode = stat.S_IMODE(path.stat().st_mode)
        if mode & 0o077:
            raise BadInput(
                f"{path} can be read by others (mode {mode:04o})", f"run chmod 600 {path}"
            ) from None
    except OSError as error:
        reason = (error.strerror or "it failed").lower()
        raise BadInput(f"{path} cannot be made: {reason}", "name another file") from None


def _told(error: sqlite3.Error, path: Path) -> SmartError:
    match getattr(error, "sqlite_errorcode", 0) & 0xFF:
        case sqlite3.SQLITE_BUSY | sqlite3.SQLITE_LOCKED:
            return Busy(f"{path} is being written by another process", "try again")
        case sqlite3.SQLITE_FULL:
            return StorageFull("the disk is full", "make room, then try again")
        case sqlite3.SQLITE_NOTADB | sqlite3.SQLITE_CORRUPT:
            return BadInput(
                f"{path} is no database of installations, or damaged",
                "restore it, or name another file and install the app again",
            )
    return SmartError(f"{path} cannot be used: {error}", "see to the file, then try again")
