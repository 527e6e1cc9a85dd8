"""Deployments: a ReplicaSet for each template, and the way from one to the next.

Rule: controller/deployment. Rolling: never more than replicas + maxSurge pods, never fewer than
replicas - maxUnavailable available; unhealthy old pods go first. Recreate: all old ones go, then
the new ones come.
"""

from __future__ import annotations

import math
from typing import Any

from kubectl_smart.simulate.admission import defaulted
from kubectl_smart.simulate.cluster.quantities import portion
from kubectl_smart.simulate.cluster.reading import (
    Raw,
    annotations_of,
    at,
    controller_of,
    mapping,
    name_of,
    namespace_of,
    uid_of,
)
from kubectl_smart.simulate.controllers.availability import Availability, wait_of
from kubectl_smart.simulate.controllers.owning import owned_by
from kubectl_smart.simulate.controllers.progress import Counted, Progress
from kubectl_smart.simulate.controllers.replicasets import replicas_of
from kubectl_smart.simulate.controllers.world import World

_HASH = "pod-template-hash"
_REVISION = "deployment.kubernetes.io/revision"
_DESIRED = "deployment.kubernetes.io/desired-replicas"
_MAX = "deployment.kubernetes.io/max-replicas"


class Deployments:
    """The controller. calm: those that have come to what they ask for, and are complete."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._calm: set[str] = set()
        self._same: dict[tuple[int, int], tuple[Raw, Raw, bool]] = {}
        self._availability = Availability(world)
        self._progress = Progress(world, self._soon)
        world.rolled = self._rolled
        world.changed.setdefault("ReplicaSet", []).append(self._set_changed)
        world.changed.setdefault("Deployment", []).append(self._changed)

    def _changed(self, _: Raw, after: Raw | None) -> None:
        if after is not None:
            self._calm.discard(uid_of(after))
            self._soon(uid_of(after))

    def _set_changed(self, raw: Raw, _: Raw | None) -> None:
        above = controller_of(raw)
        if above is not None and above[0] == "Deployment":
            self._calm.discard(above[2])
            self._soon(above[2])

    def _rolled(self, uid: str) -> None:
        if uid not in self._calm:
            self._soon(uid)

    def _soon(self, uid: str) -> None:
        world = self._world
        world.loop.soon(("deployment", uid), world.timings.react, lambda: self.sync(uid))

    def sync(self, uid: str) -> None:
        """One look at a deployment."""
        raw = self._world.cluster.by_uid(uid)
        if raw is None or at(raw, "metadata", "deletionTimestamp"):
            return
        sets = self._sets(uid)
        new = next((one for one in sets if self._is_new(one, raw)), None)
        counted = self._counted(new, sets)
        self._progress.begin(raw, sets, counted)
        if at(raw, "spec", "paused") or self._scaling(raw, sets):
            self._progress.scaled(raw, counted)
            self._scale(raw, new, sets)
            return
        done = self._progress.look(raw, replicas_of(raw), counted)
        if new is not None:
            new = self._same_wait(raw, new, sets)
            if done and all(
                replicas_of(one) == (replicas_of(raw) if one is new else 0) for one in sets
            ):
                self._calm.add(uid)
        if at(raw, "spec", "strategy", "type") == "Recreate":
            self._recreate(raw, new, sets)
        else:
            self._roll(raw, new, sets)

    def _counted(self, new: Raw | None, sets: list[Raw]) -> Counted:
        """How many pods there are of its newest template, of others, and of these in order."""
        ours = theirs = ready = available = 0
        for one in sets:
            wait = wait_of(one)
            for pod in self._world.cluster.owned(uid_of(one)):
                if not pod.active:
                    continue
                if one is new:
                    ours += 1
                else:
                    theirs += 1
                if pod.ready is not None:
                    ready += 1
                    available += wait <= 0 or self._availability.of(pod, wait)
        return Counted(ours, theirs, ready, available)

    def _same_wait(self, raw: Raw, new: Raw, sets: list[Raw]) -> Raw:
        """The ReplicaSet of its newest template, with its minReadySeconds."""
        if wait_of(new) == wait_of(raw):
            return new
        wait = at(raw, "spec", "minReadySeconds") or 0
        changed = {**new, "spec": {**mapping(new, "spec"), "minReadySeconds": wait}}
        sets[:] = [changed if one is new else one for one in sets]
        self._world.put(changed)
        return changed

    def _is_new(self, one: Raw, raw: Raw) -> bool:
        """Whether a ReplicaSet was made from the deployment's template."""
        ours, theirs = mapping(one, "spec", "template"), mapping(raw, "spec", "template")
        key = (id(ours), id(theirs))
        known = self._same.get(key)
        if known is None or known[0] is not ours or known[1] is not theirs:
            same = _plain(ours) == _plain(theirs) or self._bare(ours) == self._bare(theirs)
            known = self._same[key] = (ours, theirs, same)
        return known[2]

    def _bare(self, template: Raw) -> dict[str, Any]:
        """A template as the API server stores it, without what tells ReplicaSets apart."""
        holder = {"kind": "ReplicaSet", "metadata": {"name": ""}, "spec": {"template": template}}
        stored = defaulted(holder, self._world.cluster)["spec"]["template"]
        metadata = dict(mapping(stored, "metadata"))
        labels = mapping(metadata, "labels")
        metadata["labels"] = {key: value for key, value in labels.items() if key != _HASH}
        metadata.pop("creationTimestamp", None)
        if not metadata.get("annotations"):
            metadata.pop("annotations", None)
        return {**stored, "metadata": metadata}

    def _sets(self, uid: str) -> list[Raw]:
        """Its ReplicaSets, oldest first."""
        found = [one for kind, one in self._world.cluster.controlled(uid) if kind == "ReplicaSet"]
        return sorted(found, key=lambda one: str(at(one, "metadata", "creationTimestamp") or "~"))

    @staticmethod
    def _scaling(raw: Raw, sets: list[Raw]) -> bool:
        """Whether its replicas were changed since its sets were last sized."""
        wanted = replicas_of(raw)
        for one in sets:
            desired = str(annotations_of(one).get(_DESIRED, ""))
            if replicas_of(one) > 0 and desired.isdigit() and int(desired) != wanted:
                return True
        return False

    # --- sizes ------------------------------------------------------------------------

    def _scale(self, raw: Raw, new: Raw | None, sets: list[Raw]) -> None:
        """Rule: sync.go scale. One active set gets all; several share in proportion."""
        active = [one for one in sets if replicas_of(one) > 0]
        wanted = replicas_of(raw)
        if len(active) <= 1:
            only = active[0] if active else new or (sets[-1] if sets else None)
            if only is not None:
                self._resize(raw, only, wanted)
            return
        if new is not None and self._available(new) >= wanted == replicas_of(new):
            for one in active:
                if one is not new:
                    self._resize(raw, one, 0)
            return
        surge = 0 if wanted == 0 else self._surge(raw)
        allowed = wanted + surge
        total = sum(replicas_of(one) for one in active)
        to_add = allowed - total
        added = 0
        age = -1 if to_add > 0 else 1  # of equals the newer grows first, the older shrinks first
        ordered = sorted(active, key=lambda one: (-replicas_of(one), age * sets.index(one)))
        sizes: list[tuple[Raw, int]] = []
        for one in ordered:
            share = 0
            if to_add:
                before = str(annotations_of(one).get(_MAX, ""))
                base = int(before) if before.isdigit() and int(before) else total
                share = _rounded(replicas_of(one) * allowed / base) - replicas_of(one)
                share = min(share, to_add - added) if to_add > 0 else max(share, to_add - added)
            added += share
            sizes.append((one, replicas_of(one) + share))
        for place, (one, size) in enumerate(sizes):
            rest = to_add - added if place == 0 else 0
            self._resize(raw, one, max(0, size + rest))

    def _resize(self, raw: Raw, one: Raw, size: int) -> Raw:
        wanted = replicas_of(raw)
        annotations = {
            **annotations_of(one),
            _DESIRED: str(wanted),
            _MAX: str(wanted + self._surge(raw)),
        }
        if size == replicas_of(one) and annotations == dict(annotations_of(one)):
            return one
        metadata = {**mapping(one, "metadata"), "annotations": annotations}
        changed = {
            **one,
            "metadata": metadata,
            "spec": {**mapping(one, "spec"), "replicas": size},
        }
        self._world.put(changed)
        return changed

    def _surge(self, raw: Raw) -> int:
        strategy = mapping(raw, "spec", "strategy")
        if strategy.get("type") == "Recreate":
            return 0
        found = at(strategy, "rollingUpdate", "maxSurge")
        return portion("25%" if found is None else found, replicas_of(raw), up=True)

    def _unavailable(self, raw: Raw) -> int:
        strategy = mapping(raw, "spec", "strategy")
        if strategy.get("type") == "Recreate":
            return 0
        found = at(strategy, "rollingUpdate", "maxUnavailable")
        wanted = replicas_of(raw)
        number = portion("25%" if found is None else found, wanted, up=False)
        if number == 0 and self._surge(raw) == 0:
            number = 1
        return min(number, wanted)

    def _available(self, one: Raw) -> int:
        wait = wait_of(one)
        return sum(
            pod.active and self._availability.of(pod, wait)
            for pod in self._world.cluster.owned(uid_of(one))
        )

    # --- from one template to the next ------------------------------------------------

    def _roll(self, raw: Raw, new: Raw | None, sets: list[Raw]) -> None:
        wanted = replicas_of(raw)
        if new is None:
            total = sum(replicas_of(one) for one in sets)
            room = wanted + self._surge(raw) - total
            self._make(raw, max(0, min(room, wanted)), sets)
            return
        total = sum(replicas_of(one) for one in sets)
        size = replicas_of(new)
        if size > wanted:
            self._resize(raw, new, wanted)
            return
        if size < wanted:
            room = wanted + self._surge(raw) - total
            if room > 0:
                self._resize(raw, new, size + min(room, wanted - size))
                return
        self._shrink(raw, new, [one for one in sets if one is not new])

    def _shrink(self, raw: Raw, new: Raw, old: list[Raw]) -> None:
        if not any(replicas_of(one) for one in old):
            return
        least = replicas_of(raw) - self._unavailable(raw)
        total = replicas_of(new) + sum(replicas_of(one) for one in old)
        not_yet = replicas_of(new) - self._available(new)
        spare = total - least - not_yet
        if spare <= 0:
            return
        old = self._without_unhealthy(raw, old, spare)
        available = self._available(new) + sum(self._available(one) for one in old)
        spare = available - least
        for one in old:
            if spare <= 0:
                break
            down = min(replicas_of(one), spare)
            if down:
                self._resize(raw, one, replicas_of(one) - down)
                spare -= down

    def _without_unhealthy(self, raw: Raw, old: list[Raw], most: int) -> list[Raw]:
        found: list[Raw] = []
        for one in old:
            size, available = replicas_of(one), self._available(one)
            down = min(most, size - available) if size else 0
            if down > 0:
                most -= down
                found.append(self._resize(raw, one, size - down))
            else:
                found.append(one)
        return found

    def _recreate(self, raw: Raw, new: Raw | None, sets: list[Raw]) -> None:
        old = [one for one in sets if one is not new]
        running = [one for one in old if replicas_of(one)]
        for one in running:
            self._resize(raw, one, 0)
        if running:
            return
        if any(not pod.finished for one in old for pod in self._world.cluster.owned(uid_of(one))):
            return
        if new is None:
            self._make(raw, replicas_of(raw), sets)
        else:
            self._resize(raw, new, replicas_of(raw))

    def _make(self, raw: Raw, size: int, sets: list[Raw]) -> None:
        template = mapping(raw, "spec", "template")
        number = self._world.hashes.of(template)
        revisions = [str(annotations_of(one).get(_REVISION, "0")) for one in sets]
        revision = 1 + max((int(one) for one in revisions if one.isdigit()), default=0)
        labels = {**mapping(template, "metadata", "labels"), _HASH: number}
        selector = mapping(raw, "spec", "selector")
        wanted = replicas_of(raw)
        made: dict[str, Any] = {
            "apiVersion": "apps/v1",
            "kind": "ReplicaSet",
            "metadata": {
                "name": f"{name_of(raw)}-{number}",
                "namespace": namespace_of(raw),
                "labels": labels,
                "annotations": {
                    _REVISION: str(revision),
                    _DESIRED: str(wanted),
                    _MAX: str(wanted + self._surge(raw)),
                },
            },
            "spec": {
                "replicas": size,
                "selector": {
                    **selector,
                    "matchLabels": {**mapping(selector, "matchLabels"), _HASH: number},
                },
                "template": {
                    **template,
                    "metadata": {**mapping(template, "metadata"), "labels": labels},
                },
            },
        }
        if at(raw, "spec", "minReadySeconds"):
            made["spec"]["minReadySeconds"] = at(raw, "spec", "minReadySeconds")
        self._progress.made(raw)
        self._world.put(owned_by(made, raw))


def _plain(template: Raw) -> tuple[Raw, dict[str, Any], dict[str, Any]]:
    """(spec, labels, the rest) as they are written; where they are equal nothing need be filled in.

    What the API server fills in depends on nothing else.
    """
    metadata = dict(mapping(template, "metadata"))
    labels = metadata.pop("labels", None) or {}
    return (
        mapping(template, "spec"),
        {key: value for key, value in labels.items() if key != _HASH},
        {key: value for key, value in metadata.items() if value and key != "creationTimestamp"},
    )


def _rounded(number: float) -> int:
    """To the nearest; a half goes up, as in RoundToInt32."""
    return math.floor(number + 0.5)
