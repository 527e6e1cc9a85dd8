"""The recorded hour on a cluster without an audit log: a watch and an admission webhook hear it.

Each recorded write is asked for first, as the API server would ask, then the version that came of
it is told by the watch. Who is named for a version is held against who wrote it.
"""

from __future__ import annotations

import asyncio
import copy
import gzip
import itertools
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml
from aiohttp import ClientSession
from tests.support.admission_reviews import body, review
from tests.support.audit_events import REDACTOR
from tests.support.cluster import NAMESPACES, FakeCluster, Kind
from tests.support.door_stage import TOKEN, now
from tests.support.rendered_manifests import KUSTOMIZE
from tests.support.watch_stage import Stage

from kubectl_smart.bot.serve.web import doors, listening
from kubectl_smart.capture.decoding.admitted import KEPT
from kubectl_smart.capture.decoding.fold import tick_item
from kubectl_smart.capture.sources.admission import Admission, Keeping
from kubectl_smart.capture.sources.receiving import Callers, Door, Limits, Waiting
from kubectl_smart.capture.warning import EMPTY
from kubectl_smart.memory.records.changes import Facet
from kubectl_smart.memory.records.steps import Step

WRITES = frozenset({"create", "update", "patch", "delete"})
WORKLOADS = frozenset({"cronjobs", "deployments", "jobs", "pods", "replicasets", "statefulsets"})
AROUND = frozenset({"horizontalpodautoscalers", "ingresses", "networkpolicies", "services"})
WATCHED = WORKLOADS | AROUND | {"configmaps", "poddisruptionbudgets"}
MALLORY = {"username": "mallory@example.com", "groups": ["system:authenticated"]}
AT_ONCE = 100


def asked_by_deploy() -> set[tuple[str, str]]:
    """(group, resource with subresource) that the webhook of deploy/ is asked about."""
    path = KUSTOMIZE / "components" / "admission" / "webhook.yaml"
    (hook,) = yaml.safe_load(path.read_text("utf-8"))["webhooks"]
    return {
        (group, resource)
        for rule in hook["rules"]
        for group in rule["apiGroups"]
        for resource in rule["resources"]
    }


def is_component(event: dict[str, Any]) -> bool:
    """What the webhook's matchConditions leave out."""
    user = event["user"]["username"]
    outside = ("system:kube-", "system:serviceaccount:kube-system:", "system:apiserver")
    return user.startswith(outside) or "system:nodes" in event["user"].get("groups", ())


def writes(story: Path) -> list[dict[str, Any]]:
    """The writes that took place, in the order of their versions."""
    found, newest = [], 0
    with gzip.open(story / "audit.jsonl.gz") as lines:
        for event in map(json.loads, lines):
            where = event.get("objectRef") or {}
            stored = event["stage"] == "ResponseComplete" and event["verb"] in WRITES
            if not stored or event["responseStatus"]["code"] >= 400:
                continue
            if where["resource"] not in WATCHED or where.get("namespace") == "kube-system":
                continue
            metadata = (event.get("responseObject") or {}).get("metadata") or {}
            version = 10 * int(metadata.get("resourceVersion") or 0)
            if version:
                metadata["resourceVersion"] = str(version)  # with room between them for ends
            newest = max(newest, version)
            # the answer to a deletion at once shows the version before it, or none
            at_once = event["verb"] == "delete" and not metadata.get("deletionGracePeriodSeconds")
            found.append((newest if at_once else version or newest, event))
    found.sort(key=lambda each: each[0])
    return [event for _, event in found]


def kinds_of(events: list[dict[str, Any]]) -> dict[str, Kind]:
    """By plural, as the objects spell them."""
    found: dict[str, Kind] = {}
    for event in events:
        obj, where = event.get("responseObject") or {}, event["objectRef"]
        if obj.get("kind") in (None, "Status", "Scale", "Table") or where.get("subresource"):
            continue
        group, _, version = obj["apiVersion"].rpartition("/")
        found[where["resource"]] = Kind(group, version, where["resource"], obj["kind"])
    return found


