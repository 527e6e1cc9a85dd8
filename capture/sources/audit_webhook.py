"""The API server's audit webhook, in batch mode: an EventList comes, is made durable, is answered.

Nothing else is done in the request. An event that has not the shape of one is rejected alone and
counted: refusing its batch would have the API server send it again, and drop it in the end.

What may be said to have been heard: the API server tries for about a minute and a half to hand
over a batch, then drops it. So from the moment the door opened until the newest event delivered,
nothing is missing as long as the door was not shut for longer than that; of what took place
before it opened only what the batches themselves span.
"""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

import orjson
from aiohttp import web

from kubectl_smart.capture.accepting import Acceptor, Overloaded
from kubectl_smart.capture.coverage import Hearing
from kubectl_smart.capture.decoding.fold import heard_item
from kubectl_smart.capture.preparing import Prepared, prepare
from kubectl_smart.capture.sources.audit_file import Rejected, checked
from kubectl_smart.capture.sources.receiving import Door, Refused
from kubectl_smart.memory.formats.redaction import Redactor
from kubectl_smart.memory.records.coverage import Heard
from kubectl_smart.memory.records.errors import StorageFull

SOURCE = "audit-webhook"
PATIENCE = 60_000_000
"""Microseconds for which the door may refuse before batches may be dropped; the API server's five
attempts wait 81 s at least (10 s, times 1.5 each, less a fifth)."""

_log = logging.getLogger(__name__)
_SAID_EVERY = 5_000_000
"""Microseconds between two entries that say what was heard."""
_TRUNCATED = "audit.k8s.io/truncated"


class _Batch(NamedTuple):
    """What is in an EventList: usable events, and of the others why, by kind of reason."""

    events: list[Prepared]
    rejected: Counter[str]
    truncated: int


class AuditWebhook:
    """Takes EventLists. `handle` is the aiohttp handler.

    open_since  when the door opened, microseconds since 1970-01-01 UTC; also the session's name
    """

    def __init__(
        self,
        door: Door,
        acceptor: Acceptor,
        redactor: Redactor,
        hearing: Hearing,
        clock: Callable[[], int],
    ) -> None:
        self.door = door
        self._acceptor = acceptor
        self._redactor = redactor
        self._hearing = hearing
        self._clock = clock
        self._open_since = clock()
        self._refusing_since = 0
        self._written_at = 0
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="preparing")
        self._told: set[str] = set()
        self.rejected = 0
        self.truncated = 0

    async def handle(self, request: web.Request) -> web.Response:
        """One batch."""
        try:
            async with self.door.body(request) as body:
                await self._take(body)
        except Refused as refused:
            if refused.status in (429, 503):
                self._refuses(refused.sentence)
            answer = refused.answer()
        else:
            self._took()
            answer = web.json_response({})
        self.door.answered[answer.status] += 1
        return answer

    async def _take(self, body: bytes) -> None:
        loop = asyncio.get_running_loop()
        batch = await loop.run_in_executor(self._thread, _prepared, body, self._redactor)
        heard = self._spanned(batch.events)
        also = [heard_item(one, self._clock()) for one in heard] if self._is_due(heard) else []
        try:
            await self._acceptor.accept_events(batch.events, SOURCE, also)
        except Overloaded as problem:
            raise Refused(429, problem.message, problem.retry_after) from None
        except StorageFull as problem:
            raise Refused(503, problem.message, 10) from None
        self.truncated += batch.truncated
        self.rejected += batch.rejected.total()
        for reason in batch.rejected.keys() - self._told:
            self._told.add(reason)
            _log.warning("%d events of a batch are left out: %s", batch.rejected[reason], reason)
        for one in heard:
            self._hearing.heard(one.source, one.session, one.from_at, one.to_at)
        if also:
            self._hearing.written(heard)
            self._written_at = self._clock()

    def _spanned(self, events: list[Prepared]) -> list[Heard]:
        """What may be said to have been heard, now that these events are kept."""
        if not events:
            return []
        first = min(event.at for event in events)
        last = max(event.at for event in events)
        since = min(first, self._open_since) if last >= self._open_since else first
        session = str(self._open_since)
        return [Heard(source=SOURCE, session=session, from_at=since, to_at=last)]

    def _is_due(self, heard: list[Heard]) -> bool:
        """Whether that is to be durable with the events, in case the process is killed."""
        old = any(one.to_at < self._open_since for one in heard)
        return old or self._clock() - self._written_at > _SAID_EVERY

    def _refuses(self, why: str) -> None:
        now = self._clock()
        self._refusing_since = self._refusing_since or now
        if now - self._refusing_since > PATIENCE:
            self._hearing.silent(SOURCE, why)

    def _took(self) -> None:
        since, self._refusing_since = self._refusing_since, 0
        if since and self._clock() - since > PATIENCE:
            self._open_since = self._clock()

    def close(self) -> None:
        """End the thread."""
        self._thread.shutdown(cancel_futures=True)


def _prepared(body: bytes, redactor: Redactor) -> _Batch:
    """In the thread. Refused with 400 if it is no EventList."""
    try:
        found = orjson.loads(body)
    except orjson.JSONDecodeError as problem:
        raise Refused(400, f"the body is no JSON: {problem}") from None
    kind = found.get("kind") if isinstance(found, dict) else None
    version = str(found.get("apiVersion")) if isinstance(found, dict) else ""
    items = found.get("items") if isinstance(found, dict) else None
    if kind != "EventList" or not version.startswith("audit.k8s.io/") or type(items) is not list:
        raise Refused(400, "the body is no EventList of audit.k8s.io")
    events: list[Prepared] = []
    rejected: Counter[str] = Counter()
    truncated = 0
    for number, item in enumerate(items):
        # items of a list leave out what the list says for them
        if type(item) is dict and "kind" not in item:
            item = {"kind": "Event", "apiVersion": version, **item}
        usable = checked(item, number)
        if isinstance(usable, Rejected):
            rejected[usable.reason] += 1
            continue
        made = prepare(usable.event, redactor)
        if isinstance(made, str):
            rejected[made] += 1
            continue
        truncated += _TRUNCATED in (usable.event.get("annotations") or ())
        events.append(made)
    return _Batch(events, rejected, truncated)
