"""What people know about one object: a Markdown file with a section for each note.

The store calls this when a note is pinned to an object. For people only: the note itself is
read back from its commit, so nothing parses this file again, but for finding the section of a
note that is edited or taken back.

    # payments/deployment payment-api

    <!-- note 9c0f1d7e3a5b4c6d8e9f0a1b2c3d4e5f -->
    ## 2026-11-23 02:48 UTC, sarah@example.com

    Never below 3 replicas: the cache warms up slowly.
"""

from __future__ import annotations

import re

from kubectl_smart.memory.records.notes import Note
from kubectl_smart.memory.records.objects import ObjectRef
from kubectl_smart.memory.records.times import to_datetime

_UNPRINTABLE = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
_NEXT = re.compile(rb"^<!-- note [^\n]* -->$", re.MULTILINE)


def _line(text: str) -> str:
    return " ".join(_UNPRINTABLE.sub(" ", text).split())


def _minute(instant: int) -> str:
    return to_datetime(instant).strftime("%Y-%m-%d %H:%M UTC")


def _mark(note: Note) -> str:
    return f"<!-- note {_line(note.id).replace('--', '- -')} -->"


def heading(ref: ObjectRef) -> str:
    """The first line of the file about this object."""
    return f"# {_line(ref.title)}\n"


def section(note: Note) -> str:
    """The note as a section: when and who, the field if there is one, the words.

    Words cannot begin a comment, and so neither hide what follows nor look like another section.
    """
    who = _line(note.author.name) or "unknown"
    said_at = _minute(note.happened_at)
    if note.retracted:
        gone = f"Taken back {_minute(note.version_at)} by {who}."
        return f"{_mark(note)}\n## {said_at}, taken back\n\n{gone}\n"
    lines = [_mark(note), f"## {said_at}, {who}", ""]
    if note.field:
        lines += [f"About `{_line(note.field)}`.", ""]
    text = note.text.replace("\r\n", "\n").replace("\r", "\n").replace("<!--", r"\<!--")
    lines.append(_UNPRINTABLE.sub("\N{REPLACEMENT CHARACTER}", text).strip("\n"))
    if note.changed_at:
        lines += ["", f"Edited {_minute(note.changed_at)}."]
    if note.permalink:
        lines += ["", f"Said at <{_line(note.permalink)}>"]
    return "\n".join(lines) + "\n"


def with_note(existing: bytes | None, note: Note) -> bytes:
    """The file with this version of the note: in the place of an earlier one, or at its end.

    `existing` is None if there is no file yet. ValueError for a note that is pinned to no object.
    """
    if note.about is None:
        raise ValueError("the note is not about an object")
    before = heading(note.about).encode() if existing is None else existing.rstrip(b"\n") + b"\n"
    new = section(note).encode()
    mark = b"\n" + _mark(note).encode() + b"\n"
    at = before.find(mark)
    if at < 0:
        return before + b"\n" + new
    following = _NEXT.search(before, at + len(mark))
    rest = b"" if following is None else b"\n" + before[following.start() :]
    return before[: at + 1] + new + rest
