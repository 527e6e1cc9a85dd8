"""One resource listened to: listed, watched from there on, and again whenever that breaks.

What a watch tells after a break is told from where it broke, so nothing is missed, but it may have
taken place at any time since: such versions have an interval. Where the server no longer knows the
place (410), all is listed anew and compared with what was known: versions in between are lost, and
that time is a gap. Bookmarks move the place while nothing happens.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from contextlib import aclosing
from typing import Any, NamedTuple
from zlib import crc32

from kubectl_smart.capture.accepting import Acceptor, Overloaded
from kubectl_smart.capture.decoding.discovered import Resource
from kubectl_smart.capture.decoding.joining import GONE, Version
from kubectl_smart.capture.decoding.state import number
from kubectl_smart.capture.decoding.versions import item
from kubectl_smart.capture.sources.api_client import ApiBroken, ApiClient, ApiRefused
from kubectl_smart.capture.trimming import Unusable
from kubectl_smart.capture.witnessing import (
    Key,
    Occasion,
    Standing,
    key_of,
    kind_of_listed,
    vanished,
    witnessed,
)
from kubectl_smart.memory.formats.redaction import Redactor
from kubectl_smart.memory.records.errors import StorageFull

_log = logging.getLogger(__name__)
_BRIEF = 1_000_000
"""Microseconds a watch may be late without being broken; so long a break is none."""
_FIRST_PAUSE, _LONGEST_PAUSE = 0.5, 30.0
_REFUSED_PAUSE = 60.0
"""Seconds until it is asked again what was forbidden."""
_NO_ROOM_PAUSE = 5.0


class Tuning(NamedTuple):
    """How a resource is asked for.

    page     objects in one answer to a list
    watch    seconds after which the server ends a watch; some more are added, so that not all
             watches end at once
    silence  seconds beyond that after which a watch without a word is given up
    audited  microseconds within which the audit event of a version may come; 0 without audit
    pause    seconds of the first pause after a failure; each further is twice as long
    """

    page: int = 500
    watch: int = 240
    silence: float = 30.0
    audited: int = 0
    pause: float = _FIRST_PAUSE


class Place(NamedTuple):
    """How far a resource was listened to; ("", 0) if never.

    version   resourceVersion to go on from; "" if all must be listed
    heard_at  until when all was told, microseconds since 1970-01-01 UTC
    """

    version: str
    heard_at: int


class Shared(NamedTuple):
    """What all resources of a cluster have in common.

    listing  how many are listed at a time
    rejected is told of each thing that was no usable object
    """

    client: ApiClient
    acceptor: Acceptor
    redactor: Redactor
    clock: Callable[[], int]
    tuning: Tuning
    listing: asyncio.Semaphore
    rejected: Callable[[], None]


class ResourceWatch:
    """Listens to one resource. `run` until cancelled.

    known      what is known of its objects
    place      how far it was listened to before; it moves only over what is durable
    served_since  when it was first met, 0 if it may always have been there
    gaps       (from, to) in which it was not heard, microseconds since 1970-01-01 UTC; whoever
               has taken account of one removes it
    trouble    why it is not heard just now, in words; "" if it is
    forbidden  whether it is because we may not
    listed     set once its objects were listed, or could not be
    """

    def __init__(
        self,
        resource: Resource,
        shared: Shared,
        known: dict[Key, Standing],
        place: Place,
        *,
        served_since: int = 0,
        on_change: Callable[[], None] = lambda: None,
    ) -> None:
        self.resource = resource
        self.known = known
        self.place = place
        self.gaps: list[tuple[int, int]] = []
        self.trouble = "it was not yet listened to"
        self.forbidden = False
        self.listed = asyncio.Event()
        self._shared = shared
        self._served_since = served_since
        self._on_change = on_change
        self._failures = 0
        self._handing_over = False
        # what comes until this version took place while the connection was broken
        self._dark_until = 0
        self._spread = crc32(resource.name.encode()) % 60

    @property
    def left_at(self) -> Place:
        """The place to go on from once `run` was cancelled.

        That may have been while something became durable: then all must be listed.
        """
        return self.place._replace(version="") if self._handing_over else self.place

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            try:
                if not self.place.version:
                    async with self._shared.listing:
                        await self._list()
                    self._heard()
                    self._failures = 0
                await self._watch()
                self._failures = 0
            except ApiRefused as problem:
                await self._refused(problem)
            except ApiBroken as problem:
                await self._pause(problem.message)

    async def _refused(self, problem: ApiRefused) -> None:
        if problem.expired:
            if self.place.version:
                _log.info("%s is listed anew: %s", self.resource.name, problem.message)
                self.place = self.place._replace(version="")
                await asyncio.sleep(self._shared.tuning.pause)
                return
            await self._pause(problem.message)  # an answer in pages took too long
            return
        self.forbidden = problem.status in (401, 403)
        wait = _REFUSED_PAUSE if self.forbidden else problem.retry_after
        if problem.status == 404:
            self._on_change()
        await self._pause(problem.message, wait)

    async def _pause(self, trouble: str, at_least: float = 0.0) -> None:
        if not self.trouble:
            _log.warning("%s is not heard: %s", self.resource.name, trouble)
        self.trouble = trouble
        self.listed.set()
        grown = self._shared.tuning.pause * 2 ** min(self._failures, 16)
        self._failures += 1
        spread = 1 + self._spread / 240
        await asyncio.sleep(max(at_least, min(grown, _LONGEST_PAUSE)) * spread)

    def _heard(self) -> None:
        if self.trouble and self.listed.is_set():
            _log.warning("%s is heard again", self.resource.name)
        self.trouble, self.forbidden = "", False
        self.listed.set()

    # --- lists ----------------------------------------------------------------------------

    async def _list(self) -> None:
        """All objects, compared with what was known."""
        shared = self._shared
        params = {"limit": str(shared.tuning.page)}
        ever_heard = self.place.heard_at > 0
        left = dict(self.known)
        listed_at = 0
        while True:
            page = await shared.client.get(self.resource.path, params)
            now = shared.clock()
            listed_at = listed_at or now
            occasion = Occasion(now, self.place.heard_at, shared.tuning.audited)
            items = page.get("items")
            versions = []
            for obj in items if type(items) is list else ():
                version = self._listed_one(obj, left, occasion, ever_heard=ever_heard)
                if version is not None:
                    versions.append(version)
            await self._accept(versions)
            metadata = page.get("metadata") or {}
            if not metadata.get("continue"):
                break
            params["continue"] = str(metadata["continue"])
        gone = [vanished(self.resource, key, left[key], occasion) for key in sorted(left)]
        await self._accept(gone)
        self._dark_until = 0
        self.gaps.append((self.place.heard_at or self._served_since, listed_at))
        self.place = Place(str(metadata.get("resourceVersion") or ""), listed_at)
        if not self.place.version:
            raise ApiBroken(f"{self.resource.path} has no resourceVersion", "it is asked again")

    def _listed_one(
        self, obj: Any, left: dict[Key, Standing], occasion: Occasion, *, ever_heard: bool
    ) -> Version | None:
        if type(obj) is not dict or type(obj.get("metadata")) is not dict:
            self._reject("an item of a list has no metadata")
            return None
        kind, at = kind_of_listed(obj, self.known, ever_heard=ever_heard)
        left.pop(key_of(obj), None)
        if not kind:
            return None
        seen = occasion._replace(since=max(occasion.since, at))
        return self._witnessed(kind, obj, seen)

    # --- watches --------------------------------------------------------------------------

    async def _watch(self) -> None:
        """What happens from the place on, until the server ends it."""
        shared = self._shared
        if self.trouble and shared.clock() - self.place.heard_at > _BRIEF:
            now = await shared.client.get(self.resource.path, {"limit": "1"})
            self._dark_until = number(str((now.get("metadata") or {}).get("resourceVersion")))
        lasts = shared.tuning.watch + self._spread
        params = {
            "watch": "1",
            "resourceVersion": self.place.version,
            "allowWatchBookmarks": "true",
            "timeoutSeconds": str(lasts),
        }
        opened_at = shared.clock()
        watched = shared.client.watch(self.resource.path, params, lasts + shared.tuning.silence)
        async with aclosing(watched) as batches:
            async for batch in batches:
                self._heard()
                await self._take(batch)
        # it ended in order: all that took place before was told
        self._dark_until = 0
        self.place = self.place._replace(heard_at=shared.clock())
        if self.place.heard_at - opened_at < _BRIEF:
            await asyncio.sleep(shared.tuning.pause)

    async def _take(self, batch: Sequence[dict[str, Any]]) -> None:
        """Events that came together. ApiRefused for an ERROR among them."""
        versions: list[Version] = []
        place, refused, heard_at = self.place.version, None, self.place.heard_at
        for event in batch:
            kind, obj = event.get("type"), event.get("object")
            if kind == "ERROR":
                refused = _refusal(obj)
                break
            metadata = obj.get("metadata") if type(obj) is dict else None
            if type(metadata) is not dict or kind not in _KINDS:
                self._reject(f"an event of type {str(kind)[:40]!r} without an object")
                continue
            version = str(metadata.get("resourceVersion") or "")
            if kind != "BOOKMARK":
                made = self._witnessed(str(kind), obj, self._occasion(version))
                if made is not None:
                    versions.append(made)
            place, heard_at = _later(place, version), self._shared.clock()
        await self._accept(versions)
        if number(place) >= self._dark_until:
            self._dark_until = 0
        # while it tells what was missed, more of that is to come
        self.place = Place(place, self.place.heard_at if self._dark_until else heard_at)
        if batch:
            self._failures = 0
        if refused is not None:
            raise refused

    def _occasion(self, version: str) -> Occasion:
        now = self._shared.clock()
        dark = 0 < number(version) <= self._dark_until
        since = self.place.heard_at - _BRIEF if dark else 0
        return Occasion(now, since, self._shared.tuning.audited)

    # --- both -----------------------------------------------------------------------------

    def _witnessed(self, kind: str, obj: Any, occasion: Occasion) -> Version | None:
        try:
            return witnessed(self.resource, kind, obj, occasion, self._shared.redactor)
        except Unusable as problem:
            self._reject(str(problem))
            return None

    def _reject(self, why: str) -> None:
        _log.warning("%s: something is left out: %s", self.resource.name, why)
        self._shared.rejected()

    async def _accept(self, versions: Sequence[Version]) -> None:
        """Durable on return; waits for as long as there is no room."""
        if not versions:
            return
        now = self._shared.clock()
        items = [item(one, now) for one in versions]
        self._handing_over = True
        while True:
            try:
                await self._shared.acceptor.accept(items)
                self._handing_over = False
                break
            except Overloaded as problem:
                await asyncio.sleep(problem.retry_after)
            except StorageFull as problem:
                self.trouble = problem.message
                await asyncio.sleep(_NO_ROOM_PAUSE)
        for one in versions:
            self._learn(one)

    def _learn(self, version: Version) -> None:
        key = (version.ref.namespace, version.ref.name)
        known = self.known.get(key)
        if version.type in GONE:
            if known is None or known.uid == version.uid:
                self.known.pop(key, None)
        elif (
            known is None
            or known.uid != version.uid
            or number(known.version) <= number(version.version)
        ):
            self.known[key] = Standing(version.uid, version.version, version.at)
        if self.resource.plural in ("customresourcedefinitions", "apiservices"):
            self._on_change()

    def vanish(self) -> list[Version]:
        """The ends of all its objects: the resource itself is served no more."""
        occasion = Occasion(self._shared.clock(), self.place.heard_at, self._shared.tuning.audited)
        return [
            vanished(self.resource, key, self.known[key], occasion) for key in sorted(self.known)
        ]


_KINDS = frozenset({"ADDED", "MODIFIED", "DELETED", "BOOKMARK"})


def _later(place: str, version: str) -> str:
    """The later of two versions; the second where they are no numbers."""
    if not version:
        return place
    return place if 0 < number(version) < number(place) else version


def _refusal(status: Any) -> ApiRefused:
    told = status if type(status) is dict else {}
    code = told.get("code")
    return ApiRefused(code if type(code) is int else 500, str(told.get("message") or "no reason"))
