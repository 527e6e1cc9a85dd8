"""A cluster of the test's own, listened to; what was accepted is folded at once."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import orjson
from tests.support.audit_events import REDACTOR
from tests.support.cluster import TOKEN, FakeCluster, served

from kubectl_smart.capture.accepting import Kept
from kubectl_smart.capture.coverage import Hearing
from kubectl_smart.capture.decoding.fold import Fold
from kubectl_smart.capture.decoding.knowing import EMPTY
from kubectl_smart.capture.preparing import Prepared
from kubectl_smart.capture.sources.api_client import ApiClient
from kubectl_smart.capture.sources.cluster import ClusterPlace
from kubectl_smart.capture.sources.watch_resource import Tuning
from kubectl_smart.capture.sources.watching import SKIPPED, Cluster, Watching
from kubectl_smart.capture.witnessing import Key, Standing
from kubectl_smart.memory.records.changes import Change
from kubectl_smart.memory.records.facts import Record
from kubectl_smart.memory.records.objects import CLUSTER
from kubectl_smart.memory.records.observations import Observation
from kubectl_smart.memory.store.protocols import SpoolEntry, SpoolItem


def now() -> int:
    """Microseconds since 1970-01-01 UTC."""
    return time.time_ns() // 1_000


class Remembering:
    """An acceptor that folds what it is given, once each."""

    def __init__(self) -> None:
        self.state = EMPTY
        self.records: list[Record] = []
        self.fails: list[Exception] = []
        self.keys: set[str] = set()
        self._sequence = 0

    async def accept(self, items: Sequence[SpoolItem]) -> Kept:
        """See Acceptor; the failures ordered come first."""
        if self.fails:
            raise self.fails.pop(0)
        new = list({one.key: one for one in items if one.key not in self.keys}.values())
        for one in new:
            self.keys.add(one.key)
            self._sequence += 1
            self.state, made = Fold().fold(self.state, SpoolEntry(*one, self._sequence))
            self.records += [record for _, record in made]
        return Kept(len(new), len(items) - len(new), 0)

    async def accept_events(
        self, events: Sequence[Prepared], source: str, also: Sequence[SpoolItem] = ()
    ) -> Kept:
        """No audit here."""
        raise NotImplementedError(f"{len(events)} events of {source}, {len(also)} items")

    def known(self) -> Mapping[tuple[str, str], dict[Key, Standing]]:
        """As an index would say."""
        found: dict[tuple[str, str], dict[Key, Standing]] = {}
        for ref, one in self.state.objects.alive.items():
            of_kind = found.setdefault((ref.group, ref.kind), {})
            of_kind[ref.namespace, ref.name] = Standing(one.uid, str(one.version), one.happened_at)
        return found

    @property
    def changes(self) -> list[Change]:
        """In the order they were recorded."""
        return [one for one in self.records if isinstance(one, Change)]

    @property
    def observations(self) -> list[Observation]:
        """In the order they were recorded."""
        return [one for one in self.records if isinstance(one, Observation)]

    def of(self, name: str) -> list[Change]:
        """Of objects with that name."""
        return [one for one in self.changes if one.object.name == name]


class Stage:
    """One listener to one cluster, with what it remembers."""

    def __init__(self, cluster: FakeCluster, folder: Path) -> None:
        self.cluster = cluster
        self.memory = Remembering()
        self.hearing = Hearing(now)
        self.places = folder / "watch.json"
        self.url = ""
        self.watching: Watching | None = None
        self.tuning = Tuning(page=3, watch=2, silence=1.0, pause=0.02)

    @asynccontextmanager
    async def serving(self) -> AsyncIterator[None]:
        """The cluster answers."""
        async with served(self.cluster) as url:
            self.url = url
            yield

    @asynccontextmanager
    async def listening(self) -> AsyncIterator[Watching]:
        """Somebody listens."""
        place = ClusterPlace(self.url, None, lambda: f"Bearer {TOKEN}")
        async with ApiClient(place, agent="test") as client:
            cluster = Cluster(
                client, frozenset(SKIPPED), self.places, self.memory.known, self.tuning
            )
            self.watching = Watching(cluster, self.memory, REDACTOR, self.hearing, now)
            task = asyncio.create_task(self.watching.run())
            try:
                yield self.watching
            finally:
                task.cancel()
                (end,) = await asyncio.gather(task, return_exceptions=True)
                assert isinstance(end, asyncio.CancelledError), f"it ended by {end!r}"

    async def until(self, what: Callable[[], Any], seconds: float = 20.0) -> None:
        """Until that is so."""
        ends = time.monotonic() + seconds
        while not what():
            assert time.monotonic() < ends, f"it did not come to be; {self.differences()}"
            await asyncio.sleep(0.01)

    async def caught_up(self) -> None:
        """Until everything that is, is known."""
        await self.until(lambda: self.differences() == [])

    def differences(self) -> list[str]:
        """Objects of which the memory and the cluster hold different versions."""
        served_kinds = {one.plural: one for one in self.cluster.kinds}
        there = {}
        for (plural, namespace, name), obj in self.cluster.objects.items():
            if plural in served_kinds and plural not in ("secrets", "events"):
                there[obj["kind"], namespace or CLUSTER, name] = _shown(obj)
        mine = {
            (ref.kind, ref.namespace, ref.name): _shown(orjson.loads(one.state or b"{}"))
            for ref, one in self.memory.state.objects.alive.items()
        }
        return sorted(
            str(key) for key in there.keys() | mine.keys() if there.get(key) != mine.get(key)
        )


def _shown(obj: dict[str, Any]) -> tuple[str, Any]:
    return obj.get("metadata", {}).get("uid", ""), obj.get("data") or obj.get("spec")
