"""What people know about one object: a Markdown file to which each note adds a section.

The store calls this when a note is pinned to an object. For people only: the note itself is
read back from its commit, so nothing parses this file again.

    # payments/deployment payment-api

    ## 2026-11-23 02:48 UTC, sarah@example.com

    Never below 3 replicas: the cache warms up slowly.
"""

from __future__ import annotations

import re

from kubectl_smart.memory.records.notes import Note
from kubectl_smart.memory.records.objects import ObjectRef
from kubectl_smart.memory.records.times import to_datetime

_UNPRINTABLE = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")


def _line(text: str) -> str:
    return " ".join(_UNPRINTABLE.sub(" ", text).split())


def heading(ref: ObjectRef) -> str:
    """The first line of the file about this object."""
    return f"# {_line(ref.title)}\n"


def section(note: Note) -> str:
    """The note as a section: when and who, the field if there is one, the words."""
    said_at = to_datetime(note.happened_at).strftime("%Y-%m-%d %H:%M UTC")
    lines = [f"## {said_at}, {_line(note.author.name) or 'unknown'}", ""]
    if note.field:
        lines += [f"About `{_line(note.field)}`.", ""]
    text = note.text.replace("\r\n", "\n").replace("\r", "\n")
    lines.append(_UNPRINTABLE.sub("\N{REPLACEMENT CHARACTER}", text).strip("\n"))
    if note.permalink:
        lines += ["", f"Said at <{_line(note.permalink)}>"]
    return "\n".join(lines) + "\n"


def with_note(existing: bytes | None, note: Note) -> bytes:
    """The file with one more section at its end; `existing` is None if there is no file yet.

    ValueError for a note that is pinned to no object.
    """
    if note.about is None:
        raise ValueError("the note is not about an object")
    before = heading(note.about).encode() if existing is None else existing.rstrip(b"\n") + b"\n"
    return before + b"\n" + section(note).encode()
