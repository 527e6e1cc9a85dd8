"""Audit events to load a process with: those of the recorded hour, never the same ones twice."""

from __future__ import annotations

import gzip
import re
from datetime import UTC, datetime
from pathlib import Path

BATCH = 400
TOKEN = "token-of-the-api-server"  # noqa: S105 - nobody's
_VERSION = re.compile(rb'"resourceVersion":"(\d+)"')
_AUDIT_ID = re.compile(rb'"auditID":"[^"]*"')
_STAMP = re.compile(rb'"stageTimestamp":"[^"]*"')
_UID = re.compile(rb'"uid":"[0-9a-f]{8}(?=-)')


class Load:
    """Makes batches that were never sent before."""

    def __init__(self, corpus: Path) -> None:
        with gzip.open(corpus / "audit.jsonl.gz", "rb") as lines:
            self._events = [line.strip() for line in lines]
        self.next = 0

    def batch(self, size: int = BATCH, at: float = 0.0) -> bytes:
        """An EventList; at: unix time of its events, else each has one of its own."""
        items = self.events(size, at)
        head = b'{"kind":"EventList","apiVersion":"audit.k8s.io/v1","metadata":{},"items":['
        return head + b",".join(items) + b"]}"

    def events(self, size: int, at: float = 0.0) -> list[bytes]:
        """So many events, as `batch` has them."""
        return [self._event(_stamp(self.next, at)) for _ in range(size)]

    def _event(self, now: bytes) -> bytes:
        turn, at = divmod(self.next, len(self._events))
        self.next += 1
        event = self._events[at]
        event = _AUDIT_ID.sub(b'"auditID":"%032x"' % self.next, event, count=1)
        event = _STAMP.sub(b'"stageTimestamp":"%b"' % now, event, count=1)
        if not turn:
            return event
        event = _UID.sub(b'"uid":"%08x' % turn, event)
        event = event.replace(b'@example.com"', b'.%d@example.com"' % turn)
        newer = turn * 1_000_000
        return _VERSION.sub(
            lambda found: b'"resourceVersion":"%d"' % (int(found[1]) + newer), event
        )


def _stamp(number: int, at: float) -> bytes:
    """The time of an event: two hundred microseconds after that of the one before."""
    when = datetime.fromtimestamp(at or 1_800_000_000 + number * 0.0002, UTC)
    return when.strftime("%Y-%m-%dT%H:%M:%S.%fZ").encode()
