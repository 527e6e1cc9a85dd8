"""A cluster listened to by list and watch: every resource that its API server says it serves.

Resources come and go with custom resource definitions and aggregated servers: what is served is
asked again each minute, and soon after one of those changed. Owners are listed before what they
own, so that what belongs to whom is known when it is met.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from kubectl_smart.capture.accepting import Acceptor, Overloaded
from kubectl_smart.capture.coverage import Hearing
from kubectl_smart.capture.decoding.discovered import (
    Resource,
    Served,
    chosen,
)
from kubectl_smart.capture.decoding.versions import SOURCE, item
from kubectl_smart.capture.sources.api_client import ApiBroken, ApiClient, ApiRefused
from kubectl_smart.capture.sources.discovery import discovered
from kubectl_smart.capture.sources.watch_places import Remembered, read_places, write_places
from kubectl_smart.capture.sources.watch_resource import Place, ResourceWatch, Shared, Tuning
from kubectl_smart.capture.witnessing import Key, Standing
from kubectl_smart.memory.formats.redaction import Redactor
from kubectl_smart.memory.records.coverage import without
from kubectl_smart.memory.records.errors import BadInput, StorageFull

_log = logging.getLogger(__name__)

SKIPPED = (
    "secrets",
    "leases.coordination.k8s.io",
    "leasecandidates.coordination.k8s.io",
    "podcertificaterequests.certificates.k8s.io",
    "*.metrics.k8s.io",
)
"""What is not listened to unless told otherwise: secrets, and heartbeats."""

_OWNED_LATER = {
    "replicasets.apps": 1,
    "jobs.batch": 1,
    "controllerrevisions.apps": 1,
    "pods": 2,
    "endpointslices.discovery.k8s.io": 2,
    "events": 3,
}
"""The order of first lists: what owns comes before what is owned, and Events last."""
_LISTED_AT_ONCE = 4
_DISCOVERED_EVERY = 60.0
_SOON = 1.0
"""Seconds after which is asked what is served when a definition changed; and again after five."""
_NOTED_EVERY = 1.0
_WRITTEN_EVERY = 5.0


class Cluster(NamedTuple):
    """What is listened to.

    skip    names of resources: `secrets`, `certificates.cert-manager.io`, `*.example.com`
    places  file in which is remembered how far was listened
    known   what the memory knows of each kind: (group, kind) -> objects; asked once, in a thread
    tuning  how the server is asked
    """

    client: ApiClient
    skip: frozenset[str]
    places: Path
    known: Callable[[], Mapping[tuple[str, str], dict[Key, Standing]]]
    tuning: Tuning


class Watching:
    """Listens to a cluster. `run` until cancelled.

    rejected  what was no usable object or event
    """

    def __init__(
        self,
        cluster: Cluster,
        acceptor: Acceptor,
        redactor: Redactor,
        hearing: Hearing,
        clock: Callable[[], int],
    ) -> None:
        self._cluster = cluster
        self._acceptor = acceptor
        self._hearing = hearing
        self._clock = clock
        self.rejected = 0
        self._shared = Shared(
            cluster.client,
            acceptor,
            redactor,
            clock,
            cluster.tuning,
            asyncio.Semaphore(_LISTED_AT_ONCE),
            self._reject,
        )
        self._watches: dict[str, ResourceWatch] = {}
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._known: Mapping[tuple[str, str], dict[Key, Standing]] = {}
        self._uid, self._places = read_places(cluster.places)
        self._changed = asyncio.Event()
        # all up to here was claimed, where it was heard
        self._claimed = min((one.place.heard_at for one in self._places.values()), default=0)
        self._told: set[str] = set()
        self._discovered_at = 0
        self._session = f"watch since {clock()}"

    @property
    def watches(self) -> list[ResourceWatch]:
        """Every resource listened to, by name."""
        return [self._watches[name] for name in sorted(self._watches)]

    async def run(self) -> None:
        """Until cancelled. BadInput if this is another cluster than the memory's."""
        await self._recognise()
        self._known = await asyncio.to_thread(self._cluster.known)
        await asyncio.to_thread(self._write)  # from now on, this run has not ended
        async with asyncio.TaskGroup() as going:
            discovering = going.create_task(self._discover_for_ever())
            going.create_task(self._note_for_ever())
            try:
                await asyncio.Event().wait()
            finally:
                await _cancelled([discovering])  # or it may begin another
                self._note()
                await self._end(list(self._tasks))
                self._write(ended=True)

    async def _recognise(self) -> None:
        """Ask which cluster this is, until it says."""
        wait = self._cluster.tuning.pause
        while True:
            try:
                path = "/api/v1/namespaces/kube-system"
                found = await self._cluster.client.get(path)
                uid = str((found.get("metadata") or {}).get("uid") or "")
                break
            except ApiRefused as problem:
                if problem.status in (403, 404):
                    uid = ""
                    break
                self._silent(problem.message)
            except ApiBroken as problem:
                self._silent(problem.message)
            await asyncio.sleep(wait)
            wait = min(wait * 2, 30.0)
        if uid and self._uid and uid != self._uid:
            raise BadInput(
                f"the memory is of another cluster (kube-system {self._uid}, here {uid})",
                "name another memory; if this cluster took the place of the other one, remove "
                f"{self._cluster.places}",
            )
        self._uid = uid or self._uid

    # --- what is served -------------------------------------------------------------------

    async def _discover_for_ever(self) -> None:
        wait = self._cluster.tuning.pause
        while True:
            asked_at = self._clock()
            try:
                served = await discovered(self._cluster.client)
            except (ApiRefused, ApiBroken) as problem:
                self._silent(f"what the cluster serves is not known: {problem.message}")
                await asyncio.sleep(wait)
                wait = min(wait * 2, 30.0)
                continue
            wait = self._cluster.tuning.pause
            await self._apply(served)
            self._discovered_at = asked_at
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._changed.wait(), _DISCOVERED_EVERY)
                await asyncio.sleep(_SOON)
                if self._changed.is_set():
                    self._changed.clear()
                    asyncio.get_running_loop().call_later(5 * _SOON, self._changed.set)

    async def _apply(self, served: Served) -> None:
        wanted = {one.name: one for one in chosen(served, self._cluster.skip)}
        gone = [
            name
            for name, watch in self._watches.items()
            if name not in wanted and watch.resource.group not in served.unsure
        ]
        moved = [
            name
            for name, watch in self._watches.items()
            if name in wanted and wanted[name] != watch.resource
        ]
        ends = [self._watches[name] for name in gone]
        known = {name: self._watches[name] for name in moved}
        await self._end([*gone, *moved])
        for watch in [*ends, *self._gone_meanwhile(served)]:
            _log.warning("%s is served no more", watch.resource.name)
            await self._accept_ends(watch)
            self._places.pop(watch.resource.name, None)
        new = sorted(name for name in wanted if name not in self._watches)
        for level in range(max(_OWNED_LATER.values()) + 1):
            begun = [
                self._begin(wanted[name], known.get(name))
                for name in new
                if _OWNED_LATER.get(name, 0) == level
            ]
            await asyncio.gather(*(watch.listed.wait() for watch in begun))

    def _gone_meanwhile(self, served: Served) -> list[ResourceWatch]:
        """Resources that were listened to by an earlier run and are served no more."""
        there = {one.name for one in served.resources} | self._watches.keys()
        return [
            self._unbegun(one.resource, None)
            for name, one in self._places.items()
            if name not in there and one.resource.group not in served.unsure
        ]

    def _place_of(self, name: str) -> Place:
        found = self._places.get(name)
        return Place("", 0) if found is None else found.place

    def _begin(self, resource: Resource, before: ResourceWatch | None) -> ResourceWatch:
        watch = self._watches[resource.name] = self._unbegun(resource, before)
        task = asyncio.create_task(watch.run(), name=f"watch {resource.name}")
        self._tasks[resource.name] = task
        return watch

    def _unbegun(self, resource: Resource, before: ResourceWatch | None) -> ResourceWatch:
        if before is not None:
            known, place = before.known, before.left_at
        else:
            known = self._known.get((resource.group, resource.kind), {})
            place = self._place_of(resource.name)
        return ResourceWatch(
            resource,
            self._shared,
            dict(known),
            place,
            served_since=self._discovered_at or self._claimed,
            on_change=self._changed.set,
        )

    async def _end(self, names: Iterable[str]) -> None:
        tasks = [self._tasks.pop(name) for name in names]
        await _cancelled(tasks)
        found = [_fault(task) for task in tasks]
        for name in list(self._watches):
            if name not in self._tasks:
                watch = self._watches.pop(name)
                self._places[name] = Remembered(watch.resource, watch.left_at)
        _raise_faults(found)

    async def _accept_ends(self, watch: ResourceWatch) -> None:
        ends = watch.vanish()
        now = self._clock()
        while ends:
            try:
                await self._acceptor.accept([item(one, now) for one in ends])
            except (Overloaded, StorageFull):
                await asyncio.sleep(5)
            else:
                break

    # --- what is heard --------------------------------------------------------------------

    async def _note_for_ever(self) -> None:
        turn = 0
        while True:
            await asyncio.sleep(_NOTED_EVERY)
            _raise_faults([_fault(task) for task in self._tasks.values() if task.done()])
            self._note()
            turn += 1
            if turn % round(_WRITTEN_EVERY / _NOTED_EVERY) == 0:
                await asyncio.to_thread(self._write)

    def _note(self) -> None:
        """Claim what every resource was heard in.

        Left aside, and told by name, are those that we may not see or never could list.
        """
        asked = [watch for watch in self._watches.values() if _is_asked(watch)]
        for watch in self._watches.values():
            self._tell(watch)
        if not asked:
            if self._watches and all(watch.listed.is_set() for watch in self._watches.values()):
                self._silent("no resource can be listed")
            return
        high = min(watch.place.heard_at for watch in asked)
        if high > self._claimed:
            gaps = [gap for watch in asked for gap in watch.gaps]
            for low, to_at in without((self._claimed, high), gaps):
                self._hearing.heard(SOURCE, self._session, low, to_at)
            self._claimed = high
        for watch in asked:
            watch.gaps = [gap for gap in watch.gaps if gap[1] > self._claimed]
        mute = [watch for watch in asked if watch.trouble and watch.listed.is_set()]
        if mute:
            names = ", ".join(sorted(watch.resource.name for watch in mute)[:3])
            more = f" and {len(mute) - 3} more" if len(mute) > 3 else ""
            self._silent(f"{names}{more}: {mute[0].trouble}")

    def _tell(self, watch: ResourceWatch) -> None:
        """Say by name which resource is not heard, and when it is again."""
        name = f"{SOURCE} {watch.resource.name}"
        if watch.trouble and watch.listed.is_set():
            self._hearing.silent(name, watch.trouble)
            self._told.add(name)
        elif name in self._told and not watch.trouble:
            self._hearing.came(name, watch.place.heard_at)
            self._told.discard(name)

    def _silent(self, trouble: str) -> None:
        if trouble not in self._told:
            _log.warning("the cluster is not heard: %s", trouble)
            self._told.add(trouble)
        self._hearing.silent(SOURCE, trouble)

    def _write(self, *, ended: bool = False) -> None:
        now = {name: Remembered(one.resource, one.place) for name, one in self._watches.items()}
        heard = [one for one in {**self._places, **now}.values() if one.place.heard_at]
        try:
            write_places(self._cluster.places, self._uid, heard, ended=ended)
        except OSError as problem:  # more is told again after a restart
            _log.warning("how far was listened is not remembered: %s", problem)

    def _reject(self) -> None:
        self.rejected += 1


def _is_asked(watch: ResourceWatch) -> bool:
    return not watch.forbidden and (watch.place.heard_at > 0 or not watch.listed.is_set())


async def _cancelled(tasks: Sequence[asyncio.Task[None]]) -> None:
    """Wait until they have ended; told again where a word was lost in a broken connection."""
    left = set(tasks)
    while left:
        for task in left:
            task.cancel()
        _, left = await asyncio.wait(left, timeout=1)


def _fault(task: asyncio.Task[None]) -> BaseException | None:
    return None if task.cancelled() else task.exception()


def _raise_faults(found: Iterable[BaseException | None]) -> None:
    """A fault of ours ends it all: whoever keeps the process running starts it anew."""
    for fault in found:
        if fault is not None and not isinstance(fault, asyncio.CancelledError):
            raise fault
