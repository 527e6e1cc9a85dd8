"""The one way in for audit events: checked, deduplicated, trimmed, redacted, then durable.

Sources (a file, later a webhook) hand over decoded events; intake puts what matters into the
spool and counts the rest. Only when `flush` has returned is anything acknowledged.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection
from typing import Any, NamedTuple

from kubectl_smart.capture.decoding.audit import HEARD, heard_body
from kubectl_smart.capture.trimming import Unusable, is_human, is_read, is_relevant, trimmed
from kubectl_smart.memory.formats.redaction import Redactor
from kubectl_smart.memory.records.coverage import Heard
from kubectl_smart.memory.records.times import from_rfc3339
from kubectl_smart.memory.store.protocols import Spool, SpoolItem

BATCH = 1_000
"""Events that become durable together."""


class Taken(NamedTuple):
    """What has become of everything handed over.

    spooled     accepted: durable, and on its way into git
    repeated    already in the memory or in the spool
    irrelevant  nothing to remember: reads by machines, reviews of access, requests in progress
    """

    spooled: int
    repeated: int
    irrelevant: int


class Intake:
    """Takes events of one source.

    recorded  tells which of these audit ids the memory holds records of (the index answers)
    clock     microseconds since 1970-01-01 UTC
    """

    def __init__(
        self,
        spool: Spool,
        redactor: Redactor,
        *,
        source: str,
        recorded: Callable[[Collection[str]], set[str]],
        clock: Callable[[], int],
    ) -> None:
        self._spool = spool
        self._redactor = redactor
        self._source = source
        self._recorded = recorded
        self._clock = clock
        self._held = set(spool.keys())
        self._waiting: list[tuple[str, dict[str, Any]]] = []
        self._counts: Counter[str] = Counter()
        self._from_at: int | None = None
        self._to_at = 0

    @property
    def taken(self) -> Taken:
        """The counts so far."""
        counts = self._counts
        return Taken(counts["spooled"], counts["repeated"], counts["irrelevant"])

    def take(self, event: dict[str, Any]) -> list[str]:
        """One event of the shape `audit_file` hands out. Returns why events were rejected.

        Not durable before `flush`, which this calls after every BATCH of them.
        """
        try:
            at = from_rfc3339(event["stageTimestamp"])
        except ValueError:
            return [f"stageTimestamp is no time: {event['stageTimestamp'][:40]!r}"]
        self._from_at = at if self._from_at is None else min(at, self._from_at)
        self._to_at = max(at, self._to_at)
        if not is_relevant(event):
            self._counts["irrelevant"] += 1
            return []
        self._waiting.append((f"{event['auditID']}/{event['stage']}", event))
        return self.flush() if len(self._waiting) >= BATCH else []

    def flush(self) -> list[str]:
        """Make everything handed over durable. Returns why events were rejected.

        StorageFull if there is no room: hand over again what came after the last flush.
        """
        waiting, self._waiting = self._waiting, []
        recorded = self._recorded({event["auditID"] for _, event in waiting})
        now = self._clock()
        items: list[SpoolItem] = []
        rejected: list[str] = []
        for key, event in waiting:
            known = key in self._held or event["auditID"] in recorded
            if known:
                self._counts["repeated"] += 1
                if is_read(event) or not is_human(event):
                    continue
                # what led up to it is no step of its own, this time either
            try:
                body = trimmed(event, self._redactor, known=known)
            except Unusable as problem:
                rejected.append(f"audit event {event['auditID'][:64]}: {problem}")
                continue
            items.append(SpoolItem(key, self._source, now, body))
            self._held.add(key)
            self._counts["spooled"] += not known
        if items:
            self._spool.append(items)
        return rejected

    def heard(self, session: str, known: Collection[Heard]) -> None:
        """Say what interval was listened to, unless `known` (the memory's coverage) has it."""
        if self._from_at is None:
            return
        heard = Heard(
            source=self._source, session=session, from_at=self._from_at, to_at=self._to_at
        )
        for one in known:
            same = (one.source, one.session) == (heard.source, heard.session)
            if same and one.from_at <= heard.from_at and heard.to_at <= one.to_at:
                return
        key = f"{HEARD}/{heard.source}/{session}/{heard.from_at}-{heard.to_at}"
        if key not in self._held:
            self._spool.append([SpoolItem(key, HEARD, self._clock(), heard_body(heard))])
            self._held.add(key)
