"""An incident report as a file: Markdown below a front matter of a few lines.

    ---
    # anything a person adds up here stays
    id: 2026-11-23-cache-outage
    title: Cache outage
    status: open
    opened: "2026-11-23T02:48:26Z"
    ---
    What happened ...

The store writes these; `incident edit` reads them back from an editor. What people add to the
front matter (comments, keys of theirs) stays from version to version; if it is no YAML any more,
it stays as comments.
"""

from __future__ import annotations

import re
from typing import Any, NamedTuple

from kubectl_smart.memory.formats.manifests import from_yaml, to_yaml
from kubectl_smart.memory.records.errors import BadInput
from kubectl_smart.memory.records.incidents import Incident, IncidentStatus
from kubectl_smart.memory.records.times import from_rfc3339, to_rfc3339

_FENCE = "---\n"
_OURS = ("id", "title", "status", "opened", "closed")
_KEY_LINE = re.compile(r"(id|title|status|opened|closed)[ \t]*:")
_CLOSED_LINE = re.compile(r"closed[ \t]*:")
_OPENING = re.compile(r"---[ \t]*\r?\n")
_CLOSING = re.compile(r"^---[ \t]*\r?(?:\n|\Z)", re.MULTILINE)
_UNSEEN = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff\ud800-\udfff]")
_SURROGATE = re.compile(r"[\ud800-\udfff]")
_REMEDY = "keep the lines between the two --- as they were"


class Report(NamedTuple):
    """What a report file says; who made this version, and when, its commit knows.

    opened_at and closed_at are microseconds since 1970-01-01 UTC; closed_at is 0 while open.
    """

    id: str
    title: str
    status: IncidentStatus
    opened_at: int
    closed_at: int
    text: str


def _ours(incident: Incident) -> dict[str, str]:
    found = {
        "id": _encodable(incident.id),
        "title": _encodable(incident.title),
        "status": incident.status.value,
        "opened": to_rfc3339(incident.opened_at),
    }
    if incident.closed_at:
        found["closed"] = to_rfc3339(incident.closed_at)
    return found


def _encodable(text: str) -> str:
    """The text without lone surrogates, which no file can hold."""
    return _SURROGATE.sub("\N{REPLACEMENT CHARACTER}", text)


def _yaml_lines(found: dict[str, str]) -> list[str]:
    return [to_yaml({key: found[key]}).decode() for key in _OURS if key in found]


def split(text: str) -> tuple[str, str] | None:
    """(front matter, text below) of a file; None if it does not start with a front matter."""
    begin = _OPENING.match(text)
    if begin is None:
        return None
    end = _CLOSING.search(text, begin.end())
    return (text[begin.end() : end.start()], text[end.end() :]) if end is not None else None


def body(data: bytes) -> str:
    """The text below the front matter, or all of it where there is none."""
    text = data.decode("utf-8", "replace")
    parts = split(text)
    return text if parts is None else parts[1]


def _kept_lines(front: str, ours: re.Pattern[str] = _KEY_LINE) -> list[str]:
    """The lines of a front matter that are not ours, with continuations of ours left out."""
    kept: list[str] = []
    inside = False
    for line in front.splitlines(keepends=True):
        if line[:1] not in (" ", "\t"):
            inside = ours.match(line) is not None
        if not inside:
            kept.append(line)
    return kept


def render(incident: Incident, previous: bytes | None = None) -> bytes:
    """The file of this version; what people added to the previous front matter stays."""
    found = _ours(incident)
    parts = split(previous.decode("utf-8", "replace")) if previous is not None else None
    front = _anew(found) if parts is None else _merged(parts[0].replace("\r\n", "\n"), found)
    return (_FENCE + front + _FENCE + _encodable(incident.text)).encode("utf-8")


def _anew(found: dict[str, str]) -> str:
    return "".join(_yaml_lines(found))


def _merged(front: str, found: dict[str, str]) -> str:
    """A front matter with our values in it: as it was, mended, or as comments below ours."""
    if _says(front, found):
        return front
    from kubectl_smart.memory.formats import front_matter  # takes long, and is seldom needed

    lines = _yaml_lines(found)
    quoted = frozenset(key for key, line in zip(found, lines, strict=True) if '"' in line)
    present = front if "closed" in found else "".join(_kept_lines(front, _CLOSED_LINE))
    kept = "".join(_kept_lines(front))
    comments = "".join(
        [
            f"{'' if line.startswith('#') else '# '}{_UNSEEN.sub(' ', line)}\n"
            for line in kept.split("\n")
            if line
        ]
    )
    mended = (front_matter.put(present, found, quoted), kept + _anew(found))
    for one in (*mended, comments + _anew(found)):
        if one is not None and _says(one, found):
            return one
    return _anew(found)


def _says(front: str, found: dict[str, str]) -> bool:
    """True if this front matter reads back as these values of ours."""
    try:
        said = from_yaml(front.encode("utf-8"))
    except ValueError:
        return False
    if type(said) is not dict or _CLOSING.search(front) or not front.endswith("\n"):
        return False
    return {key: said[key] for key in _OURS if key in said} == found


def _member(said: dict[str, Any], key: str) -> str:
    value = said.get(key)
    if not isinstance(value, str) or not value:
        raise BadInput(f"the front matter of the report has no {key}", _REMEDY)
    return value


def parse(data: bytes) -> Report:
    """What a report file says; BadInput, in words for its editor, if its front matter is broken."""
    try:
        parts = split(data.decode("utf-8"))
        said = from_yaml(parts[0].encode("utf-8")) if parts is not None else None
    except ValueError as problem:
        raise BadInput(
            f"the front matter of the report cannot be read: {problem}", _REMEDY
        ) from None
    if parts is None or type(said) is not dict:
        raise BadInput("the report does not start with a front matter", _REMEDY)
    try:
        return Report(
            _member(said, "id"),
            said["title"] if isinstance(said.get("title"), str) else "",
            IncidentStatus(_member(said, "status")),
            from_rfc3339(_member(said, "opened")),
            from_rfc3339(_member(said, "closed")) if said.get("closed") else 0,
            parts[1],
        )
    except ValueError as problem:
        raise BadInput(f"the front matter of the report is wrong: {problem}", _REMEDY) from None
