"""The key of a memory: 32 random bytes that make the fingerprints of redacted values.

Two memories with different keys give different fingerprints of the same secret, so nobody can
look a fingerprint up in a table made elsewhere. It is the one file beside git worth keeping.
"""

from __future__ import annotations

import os
import secrets
from pathlib import Path

from kubectl_smart.memory.records.errors import MemoryDamaged

_BYTES = 32


def load_or_create_key(path: Path) -> bytes:
    """The 32 bytes at `path` (hex, mode 0600); made and made durable if there is no file.

    MemoryDamaged if the file does not hold 64 hex digits.
    """
    try:
        text = path.read_text("ascii", "replace").strip()
    except FileNotFoundError:
        return _create(path)
    try:
        key = bytes.fromhex(text)
    except ValueError:
        key = b""
    if len(key) != _BYTES:
        raise MemoryDamaged(
            f"the key file {path} does not hold 64 hexadecimal digits",
            "restore it from a backup: without it, fingerprints of old and new values differ",
        )
    return key


def _create(path: Path) -> bytes:
    """Write a new key beside its place, then link it there: whoever comes first wins."""
    path.parent.mkdir(parents=True, exist_ok=True)
    key = secrets.token_bytes(_BYTES)
    draft = path.with_name(f"{path.name}.{os.getpid()}")
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    try:
        os.write(handle, key.hex().encode() + b"\n")
        os.fsync(handle)
    finally:
        os.close(handle)
    try:
        os.link(draft, path)
    except FileExistsError:
        return load_or_create_key(path)
    finally:
        draft.unlink()
    return key
