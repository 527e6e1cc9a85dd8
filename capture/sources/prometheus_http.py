"""Asks a Prometheus over HTTP, and says plainly what is wrong where it does not answer."""

from __future__ import annotations

import asyncio
import ssl

from aiohttp import ClientError, ClientSession, ClientTimeout, TCPConnector

from kubectl_smart.capture.sources.prometheus_answers import (
    Instant,
    Malformed,
    Matrix,
    Span,
    error_of,
    instants_of,
    matrix_of,
    scalar_of,
)
from kubectl_smart.capture.sources.prometheus_queries import Settings
from kubectl_smart.memory.records.errors import BadInput

_PIECE = 1 << 16


class NoAnswer(Exception):
    """A question was not answered; the text is a sentence.

    alone  whether it is this question's fault, so that others may well be answered
    """

    def __init__(self, sentence: str, *, alone: bool) -> None:
        super().__init__(sentence)
        self.alone = alone


class Client:
    """One Prometheus. Use `async with`. BadInput if its authorities cannot be read."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._api = f"{settings.url.rstrip('/')}/api/v1"
        self._tls = tls_context(settings.ca)
        self._session: ClientSession | None = None

    async def __aenter__(self) -> Client:
        headers = {"Accept": "application/json", "User-Agent": "kubectl-smart"}
        if self._settings.authorization:
            headers["Authorization"] = self._settings.authorization
        timeout = ClientTimeout(total=self._settings.timeout)
        connector = TCPConnector(ssl=self._tls)
        self._session = ClientSession(headers=headers, timeout=timeout, connector=connector)
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._session is not None:
            await self._session.close()

    async def now(self) -> int:
        """Its clock, microseconds since 1970-01-01 UTC. NoAnswer."""
        body = await self._ask("query", {"query": "time()"})
        try:
            return int(scalar_of(body) * 1_000_000)
        except (Malformed, ValueError, OverflowError) as problem:
            raise NoAnswer(f"Prometheus' answer cannot be read: {problem}", alone=False) from None

    async def instant(self, promql: str) -> list[Instant]:
        """What an expression gives just now, series by series. NoAnswer."""
        body = await self._ask("query", {"query": promql})
        try:
            return await asyncio.to_thread(instants_of, body)
        except Malformed as problem:
            raise NoAnswer(f"Prometheus' answer cannot be read: {problem}", alone=True) from None

    async def matrix(self, promql: str, span: Span) -> Matrix:
        """What an expression gave at these instants. NoAnswer."""
        asked = {
            "query": promql,
            "start": f"{span.first / 1_000_000:.3f}",
            "end": f"{span.last / 1_000_000:.3f}",
            "step": f"{span.step / 1_000_000:.3f}",
        }
        body = await self._ask("query_range", asked)
        try:
            return await asyncio.to_thread(matrix_of, body, span)
        except Malformed as problem:
            raise NoAnswer(f"Prometheus' answer cannot be read: {problem}", alone=True) from None

    async def _ask(self, what: str, asked: dict[str, str]) -> bytes:
        session = self._session
        assert session is not None  # noqa: S101 - only inside `async with`
        try:
            async with session.post(
                f"{self._api}/{what}", data=asked, allow_redirects=False
            ) as answer:
                body = bytearray()
                async for piece in answer.content.iter_chunked(_PIECE):
                    body += piece
                    if len(body) > self._settings.most_bytes:
                        raise NoAnswer(
                            f"an answer is larger than {self._settings.most_bytes >> 20} MiB",
                            alone=True,
                        )
                if answer.status != 200:
                    raise _refusal(answer.status, bytes(body))
                return bytes(body)
        except TimeoutError:
            within = self._settings.timeout
            raise NoAnswer(f"Prometheus did not answer within {within:g} s", alone=False) from None
        except (ClientError, OSError) as problem:
            said = str(problem) or type(problem).__name__
            raise NoAnswer(f"Prometheus cannot be reached: {said}", alone=False) from None


def tls_context(authorities: str) -> ssl.SSLContext:
    """How a certificate is checked. BadInput if the file cannot be read."""
    try:
        return ssl.create_default_context(cafile=authorities or None)
    except (OSError, ssl.SSLError) as problem:
        raise BadInput(
            f"{authorities} holds no certificates: {problem}", "name a file in PEM form"
        ) from None


def _refusal(status: int, body: bytes) -> NoAnswer:
    said = error_of(body)
    because = f": {said}" if said else ""
    if status in (400, 413, 422):
        return NoAnswer(f"Prometheus refuses a query ({status}){because}", alone=True)
    if status in (401, 403):
        return NoAnswer(f"Prometheus does not let us in ({status}){because}", alone=False)
    return NoAnswer(f"Prometheus answered {status}{because}", alone=False)
