"""An incident report as a file: Markdown below a front matter of a few lines.

    ---
    # anything a person adds up here stays
    id: 2026-11-23-cache-outage
    title: Cache outage
    status: open
    opened: "2026-11-23T02:48:26Z"
    ---
    What happened ...

The store writes these; `incident edit` reads them back from an editor. Lines of the front
matter that are not ours (comments, keys people add) keep their place from version to version.
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
        "id": incident.id,
        "title": incident.title,
        "status": incident.status.value,
        "opened": to_rfc3339(incident.opened_at),
    }
    if incident.closed_at:
        found["closed"] = to_rfc3339(incident.closed_at)
    return found


def _yaml_lines(found: dict[str, str]) -> list[str]:
    return [to_yaml({key: found[key]}).decode() for key in _OURS if key in found]


def _split(text: str) -> tuple[str, str] | None:
    """(front matter, text below) of a file; None if it does not start with a front matter."""
    if not text.startswith(_FENCE):
        return None
    end = text.find("\n---\n", len(_FENCE) - 1)
    if end < 0:
        return None
    return text[len(_FENCE) : end + 1], text[end + len("\n---\n") :]


def _kept_lines(front: str) -> list[str]:
    """The lines of a front matter that are not ours, with continuations of ours left out."""
    kept: list[str] = []
    ours = False
    for line in front.splitlines(keepends=True):
        if line[:1] not in (" ", "\t"):
            ours = _KEY_LINE.match(line) is not None
        if not ours:
            kept.append(line)
    return kept


def render(incident: Incident, previous: bytes | None = None) -> bytes:
    """The file of this version; what people added to the previous front matter stays."""
    found = _ours(incident)
    lines = _yaml_lines(found)
    parts = _split(previous.decode("utf-8")) if previous is not None else None
    if parts is not None:
        merged = [*_kept_lines(parts[0]), *lines]
        if _says("".join(merged), found):
            lines = merged
    return (_FENCE + "".join(lines) + _FENCE + incident.text).encode("utf-8")


def _says(front: str, found: dict[str, str]) -> bool:
    """True if this front matter reads back as these values of ours."""
    try:
        said = from_yaml(front.encode("utf-8"))
    except ValueError:
        return False
    if type(said) is not dict or "\n---\n" in f"\n{front}":
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
        parts = _split(data.decode("utf-8"))
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
