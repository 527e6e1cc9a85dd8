"""A cluster listened to by list and watch, against a stand-in that breaks off and forgets."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from tests.support.cluster import (
    CONFIG_MAPS,
    DEPLOYMENTS,
    EVENTS,
    PODS,
    REPLICA_SETS,
    SECRETS,
    WIDGETS,
    FakeCluster,
)
from tests.support.watch_stage import Stage, now

from kubectl_smart.capture.accepting import Overloaded
from kubectl_smart.memory.records.actors import ActorKind
from kubectl_smart.memory.records.errors import StorageFull


def data(value: object) -> dict[str, dict[str, str]]:
    """Of a ConfigMap."""
    return {"data": {"SIZE": str(value)}}


@pytest.mark.parametrize("aggregated", [True, False])
def test_everything_served_is_known(tmp_path: Path, aggregated: bool) -> None:
    """By either kind of discovery; in pages; secrets are not asked for."""
    cluster = FakeCluster(aggregated=aggregated)
    for at in range(8):
        cluster.put(CONFIG_MAPS, f"settings-{at}", **data(at))
    cluster.put(SECRETS, "token", data={"password": "c2VjcmV0"})
    stage = Stage(cluster, tmp_path)

    async def story() -> None:
        async with stage.serving(), stage.listening():
            await stage.caught_up()

    asyncio.run(story())
    first = stage.memory.of("settings-3")
    assert [one.verb for one in first] == ["found"]
    assert first[0].not_before < first[0].happened_at  # from when it was made, by its own word
    assert cluster.asked["list", "configmaps"] >= 3
    assert cluster.asked["list", "secrets"] == 0
    assert stage.memory.of("token") == []


def test_who_wrote_is_told_as_far_as_it_is_known(tmp_path: Path) -> None:
    """A tool's name is no person's; a controller is one."""
    cluster = FakeCluster()
    stage = Stage(cluster, tmp_path)

    async def story() -> None:
        async with stage.serving(), stage.listening():
            await stage.caught_up()
            cluster.put(DEPLOYMENTS, "api", spec={"replicas": 3}, manager="kubectl-edit")
            await stage.caught_up()
            cluster.put(DEPLOYMENTS, "api", spec={"replicas": 5}, manager="kube-controller-manager")
            await stage.caught_up()
            cluster.delete(DEPLOYMENTS, "api")
            await stage.caught_up()

    asyncio.run(story())
    made, scaled, gone = stage.memory.of("api")
    assert (made.verb, made.actor.kind, made.via) == ("create", ActorKind.UNKNOWN, "kubectl edit")
    assert "names the tool, not the person" in made.attribution
    assert (scaled.actor.name, scaled.actor.kind) == (
        "kube-controller-manager", ActorKind.CONTROLLER,
    )  # fmt: skip
    assert [edit.path for edit in scaled.edits] == ["spec.replicas"]
    assert (gone.verb, gone.gone, gone.actor.kind) == ("delete", True, ActorKind.UNKNOWN)
    assert {one.not_before for one in (made, scaled, gone)} == {0}


def test_what_owns_is_known_before_what_is_owned(tmp_path: Path) -> None:
    """Pods of the first list have the Deployment above them."""
    cluster = FakeCluster()
    owned: dict[str, object] = {"controller": True, "uid": "u1"}
    api = cluster.put(DEPLOYMENTS, "api", uid="u0", spec={"replicas": 1})
    above = {**owned, "apiVersion": "apps/v1", "kind": "Deployment", "name": "api", "uid": "u0"}
    cluster.put(REPLICA_SETS, "api-1", uid="u1", spec={}, metadata={"ownerReferences": [above]})
    of_set = {**owned, "apiVersion": "apps/v1", "kind": "ReplicaSet", "name": "api-1"}
    cluster.put(PODS, "api-1-x", spec={}, metadata={"ownerReferences": [of_set]})
    stage = Stage(cluster, tmp_path)

    async def story() -> None:
        async with stage.serving(), stage.listening():
            await stage.caught_up()

    asyncio.run(story())
    (pod,) = stage.memory.of("api-1-x")
    assert pod.derived
    assert pod.owner is not None
    assert pod.owner.name == api["metadata"]["name"]


def test_a_break_loses_nothing_and_is_no_instant(tmp_path: Path) -> None:
    """What is told after a break may have taken place at any time since it."""
    cluster = FakeCluster()
    cluster.put(CONFIG_MAPS, "settings", **data(1))
    stage = Stage(cluster, tmp_path)

    async def story() -> None:
        async with stage.serving(), stage.listening():
            await stage.caught_up()
            cluster.refused["configmaps"] = 500
            cluster.break_off()
            broke = now()
            await asyncio.sleep(1.2)
            cluster.put(CONFIG_MAPS, "settings", **data(2))
            cluster.put(CONFIG_MAPS, "settings", **data(3))
            made = now()
            await asyncio.sleep(0.2)
            cluster.refused.clear()
            await stage.caught_up()
            _, *dark = stage.memory.of("settings")
            assert len(dark) == 2
            for one in dark:
                assert 0 < one.not_before <= broke + 100_000
                assert made <= one.happened_at
            cluster.put(CONFIG_MAPS, "settings", **data(4))
            await stage.caught_up()
            assert stage.memory.of("settings")[-1].not_before == 0
        heard = [one for one in stage.hearing.due() if one.source == "watch"]
        assert len(heard) == 1  # all was told: no gap

    asyncio.run(story())
    assert cluster.asked["list", "configmaps"] <= 2 + 1  # once, and its version after the break


def test_history_that_is_gone_is_a_gap(tmp_path: Path) -> None:
    """410: all is listed anew; what changed, came and went is told with its interval."""
    cluster = FakeCluster()
    for name in ("changed", "removed", "kept", "replaced"):
        cluster.put(CONFIG_MAPS, name, **data(1))
    stage = Stage(cluster, tmp_path)

    async def story() -> None:
        async with stage.serving(), stage.listening():
            await stage.caught_up()
            await stage.until(lambda: stage.hearing.due())
            cluster.refused["configmaps"] = 500
            cluster.break_off()
            broke = now()
            cluster.put(CONFIG_MAPS, "changed", **data(2))
            cluster.put(CONFIG_MAPS, "new", created="2026-11-23T14:02:01Z", **data(1))
            cluster.delete(CONFIG_MAPS, "removed")
            cluster.delete(CONFIG_MAPS, "replaced")
            cluster.put(CONFIG_MAPS, "replaced", **data(1))
            cluster.compact()
            await asyncio.sleep(1.5)
            cluster.refused.clear()
            await stage.caught_up()
            await stage.until(lambda: len(stage.hearing.due()) == 2)
            first, second = stage.hearing.due()
            assert first.to_at <= broke + 1_100_000
            assert second.from_at >= broke + 1_400_000

    asyncio.run(story())
    memory = stage.memory
    assert [one.verb for one in memory.of("changed")] == ["found", "update"]
    assert [one.verb for one in memory.of("removed")] == ["found", "delete"]
    assert [one.verb for one in memory.of("replaced")] == ["found", "delete", "found"]
    assert [one.verb for one in memory.of("kept")] == ["found"]
    assert [one.verb for one in memory.of("new")] == ["found"]
    late = [memory.of(name)[-1] for name in ("changed", "removed", "new")]
    assert all(0 < one.not_before < one.happened_at for one in late)
    assert "missing from a list" in memory.of("removed")[-1].attribution


def test_a_restart_goes_on_where_it_was(tmp_path: Path) -> None:
    """Nothing is listed again; what took place meanwhile is told, with its interval."""
    cluster = FakeCluster()
    cluster.put(CONFIG_MAPS, "settings", **data(1))
    stage = Stage(cluster, tmp_path)

    async def story() -> None:
        async with stage.serving():
            async with stage.listening():
                await stage.caught_up()
                await stage.until(lambda: all(w.place.version for w in stage.watching.watches))  # type: ignore[union-attr]
            stopped = now()
            cluster.put(CONFIG_MAPS, "settings", **data(2))
            await asyncio.sleep(1.1)
            cluster.put(CONFIG_MAPS, "settings", **data(3))
            async with stage.listening():
                await stage.caught_up()
            changes = stage.memory.of("settings")
            assert [one.verb for one in changes] == ["found", "update", "update"]
            assert all(0 < one.not_before <= stopped for one in changes[1:])

    asyncio.run(story())


def test_another_cluster_is_refused(tmp_path: Path) -> None:
    """Or all that one holds would be recorded as deleted."""
    stage = Stage(FakeCluster(), tmp_path)
    other = Stage(FakeCluster(uid="cluster-2"), tmp_path)

    async def story() -> None:
        async with stage.serving(), stage.listening():
            await stage.caught_up()
        async with other.serving():
            with pytest.raises(AssertionError, match="another cluster"):
                async with other.listening():
                    await asyncio.sleep(0.5)

    asyncio.run(story())


def test_custom_resources_come_and_go(tmp_path: Path) -> None:
    """A definition appears: its objects are listened to; it goes: they are gone."""
    cluster = FakeCluster()
    stage = Stage(cluster, tmp_path)

    async def story() -> None:
        async with stage.serving(), stage.listening() as watching:
            await stage.caught_up()
            cluster.serve(WIDGETS)
            cluster.put(WIDGETS, "w1", spec={"size": 1})
            await stage.caught_up()
            cluster.put(WIDGETS, "w1", spec={"size": 2})
            await stage.caught_up()
            cluster.withdraw(WIDGETS)
            await stage.caught_up()
            await stage.until(
                lambda: "widgets.example.com" not in {w.resource.name for w in watching.watches}
            )

    asyncio.run(story())
    assert [one.verb for one in stage.memory.of("w1")][-2:] == ["update", "delete"]


def test_a_group_that_cannot_say_keeps_its_resources(tmp_path: Path) -> None:
    """An aggregated server that is down has not taken its objects with it."""
    cluster = FakeCluster(aggregated=False)
    cluster.serve(WIDGETS)
    cluster.put(WIDGETS, "w1", spec={"size": 1})
    stage = Stage(cluster, tmp_path)

    async def story() -> None:
        async with stage.serving(), stage.listening() as watching:
            await stage.caught_up()
            cluster.stale.add("example.com")
            before = cluster.asked["discovery", "/apis"]
            watching._changed.set()  # somebody changed what is served
            await stage.until(lambda: cluster.asked["discovery", "/apis"] > before)
            await asyncio.sleep(0.3)
            assert "widgets.example.com" in {one.resource.name for one in watching.watches}

    asyncio.run(story())
    assert [one.verb for one in stage.memory.of("w1")] == ["found"]


def test_what_may_not_be_seen_is_told_by_name(tmp_path: Path) -> None:
    """The rest is heard; when it is allowed, it is heard too."""
    cluster = FakeCluster()
    cluster.refused["pods"] = 403
    stage = Stage(cluster, tmp_path)

    async def story() -> None:
        async with stage.serving(), stage.listening():
            await stage.until(lambda: any(one.source == "watch" for one in stage.hearing.due()))
            states = {one.source: one for one in stage.hearing.states()}
            assert states["watch"].listening
            assert not states["watch pods"].listening
            assert "403" in states["watch pods"].trouble

    asyncio.run(story())


def test_without_room_it_waits(tmp_path: Path) -> None:
    """What could not be kept is handed over again."""
    cluster = FakeCluster()
    cluster.put(CONFIG_MAPS, "settings", **data(1))
    stage = Stage(cluster, tmp_path)
    stage.memory.fails = [Overloaded("much waits", 0), Overloaded("much waits", 0)]

    async def story() -> None:
        async with stage.serving(), stage.listening():
            await stage.caught_up()
            stage.memory.fails = [StorageFull("no room", "make some"), Overloaded("much", 0)]
            cluster.put(CONFIG_MAPS, "settings", **data(2))
            await stage.caught_up()

    asyncio.run(story())
    assert [one.verb for one in stage.memory.of("settings")] == ["found", "update"]


def test_events_become_observations(tmp_path: Path) -> None:
    """With the object they are about; their own end is none."""
    cluster = FakeCluster()
    stage = Stage(cluster, tmp_path)
    event = {
        "involvedObject": {"apiVersion": "v1", "kind": "Pod", "namespace": "prod", "name": "p"},
        "reason": "BackOff", "message": "Back-off restarting", "type": "Warning", "count": 1,
        "firstTimestamp": "2026-11-23T14:00:00Z", "lastTimestamp": "2026-11-23T14:00:00Z",
    }  # fmt: skip

    async def story() -> None:
        async with stage.serving(), stage.listening():
            await stage.caught_up()
            cluster.put(EVENTS, "p.1", **event)
            await stage.until(lambda: stage.memory.observations)
            cluster.delete(EVENTS, "p.1")
            await asyncio.sleep(0.2)

    asyncio.run(story())
    (seen,) = stage.memory.observations
    assert (seen.kind, seen.about.name, seen.count) == ("BackOff", "p", 1)
    assert stage.memory.of("p.1") == []


def test_versions_twice_and_in_another_order(tmp_path: Path) -> None:
    """Each is recorded once, in its place; what is newest stays so."""
    cluster = FakeCluster(twice=True, swapped=True)
    cluster.put(CONFIG_MAPS, "settings", **data(0))
    stage = Stage(cluster, tmp_path)

    async def story() -> None:
        async with stage.serving(), stage.listening():
            await stage.caught_up()
            for at in range(1, 6):
                cluster.put(CONFIG_MAPS, "settings", **data(at))
            cluster.put(CONFIG_MAPS, "short", **data(1))
            cluster.delete(CONFIG_MAPS, "short")
            await stage.caught_up()
            await stage.until(lambda: len(stage.memory.of("settings")) == 6)

    asyncio.run(story())
    changes = stage.memory.of("settings")
    assert sorted(int(one.resource_version) for one in changes) == [102, 103, 104, 105, 106, 107]
    assert [one.late for one in changes].count(True) >= 1
    assert {one.verb for one in stage.memory.of("short")} >= {"delete"}
