"""Socket Mode as Slack does it: tickets, hello, envelopes to any one of the sockets, refreshes."""

from __future__ import annotations

import asyncio
import json
from typing import Any, Literal

from aiohttp import WSCloseCode, WSMsgType, web

from kubectl_smart.bot.console.outbox import Acknowledged, Delivery, Failed, Outcome
from kubectl_smart.bot.console.platform import Platform

MOST_SOCKETS = 10
_LIVES_FOR = 18_060
"""Seconds that `hello` promises."""


class Sockets:
    """All the app's sockets; a `Link` for its outbox."""

    def __init__(self, slack: Platform) -> None:
        self._slack = slack
        self._tickets: set[str] = set()
        self._open: dict[str, web.WebSocketResponse] = {}
        self._waiting: dict[str, tuple[str, asyncio.Future[Outcome]]] = {}

    def __len__(self) -> int:
        return len(self._open)

    def address(self) -> dict[str, Any]:
        """The answer of apps.connections.open: an address for one socket."""
        ticket = self._slack.workspace.next_id("ticket-")
        self._tickets.add(ticket)
        base = self._slack.base.replace("http://", "ws://", 1)
        return {"ok": True, "url": f"{base}/link?ticket={ticket}&app_id={self._slack.app.app}"}

    async def serve(self, request: web.Request) -> web.StreamResponse:
        """One socket from its hello to its end."""
        ticket = request.query.get("ticket", "")
        if ticket not in self._tickets:
            return web.Response(status=403, text="this ticket was used, or never issued")
        self._tickets.remove(ticket)
        socket = web.WebSocketResponse(heartbeat=None)
        await socket.prepare(request)
        if len(self._open) >= MOST_SOCKETS:
            await socket.send_json({"type": "disconnect", "reason": "too_many_websockets"})
            await socket.close()
            return socket
        self._open[ticket] = socket
        self._slack.journal.write("socket", "open", {"num_connections": len(self._open)})
        await socket.send_json(self._hello())
        try:
            async for frame in socket:
                if frame.type is WSMsgType.TEXT:
                    self._heard(frame.data)
        finally:
            self._gone(ticket)
        return socket

    async def send(self, delivery: Delivery, within: float) -> Outcome:
        """Through one socket or another; whoever reads it has to acknowledge."""
        if not self._open:
            return Failed("connection_failed")
        ticket = self._slack.random.choice(sorted(self._open))
        envelope = {
            "envelope_id": delivery.id,
            "type": delivery.kind,
            "payload": delivery.payload,
            "accepts_response_payload": delivery.answerable,
        }
        if delivery.kind == "events_api":
            envelope |= {"retry_attempt": delivery.attempt, "retry_reason": delivery.reason}
        waiting: asyncio.Future[Outcome] = asyncio.get_running_loop().create_future()
        self._waiting[delivery.id] = (ticket, waiting)
        try:
            await self._open[ticket].send_json(envelope)
            return await asyncio.wait_for(waiting, within)
        except TimeoutError:
            return Failed("timeout")
        except ConnectionError:
            return Failed("connection_failed")
        finally:
            self._waiting.pop(delivery.id, None)

    async def disconnect(
        self,
        reason: Literal["warning", "refresh_requested", "link_disabled"] = "refresh_requested",
    ) -> None:
        """Ask every socket to make way for a new one, and close it unless it is only warned."""
        for socket in list(self._open.values()):
            await socket.send_json({"type": "disconnect", "reason": reason, "debug_info": {}})
            if reason != "warning":
                await socket.close()

    async def drop(self) -> None:
        """Every connection breaks, without a word."""
        for socket in list(self._open.values()):
            await socket.close(code=WSCloseCode.ABNORMAL_CLOSURE)

    def _hello(self) -> dict[str, Any]:
        return {
            "type": "hello",
            "num_connections": len(self._open),
            "connection_info": {"app_id": self._slack.app.app},
            "debug_info": {
                "host": "stand-in",
                "build_number": 1,
                "approximate_connection_time": _LIVES_FOR,
            },
        }

    def _heard(self, text: str) -> None:
        """An acknowledgement; anything else is complained of."""
        try:
            told = json.loads(text)
        except ValueError:
            told = None
        envelope = told.get("envelope_id") if isinstance(told, dict) else None
        payload = told.get("payload") if isinstance(told, dict) else None
        if not isinstance(envelope, str) or not isinstance(payload, dict | None):
            self._slack.journal.complain("a frame came that acknowledges nothing")
            return
        _, waiting = self._waiting.get(envelope, ("", None))
        if waiting is None or waiting.done():
            self._slack.journal.complain(f"{envelope} was acknowledged too late, or twice")
            return
        waiting.set_result(Acknowledged(payload or None))

    def _gone(self, ticket: str) -> None:
        self._open.pop(ticket, None)
        self._slack.journal.write("socket", "closed", {"num_connections": len(self._open)})
        for held, waiting in self._waiting.values():
            if held == ticket and not waiting.done():
                waiting.set_result(Failed("connection_failed"))