class Story:
    """The writes, one after the other: what is asked, and what comes of it."""

    def __init__(self, events: list[dict[str, Any]]) -> None:
        self.events = events
        self.kinds = kinds_of(events)
        self.cluster = FakeCluster(kinds=[NAMESPACES, *self.kinds.values()])
        self.asked = asked_by_deploy()
        self.wrote: dict[tuple[str, str], str] = {}
        self.told: set[str] = set()

    def turns(self) -> Iterator[tuple[list[dict[str, Any]], dict[str, Any]]]:
        """(reviews, event); the version is there once the next turn is asked for."""
        for event in self.events:
            old, new = self._around(event)
            if old is None and new is None:
                continue
            reviews = self._reviews(event, old, new)
            yield reviews, event
            uid, version = self._take_place(event, old, new)
            if reviews and version:
                self.wrote[uid, version] = event["user"]["username"]

    def _key(self, event: dict[str, Any]) -> tuple[str, str, str]:
        where = event["objectRef"]
        metadata = (event.get("responseObject") or {}).get("metadata") or {}
        return (
            where["resource"], where.get("namespace", ""),
            where.get("name") or metadata.get("name", ""),
        )  # fmt: skip

    def _around(self, event: dict[str, Any]) -> tuple[Any, Any]:
        """The object before and after a write; None where there is none."""
        old, answer = self.cluster.objects.get(self._key(event)), event.get("responseObject") or {}
        if answer.get("kind") == "Scale" and old is not None:
            new = copy.deepcopy(old)
            new["spec"]["replicas"] = answer["spec"]["replicas"]
            new["metadata"]["generation"] = new["metadata"].get("generation", 0) + 1
            new["metadata"]["resourceVersion"] = answer["metadata"]["resourceVersion"]
            return old, new
        kind = self.kinds[event["objectRef"]["resource"]]
        if event["verb"] == "delete":
            going = answer.get("kind") == kind.kind and "deletionTimestamp" in answer["metadata"]
            grace = going and answer["metadata"].get("deletionGracePeriodSeconds")
            return old, (answer if grace else None)
        if answer.get("kind") != kind.kind:
            return None, None
        return old, answer

    def _reviews(self, event: dict[str, Any], old: Any, new: Any) -> list[dict[str, Any]]:
        where = event["objectRef"]
        part = f"/{where['subresource']}" if where.get("subresource") else ""
        if is_component(event) or (where.get("apiGroup", ""), where["resource"] + part) not in (
            self.asked
        ):
            return []
        place = (where.get("apiGroup", ""), where["resource"])
        operation = "DELETE" if event["verb"] == "delete" else "UPDATE" if old else "CREATE"
        shown = None if operation == "DELETE" else copy.deepcopy(new)
        if shown is not None and old is not None:
            shown["metadata"]["resourceVersion"] = old["metadata"]["resourceVersion"]
        elif shown is not None:
            shown["metadata"].pop("resourceVersion", None)
        options = "PatchOptions" if event["verb"] == "patch" else ""
        more = {"options": options, "where": place, "scale": bool(part)}
        asked = [review(operation, shown, old, user=event["user"], **more)]
        if event["verb"] == "delete":
            sent = event.get("requestObject") or {}
            asked[0]["request"]["options"]["gracePeriodSeconds"] = sent.get("gracePeriodSeconds")
        if operation == "UPDATE" and shown is not None:
            other = copy.deepcopy(shown)
            if part:
                other["spec"]["replicas"] += 90
            else:
                other["metadata"].setdefault("labels", {})["by"] = "mallory"
            # another webhook refuses this one: it is asked for, and does not take place
            asked.insert(0, review("UPDATE", other, old, user=MALLORY, **more))
        return asked

    def _take_place(self, event: dict[str, Any], old: Any, new: Any) -> tuple[str, str]:
        """(uid, version) of what is stored; ("", "") if nothing is."""
        plural, namespace, name = self._key(event)
        if new is None:
            if old is None:
                return "", ""
            self.cluster.delete(self.kinds[plural], name, namespace)
            self.told.add(f"watch/{old['metadata']['uid']}/{self.cluster.version}/gone")
            return old["metadata"]["uid"], str(self.cluster.version)
        uid, version = new["metadata"]["uid"], new["metadata"]["resourceVersion"]
        if old is not None and int(old["metadata"]["resourceVersion"]) >= int(version):
            return "", ""
        self.cluster.store(self.kinds[plural], new)
        self.told.add(f"watch/{uid}/{version}/seen")
        return uid, version


def test_everybody_is_named_for_what_they_wrote(story: Path, tmp_path: Path) -> None:
    """Each version that was asked for has its author and no other; what was refused has none."""
    tale = Story(writes(story))
    stage = Stage(tale.cluster, tmp_path)

    async def played() -> None:
        limits = Limits()
        door = Door(Callers(tokens=(TOKEN,)), limits, Waiting(limits.waiting))
        hook = Admission(
            door, stage.memory, REDACTOR, stage.hearing, now,
            pinned=lambda: EMPTY, keeping=Keeping.UNTIL_SEEN, within=30.0,
        )  # fmt: skip
        address = listening(doors({"/admission": hook.handle}), "127.0.0.1", 0)
        headers = {"Authorization": f"Bearer {TOKEN}"}
        async with (
            stage.serving(),
            stage.listening(),
            address as url,
            ClientSession(headers=headers) as session,
        ):
            await stage.until(lambda: len(tale.cluster.watchers) == len(tale.cluster.kinds))
            for number, (reviews, _) in zip(itertools.count(1), tale.turns(), strict=False):
                for asked in reviews:
                    async with session.post(f"{url}/admission", data=body(asked)) as answer:
                        assert (await answer.json())["response"]["allowed"] is True
                if number % AT_ONCE == 0:
                    await stage.until(lambda: tale.told <= stage.memory.keys, 20)
                    tale.cluster.history.clear()
            await stage.until(lambda: tale.told <= stage.memory.keys, 20)
        await hook.close()
        await stage.memory.accept([tick_item(now() + 2 * KEPT, 0)])
        assert hook.counts["fault"] == hook.counts["unusable"] == hook.counts["unkept"] == 0

    asyncio.run(asyncio.wait_for(played(), 300))
    changes = [one for one in stage.memory.changes if one.facet is Facet.OBJECT]
    named = {
        (one.uid, one.resource_version): one.actor.name
        for one in changes
        if one.attribution.startswith("by admission: ")
    }
    recorded = {(one.uid, one.resource_version) for one in changes}
    assert named == {key: user for key, user in tale.wrote.items() if key in recorded}
    assert len(named) > 80
    people = {"priya@example.com", "sarah@example.com", "tom@example.com"}
    assert people < set(named.values())
    assert "mallory@example.com" not in {one.actor.name for one in changes}
    steps = [one for one in stage.memory.records if isinstance(one, Step)]
    assert {one.actor.name for one in steps} == {"mallory@example.com"}
    print(f"{len(named)} of {len(changes)} changes named, {len(tale.wrote)} asked for")
