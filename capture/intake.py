"""The one way in for audit events: deduplicated, then durable.

Sources (a file, later a webhook) hand over prepared events (`preparing`: checked, trimmed and
redacted); intake puts what matters into the spool and counts the rest. Only when `flush` has
returned is anything acknowledged.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection
from itertools import takewhile
from typing import NamedTuple

from kubectl_smart.capture.decoding.fold import heard_item
from kubectl_smart.capture.preparing import Prepared, known
from kubectl_smart.memory.records.coverage import Heard
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
        *,
        source: str,
        recorded: Callable[[Collection[str]], set[str]],
        clock: Callable[[], int],
    ) -> None:
        self._spool = spool
        self._source = source
        self._recorded = recorded
        self._clock = clock
        self._held = {entry.key: entry.sequence for entry in spool.read(0)}
        self._resent: frozenset[str] = frozenset()
        self._waiting: list[Prepared] = []
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
        through = self._spool.discarded
        gone = list(takewhile(lambda key: self._held[key] <= through, self._held))
        for key in gone:
            del self._held[key]

    def take(self, event: Prepared) -> None:
        """One event. Not durable before `flush`, which this calls after every BATCH of them."""
        self._from_at = event.at if self._from_at is None else min(event.at, self._from_at)
        self._to_at = max(event.at, self._to_at)
        if not event.body:
            self._counts["irrelevant"] += 1
            return
        self._waiting.append(event)
        if len(self._waiting) >= BATCH:
            self.flush()

    def flush(self) -> None:
        """Make everything handed over durable.

        StorageFull if there is no room: hand over again what came after the last flush.
        """
        waiting, self._waiting = self._waiting, []
        recorded = self._recorded({event.audit_id for event in waiting})
        now = self._clock()
        items: dict[str, SpoolItem] = {}
        for event in waiting:
            body = event.body
            if event.key in self._resent:
                self._counts["spooled"] += 1
                continue
            if event.key in items:
                self._counts["repeated"] += 1
                continue
            if event.key in self._held or event.audit_id in recorded:
                self._counts["repeated"] += 1
                if not event.leads_up:
                    continue
                # what led up to it is no step of its own, this time either
                body = known(body)
            else:
                self._counts["spooled"] += 1
            items[event.key] = SpoolItem(event.key, self._source, now, body)
        last = self._spool.append(list(items.values()))
        for sequence, key in enumerate(items, last - len(items) + 1):
            self._held.pop(key, None)  # in the order of their sequences
            self._held[key] = sequence

    def heard(self, session: str, covered: Collection[Heard]) -> None:
        """Say what interval was listened to, unless `covered` (the memory's coverage) has it."""
        if self._from_at is None:
            return
        heard = Heard(
            source=self._source, session=session, from_at=self._from_at, to_at=self._to_at
        )
        for one in covered:
            same = (one.source, one.session) == (heard.source, heard.session)
            if same and one.from_at <= heard.from_at and heard.to_at <= one.to_at:
                return
        item = heard_item(heard, self._clock())
        if item.key not in self._held:
            self._held[item.key] = self._spool.append([item])
