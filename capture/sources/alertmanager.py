"""Alertmanager's webhook, version 4: alerts come, are made durable, are answered."""

from __future__ import annotations

import logging
from collections.abc import Callable

import orjson
from aiohttp import web

from kubectl_smart.capture.accepting import Acceptor, Overloaded
from kubectl_smart.capture.coverage import Hearing
from kubectl_smart.capture.decoding.alerts import SOURCE, Alert, alert_of, group_of, item
from kubectl_smart.capture.sources.receiving import Door, Refused
from kubectl_smart.memory.formats.redaction import Redactor
from kubectl_smart.memory.records.errors import StorageFull

_log = logging.getLogger(__name__)


class Alertmanager:
    """Takes notifications. `handle` is the aiohttp handler.

    What it hears is no coverage: an Alertmanager that says nothing may have nothing to say, or not
    be there. Whether it is heard is told by whether it ever came.

    rejected   alerts that were none; truncated: alerts that Alertmanager left out of a
               notification (max_alerts of its configuration)
    taken      is called each time alerts have become durable
    """

    def __init__(
        self,
        door: Door,
        acceptor: Acceptor,
        redactor: Redactor,
        hearing: Hearing,
        clock: Callable[[], int],
        taken: Callable[[], None] = lambda: None,
    ) -> None:
        self.door = door
        self._acceptor = acceptor
        self._redactor = redactor
        self._hearing = hearing
        self._clock = clock
        self._taken = taken
        self.rejected = 0
        self.truncated = 0

    async def handle(self, request: web.Request) -> web.Response:
        """One notification."""
        try:
            async with self.door.body(request) as body:
                await self._take(body)
        except Refused as refused:
            answer = refused.answer()
        else:
            answer = web.json_response({})
        self.door.answered[answer.status] += 1
        return answer

    async def _take(self, body: bytes) -> None:
        alerts, left_out = self._alerts(body)
        now = self._clock()
        try:
            await self._acceptor.accept([item(one, now) for one in alerts])
        except Overloaded as problem:
            raise Refused(429, problem.message, problem.retry_after) from None
        except StorageFull as problem:
            raise Refused(503, problem.message, 10) from None
        self.truncated += left_out
        self._hearing.came(SOURCE, now)
        self._taken()

    def _alerts(self, body: bytes) -> tuple[list[Alert], int]:
        """(alerts, how many were left out). Refused with 400 if it is no notification."""
        try:
            found = orjson.loads(body)
        except orjson.JSONDecodeError as problem:
            raise Refused(400, f"the body is no JSON: {problem}") from None
        alerts = found.get("alerts") if isinstance(found, dict) else None
        if type(alerts) is not list or found.get("version") != "4":
            raise Refused(400, "the body is no notification of version 4")
        made = []
        group = group_of(found.get("groupKey"), self._redactor)
        for one in alerts:
            alert = alert_of(one, self._redactor, group)
            if isinstance(alert, str):
                self.rejected += 1
                _log.warning("an alert is left out: %s", alert)
            else:
                made.append(alert)
        left_out = found.get("truncatedAlerts")
        return made, left_out if type(left_out) is int else 0
