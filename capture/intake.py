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
        self._resent: frozenset[str] = frozenset()
        self._waiting: list[tuple[str, dict[str, Any], str]] = []
        self._counts: Counter[str] = Counter()
        self._from_at: int | None = None
        self._to_at = 0

    @property
    def taken(self) -> Taken:
        """The counts so far."""
        counts = self._counts
        return Taken(counts["spooled"], counts["repeated"], counts["irrelevant"])

    @property
    def interval(self) -> tuple[int, int] | None:
        """From when to when the events handed over so far reach; None if there were none."""
        return None if self._from_at is None else (self._from_at, self._to_at)

    def go_on(self, interval: tuple[int, int] | None, *, after: int) -> None:
        """An earlier run handed over events of this interval; its last sequence was `after`.

        What lies in the spool beyond that was handed over by a run that ended right then, and is
        about to be handed over again.
        """
        if interval is not None:
            self._from_at, self._to_at = interval
        self._resent = frozenset(entry.key for entry in self._spool.read(after))

    def relieved(self) -> None:
        """The spool has been drained: what it no longer holds, the memory knows."""
        self._held = set(self._spool.keys())

    def take(self, event: dict[str, Any], where: str = "") -> list[str]:
        """One event of the shape `audit_file` hands out. Returns why events were rejected.

        Not durable before `flush`, which this calls after every BATCH of them. `where` is named
        if it is rejected.
        """
        try:
            at = from_rfc3339(event["stageTimestamp"])
        except ValueError:
            return [f"{where}: stageTimestamp is no time: {event['stageTimestamp'][:40]!r}"]
        self._from_at = at if self._from_at is None else min(at, self._from_at)
        self._to_at = max(at, self._to_at)
        if not is_relevant(event):
            self._counts["irrelevant"] += 1
            return []
        self._waiting.append((f"{event['auditID']}/{event['stage']}", event, where))
        return self.flush() if len(self._waiting) >= BATCH else []

    def flush(self) -> list[str]:
        """Make everything handed over durable. Returns why events were rejected.

        StorageFull if there is no room: hand over again what came after the last flush.
        """
        waiting, self._waiting = self._waiting, []
        recorded = self._recorded({event["auditID"] for _, event, _ in waiting})
        now = self._clock()
        items: list[SpoolItem] = []
        rejected: list[str] = []
        for key, event, where in waiting:
            if key in self._resent:
                self._counts["spooled"] += 1
                continue
            known = key in self._held or event["auditID"] in recorded
            if known:
                self._counts["repeated"] += 1
                if is_read(event) or not is_human(event):
                    continue
                # what led up to it is no step of its own, this time either
            try:
                body = trimmed(event, self._redactor, known=known)
            except Unusable as problem:
                rejected.append(f"{where}: not a whole audit event: {problem}")
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
