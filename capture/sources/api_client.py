"""Reading from an API server over HTTP: documents, lists by pages, and watches."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncGenerator, Mapping
from typing import Any, NamedTuple

import aiohttp
import orjson

from kubectl_smart.capture.sources.cluster import ClusterPlace
from kubectl_smart.memory.records.errors import SmartError

_LONGEST = 32 << 20
"""Bytes of one line of a watch; etcd holds objects of 1.5 MiB, some servers a little more."""
_LARGEST = 256 << 20
"""Bytes of one document."""
_TOO_LARGE = "Too large resource version"


class ApiBroken(SmartError):
    """The API server was not reached, or what it sent broke off or is no JSON."""


class ApiRefused(SmartError):
    """The API server refused.

    status       of HTTP, or the code of the Status in a watch
    retry_after  seconds it asks to wait; 0 if it does not
    """

    def __init__(self, status: int, message: str, retry_after: float = 0.0) -> None:
        super().__init__(f"the API server refuses ({status}): {message}", "see its log")
        self.status = status
        self.retry_after = retry_after

    @property
    def expired(self) -> bool:
        """Whether the resourceVersion asked for is too old, or of another history."""
        return self.status == 410 or (self.status == 504 and _TOO_LARGE in self.message)


class Dated(NamedTuple):
    """A document, and the header Date of the answer, "" if there was none."""

    document: dict[str, Any]
    date: str


class ApiClient:
    """One API server. Use `async with`.

    within  seconds for the answer to a document; a watch may be silent for `timeout` of its own
    """

    def __init__(self, place: ClusterPlace, *, agent: str, within: float = 60.0) -> None:
        self._place = place
        self._agent = agent
        self._within = within
        self._session: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> ApiClient:
        connector = aiohttp.TCPConnector(limit=0, ssl=self._place.tls or True)
        self._session = aiohttp.ClientSession(
            connector=connector, headers={"User-Agent": self._agent}, auto_decompress=True
        )
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._session is not None:
            await self._session.close()

    async def get(
        self, path: str, params: Mapping[str, str] | None = None, accept: str = "application/json"
    ) -> dict[str, Any]:
        """A document. ApiRefused, ApiBroken."""
        return (await self._told("GET", path, accept, params=params)).document

    async def dated(self, path: str) -> Dated:
        """A document, and when the server sent it by its own clock. ApiRefused, ApiBroken."""
        return await self._told("GET", path, "application/json")

    async def post(self, path: str, document: Mapping[str, Any]) -> dict[str, Any]:
        """What the server makes of a document, as of a review of rights. ApiRefused, ApiBroken."""
        return (await self._told("POST", path, "application/json", json=document)).document

    async def _told(self, method: str, path: str, accept: str, **sent: Any) -> Dated:
        limit = aiohttp.ClientTimeout(total=self._within)
        try:
            async with self._open(method, path, accept, limit, **sent) as answer:
                await _welcome(answer)
                data = bytearray()
                async for chunk in answer.content.iter_any():
                    data += chunk
                    if len(data) > _LARGEST:
                        raise ApiBroken(f"{path} has over {_LARGEST >> 20} MiB", "ask for less")
                date = answer.headers.get("Date", "")
        except (aiohttp.ClientError, OSError) as problem:
            raise _broken(path, problem) from None
        return Dated(_document(path, bytes(data)), date)

    async def watch(
        self, path: str, params: Mapping[str, str], timeout: float
    ) -> AsyncGenerator[list[dict[str, Any]], None]:
        """The events of a watch, those that came together in one list, until the server ends it.

        The first list is empty: the watch is open.

        timeout  seconds without a byte after which it is given up

        ApiRefused, ApiBroken.
        """
        limit = aiohttp.ClientTimeout(total=None, sock_connect=30, sock_read=timeout)
        rest = bytearray()
        try:
            async with self._open("GET", path, "application/json", limit, params=params) as answer:
                await _welcome(answer)
                yield []
                async for chunk in answer.content.iter_any():
                    whole, end, after = chunk.rpartition(b"\n")
                    if not end:
                        rest += after
                        if len(rest) > _LONGEST:
                            raise ApiBroken(f"{path}: an event of over 32 MiB", "it is listed")
                        continue
                    lines = bytes(rest + whole).split(b"\n")
                    rest = bytearray(after)
                    yield [_document(path, line) for line in lines if line.strip()]
        except (aiohttp.ClientError, OSError) as problem:
            raise _broken(path, problem) from None
        if rest.strip():
            raise ApiBroken(f"the watch of {path} ended within an event", "it is opened again")

    def _open(
        self, method: str, path: str, accept: str, limit: aiohttp.ClientTimeout, **sent: Any
    ) -> Any:
        if self._session is None:
            raise RuntimeError("use async with")
        headers = {"Accept": accept}
        authorization = self._place.authorization()
        if authorization:
            headers["Authorization"] = authorization
        return self._session.request(
            method, self._place.server + path, headers=headers, timeout=limit, **sent
        )


async def _welcome(answer: aiohttp.ClientResponse) -> None:
    if answer.status in (200, 201):
        return
    said = await answer.content.read(65_536)
    message = answer.reason or ""
    with contextlib.suppress(orjson.JSONDecodeError, AttributeError):
        message = str(orjson.loads(said).get("message") or message)
    raise ApiRefused(answer.status, message, _seconds(answer.headers.get("Retry-After", "")))


def _seconds(text: str) -> float:
    return float(text) if text.isdecimal() else 0.0


def _document(path: str, data: bytes) -> dict[str, Any]:
    try:
        found = orjson.loads(data)
    except orjson.JSONDecodeError as problem:
        raise ApiBroken(f"{path} is no JSON: {problem}", "it is asked for again") from None
    if type(found) is not dict:
        raise ApiBroken(f"{path} is no JSON object", "it is asked for again")
    return found


def _broken(path: str, problem: Exception) -> ApiBroken:
    what = str(problem) or type(problem).__name__
    if isinstance(problem, TimeoutError):
        what = "no answer in time"
    return ApiBroken(f"{path}: {what}", "it is asked for again")
