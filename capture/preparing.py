"""From an audit event as it came to what intake takes: looked at once, and by nobody else again.

Pure, so that a source may do it wherever it likes: the import of a file does it in a process of
its own (`aside`), on another core than the one that folds and commits.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from kubectl_smart.capture.trimming import Unusable, is_human, is_read, is_relevant, trimmed
from kubectl_smart.memory.formats.redaction import Redactor
from kubectl_smart.memory.records.times import from_rfc3339


class Prepared(NamedTuple):
    """One audit event.

    key       its audit id and stage: the same event has the same key, whatever source it came by
    at        when it took place, microseconds since 1970-01-01 UTC
    body      of the spool entry; empty if there is nothing to remember
    leads_up  a person's write: even when it is recorded already, it tells what led up to it
    """

    key: str
    at: int
    body: bytes
    leads_up: bool

    @property
    def audit_id(self) -> str:
        """The audit id; one request has one, in all its stages."""
        return self.key.rpartition("/")[0]


def prepare(event: dict[str, Any], redactor: Redactor) -> Prepared | str:
    """An event of the shape `audit_file` hands out, prepared; or why it is rejected."""
    key = f"{event['auditID']}/{event['stage']}"
    try:
        at = from_rfc3339(event["stageTimestamp"])
    except ValueError:
        return f"stageTimestamp is no time: {event['stageTimestamp'][:40]!r}"
    if not is_relevant(event):
        return Prepared(key, at, b"", leads_up=False)
    try:
        body = trimmed(event, redactor)
    except Unusable as problem:
        return f"not a whole audit event: {problem}"
    return Prepared(key, at, body, leads_up=not is_read(event) and is_human(event))


def known(body: bytes) -> bytes:
    """The body of an entry whose record is made already: only what led up to it is of use."""
    return body[:-1] + b',"known":true}'
