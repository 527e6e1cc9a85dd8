"""The border that every HTTP door shares: who may hand over, and how much at a time.

A door answers what is wrong with a request before it keeps anything of it: 401 and 403 for
whoever may not, 408 for a body that does not come, 413 for one that is too large (also unpacked),
415 for one packed otherwise than with gzip, 400 for one that ends early. What waits in memory
over all requests is bounded: beyond that a request is refused with 429 before its body is read.
"""

from __future__ import annotations

import asyncio
import hmac
import zlib
from collections import Counter
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

_GZIP = 16 + zlib.MAX_WBITS
_PACKED = 10
"""How much larger a packed body is taken to be before it is unpacked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """In bytes and seconds.

    body       of a request, unpacked
    waiting    over all requests, read and not yet kept
    within     for a body to come
    """

    body: int = 16 << 20
    waiting: int = 96 << 20
    within: float = 30.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Callers:
    """Who may hand over: whoever has one of the tokens, or a certificate with one of the names.

    tokens  several during a rotation
    names   common names or DNS names of client certificates; the TLS layer has checked them
    Nobody if both are empty.
    """

    tokens: tuple[str, ...] = field(default=(), repr=False)
    names: tuple[str, ...] = ()


class Refused(Exception):
    """The request is answered with this status and sentence, and nothing of it is kept.

    head  how the body begins, as far as it was read before it was found too long
    """

    def __init__(
        self, status: int, sentence: str, retry_after: int = 0, *, head: bytes = b""
    ) -> None:
        super().__init__(sentence)
        self.head = head
        self.status = status
        self.sentence = sentence
        self.retry_after = retry_after

    def answer(self) -> web.Response:
        """The response."""
        headers = {"Retry-After": str(self.retry_after)} if self.retry_after else {}
        if self.status == 401:
            headers["WWW-Authenticate"] = "Bearer"
        return web.json_response({"error": self.sentence}, status=self.status, headers=headers)


class Waiting:
    """What all doors together hold in memory."""

    def __init__(self, most: int) -> None:
        self._most = most
        self.bytes = 0

    def take(self, size: int) -> None:
        """Refused with 429 if that is too much, unless nothing else waits."""
        if self.bytes and self.bytes + size > self._most:
            raise Refused(429, "more is handed over than can be kept", 1)
        self.bytes += size

    def give_back(self, size: int) -> None:
        """It is kept, or refused."""
        self.bytes -= size


class Door:
    """One address at which something is handed over."""

    def __init__(self, callers: Callers, limits: Limits, waiting: Waiting) -> None:
        self._callers = callers
        self._limits = limits
        self._waiting = waiting
        self.answered: Counter[int] = Counter()
        """Requests by status."""

    @asynccontextmanager
    async def body(self, request: web.Request) -> AsyncIterator[bytes]:
        """The body, unpacked; what it takes in memory counts until the block ends. Refused."""
        self._admit(request)
        packing = request.headers.get("Content-Encoding", "identity").strip().lower()
        if packing not in ("identity", "gzip"):
            raise Refused(415, f"the body is packed with {packing[:40]}; send it plain or as gzip")
        size = self._size(request, packing)
        self._waiting.take(size)
        try:
            yield await self._read(request, packed=packing == "gzip")
        finally:
            self._waiting.give_back(size)

    def _admit(self, request: web.Request) -> None:
        scheme, _, shown = request.headers.get("Authorization", "").partition(" ")
        # some doors have addresses that end in the token, for callers that can show none
        token = shown if scheme.lower() == "bearer" else request.match_info.get("token", "")
        given = token.strip().encode("utf-8", "surrogateescape")
        if given:
            known = [hmac.compare_digest(given, one.encode()) for one in self._callers.tokens]
            if any(known):
                return
            raise Refused(401, "this token is not known here")
        names = names_of(request)
        if not names.isdisjoint(self._callers.names):
            return
        if names:
            raise Refused(403, "this certificate's names may not hand over here")
        raise Refused(401, "send a bearer token or a client certificate")

    def _size(self, request: web.Request, packing: str) -> int:
        said = request.content_length
        if said is None:
            return self._limits.body
        if said > self._limits.body:
            raise Refused(413, f"the body is longer than {self._limits.body:,} bytes")
        return min(said * _PACKED, self._limits.body) if packing == "gzip" else said

    async def _read(self, request: web.Request, *, packed: bool) -> bytes:
        unpack = zlib.decompressobj(_GZIP) if packed else None
        parts: list[bytes] = []
        size = 0
        try:
            async with asyncio.timeout(self._limits.within):
                async for chunk in request.content.iter_any():
                    left = self._limits.body - size + 1
                    part = chunk if unpack is None else unpack.decompress(chunk, left)
                    size += len(part)
                    parts.append(part)
                    if size > self._limits.body:
                        sentence = f"the body is longer than {self._limits.body:,} bytes"
                        raise Refused(413, sentence, head=parts[0])
        except TimeoutError:
            raise Refused(408, "the body did not come in time") from None
        except zlib.error:
            raise Refused(400, "the body is no gzip, or is damaged") from None
        except (web.RequestPayloadError, ConnectionError):
            raise Refused(400, "the body ended early") from None
        if unpack is not None and not unpack.eof:
            raise Refused(400, "the gzip ended early")
        if request.content_length is not None and unpack is None and size != request.content_length:
            raise Refused(400, "the body ended early")
        return b"".join(parts)


def names_of(request: web.Request) -> set[str]:
    """Common name and DNS names of the certificate the caller showed; empty if none."""
    transport = request.transport
    shown: Mapping[str, Any] | None = None
    if transport is not None:
        shown = transport.get_extra_info("peercert")
    if not shown:
        return set()
    parts = [pair for name in shown.get("subject", ()) for pair in name]
    common = {value for key, value in parts if key == "commonName"}
    return common | {value for kind, value in shown.get("subjectAltName", ()) if kind == "DNS"}
