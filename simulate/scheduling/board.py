"""The nodes as the scheduler sees them: arrays with a slot for each node.

Everything that is asked for every pod and every node is a column here: what is free, which taints,
which value of a label, how many matching pods. A pod that is placed or leaves changes one slot of a
few arrays; a node that is deleted gives its slot up.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from kubectl_smart.memory.formats.wiring.selecting import full, matches
from kubectl_smart.simulate.cluster.node_terms import Requirement, Term, met
from kubectl_smart.simulate.cluster.pods import Pod
from kubectl_smart.simulate.cluster.reading import Raw, items, labels_of, mapping, name_of
from kubectl_smart.simulate.cluster.requests import amounts_of
from kubectl_smart.simulate.cluster.shapes import Shape
from kubectl_smart.simulate.scheduling.node_tree import NodeTree
from kubectl_smart.simulate.scheduling.profile import Profile, Taint, taints_of
from kubectl_smart.simulate.scheduling.tallies import Book

Mask = npt.NDArray[np.bool_]
Numbers = npt.NDArray[np.int64]

HOSTNAME = "kubernetes.io/hostname"
_CORE = ("cpu", "memory", "ephemeral-storage")
_MISSING = -1


class Column:
    """One label over all nodes.

    ids     -1 where it is missing; places: one more, for sums in which 0 is "missing"
    values  what the ids stand for
    lacking whether any node has no such label
    """

    __slots__ = ("ids", "lacking", "places", "values")

    def __init__(self, ids: Numbers, values: list[str], alive: Mask) -> None:
        self.ids = ids
        self.lacking = bool((ids[alive] < 0).any())
        self.places: Numbers = ids + 1
        self.values = values


class Board:
    """names by slot ("" if it is free), slots by name, and the columns.

    stamp      counts the changes of what is used or free; touched: the last one of each slot
    version    counts the changes of anything that a filter looks at
    known      names by slot, those of nodes that are gone too
    ranks      how many pods of each priority are on each node
    resources  row of each resource in `allocatable` and `used`
    tree       the order of the nodes
    memo       what was worked out of labels and taints; forgotten when a node is new or changes.
               Of nodes that are gone since it may say anything: `alive` decides
    rooms      what `headroom` keeps
    domains    the same for domains, forgotten when a node goes, too
    """

    def __init__(self, namespaces: Mapping[str, Mapping[str, str]]) -> None:
        self.namespaces = namespaces
        self.names: list[str] = []
        self.known: list[str] = []
        self.slots: dict[str, int] = {}
        self.labels: list[Mapping[str, str]] = []
        self.images: list[Mapping[str, int]] = []
        self.has_images = False
        self.stamp = self.version = 0
        self.resources: dict[str, int] = {name: row for row, name in enumerate(_CORE)}
        self.size = 16
        self.alive: Mask = np.zeros(self.size, np.bool_)
        self.allocatable: Numbers = np.zeros((len(_CORE), self.size), np.int64)
        self.used: Numbers = np.zeros((len(_CORE), self.size), np.int64)
        self.scored: Numbers = np.zeros((2, self.size), np.int64)
        self.room: Numbers = np.zeros(self.size, np.int64)
        self.count: Numbers = np.zeros(self.size, np.int64)
        self.ranks: dict[int, Numbers] = {}
        self.touched: Numbers = np.zeros(self.size, np.int64)
        self.closed: Mask = np.zeros(self.size, np.bool_)
        self.taint_sets: list[tuple[Taint, ...]] = [()]
        self.taints: Numbers = np.zeros(self.size, np.int64)
        self.pods: list[dict[Pod, Profile]] = []
        self.ports: dict[tuple[str, int], dict[str, Numbers]] = {}
        self.claims: dict[tuple[str, str], int] = {}
        self.nominated: dict[int, dict[Pod, Profile]] = {}
        self.book = Book(self.size)
        self.rooms: dict[Hashable, Any] = {}
        self._taint_ids: dict[tuple[Taint, ...], int] = {(): 0}
        self._profiles: dict[int, Profile] = {}
        self._columns: dict[str, Column] = {}
        self.memo: dict[Hashable, Any] = {}
        self.domains: dict[Hashable, Any] = {}
        self.tree = NodeTree()

    # --- profiles ---------------------------------------------------------------------

    def profile(self, shape: Shape) -> Profile:
        """What the plugins read of a shape."""
        found = self._profiles.get(shape.id)
        if found is None:
            before = None if shape.unzoned is None else self._profiles.get(shape.unzoned.id)
            if before is None:
                found = Profile(shape, self._resolve)
            else:
                found = before.zoned(shape, self._resolve)
            self._profiles[shape.id] = found
            self.book.enter(found)
            for name in found.amounts:
                self._row(name)
        return found

    def _resolve(self, selector: Raw) -> frozenset[str] | None:
        asked = full("", selector)
        if asked is None or not (asked.pairs or asked.requirements):
            return None
        return frozenset(name for name, labels in self.namespaces.items() if matches(asked, labels))

    def _row(self, resource: str) -> int:
        row = self.resources.get(resource)
        if row is None:
            row = self.resources[resource] = len(self.resources)
            more = np.zeros((1, self.size), np.int64)
            self.allocatable = np.concatenate((self.allocatable, more))
            self.used = np.concatenate((self.used, more))
        return row

    # --- nodes ------------------------------------------------------------------------

    def add_node(self, node: Raw, pods: Iterable[Pod]) -> None:
        """A node that is new, or that came back, with the pods that are bound to it."""
        name = name_of(node)
        slot = len(self.names)
        if slot == self.size:
            self._grow(self.size * 2)
        self.names.append(name)
        self.known.append(name)
        self.slots[name] = slot
        self.labels.append({})
        self.images.append({})
        self.pods.append({})
        self.alive[slot] = True
        self.change_node(node)
        self._fill(slot, [pod for pod in pods if not pod.finished])

    def _fill(self, slot: int, pods: list[Pod]) -> None:
        """Add all pods of a node at once: equal ones are counted together."""
        together: dict[Profile, list[Pod]] = {}
        for pod in pods:
            together.setdefault(self.profile(pod.shape), []).append(pod)
        for profile, equal in together.items():
            for pod in equal:
                self.pods[slot][pod] = profile
                profile.members[pod] = slot
            live = sum(pod.deleting is None for pod in equal)
            self._count_in(profile, slot, len(equal), live)
            for pod in equal if profile.claims else ():
                self._claim(pod, profile, 1)

    def change_node(self, node: Raw) -> None:
        """Labels, taints, cordon or size of a node have changed."""
        slot = self.slots[name_of(node)]
        self.tree.remove(slot, self.labels[slot])
        self.labels[slot] = labels_of(node)
        self.tree.add(slot, self.labels[slot])
        self.images[slot] = _images(node)
        self.has_images = self.has_images or bool(self.images[slot])
        amounts = amounts_of(
            mapping(node, "status", "allocatable") or mapping(node, "status", "capacity")
        )
        self.room[slot] = amounts.pop("pods", 0)
        for resource in amounts:
            self._row(resource)
        for resource, row in self.resources.items():
            self.allocatable[row, slot] = amounts.get(resource, 0)
        self._touch(slot)
        self.closed[slot] = bool(mapping(node, "spec").get("unschedulable"))
        taints = taints_of(node)
        number = self._taint_ids.get(taints)
        if number is None:
            number = self._taint_ids[taints] = len(self.taint_sets)
            self.taint_sets.append(taints)
        self.taints[slot] = number
        self._changed()

    def remove_node(self, name: str) -> None:
        """A node was deleted: nothing on it counts any more."""
        slot = self.slots.pop(name)
        pods, self.pods[slot] = self.pods[slot], {}
        for pod, profile in pods.items():
            profile.members.pop(pod, None)
            self._claim(pod, profile, -1)
        for tally in {tally for profile in pods.values() for tally in profile.tallies}:
            tally.add(slot, -int(tally.counts[slot]))
        self.tree.remove(slot, self.labels[slot])
        self.names[slot] = ""
        self.labels[slot] = {}
        self.images[slot] = {}
        self.alive[slot] = False
        for column in (self.allocatable, self.used, self.scored):
            column[:, slot] = 0
        for line in (self.room, self.count, self.taints, *self.ranks.values()):
            line[slot] = 0
        self.closed[slot] = False
        for by_address in self.ports.values():
            for counts in by_address.values():
                counts[slot] = 0
        self._touch(slot)
        self.nominated.pop(slot, None)
        for label in self._columns.values():
            label.ids[slot], label.places[slot] = _MISSING, 0
        self.domains.clear()

    def _changed(self) -> None:
        self._columns.clear()
        self.memo.clear()
        self.domains.clear()

    def _grow(self, size: int) -> None:
        more = size - self.size

        def longer(column: Any) -> Any:
            shape = (*column.shape[:-1], more)
            return np.concatenate((column, np.zeros(shape, column.dtype)), axis=-1)

        self.alive, self.closed = longer(self.alive), longer(self.closed)
        self.allocatable, self.used = longer(self.allocatable), longer(self.used)
        self.scored, self.room = longer(self.scored), longer(self.room)
        self.count, self.taints = longer(self.count), longer(self.taints)
        self.touched = longer(self.touched)
        self.ranks = {priority: longer(rank) for priority, rank in self.ranks.items()}
        self.rooms.clear()
        for by_address in self.ports.values():
            for address, counts in by_address.items():
                by_address[address] = longer(counts)
        self.book.grow(size)
        self.size = size
        self._changed()

    # --- pods -------------------------------------------------------------------------

    def add(self, pod: Pod, slot: int) -> None:
        """A pod takes its place on a node."""
        profile = self.profile(pod.shape)
        self.pods[slot][pod] = profile
        profile.members[pod] = slot
        self._count(pod, profile, slot, 1)

    def remove(self, pod: Pod) -> None:
        """A pod is gone, or has ended; nothing happens if it was not on the board."""
        profile = self.profile(pod.shape)
        slot = profile.members.pop(pod, None)
        if slot is None:
            return
        del self.pods[slot][pod]
        self._count(pod, profile, slot, -1)

    def leaving(self, pod: Pod) -> None:
        """A pod's deletion was asked for (`deleting` is set): spreading does not count it now."""
        profile = self.profile(pod.shape)
        slot = profile.members.get(pod)
        if slot is not None:
            self.version += 1
            for tally in profile.tallies:
                if tally.live:
                    tally.add(slot, -1)

    def _count(self, pod: Pod, profile: Profile, slot: int, sign: int) -> None:
        self._count_in(profile, slot, sign, sign if pod.deleting is None else 0)
        if profile.claims:
            self._claim(pod, profile, sign)

    def _count_in(self, profile: Profile, slot: int, number: int, live: int) -> None:
        """Count equal pods in or out. live: how many of them are not being deleted."""
        self._touch(slot)
        self.count[slot] += number
        rank = self.ranks.get(profile.priority)
        if rank is None:
            rank = self.ranks[profile.priority] = np.zeros(self.size, np.int64)
        rank[slot] += number
        for name, amount in profile.amounts.items():
            self.used[self.resources[name], slot] += number * amount
        self.scored[0, slot] += number * profile.scored[0]
        self.scored[1, slot] += number * profile.scored[1]
        for tally in profile.tallies:
            counted = live if tally.live else number
            if counted:
                tally.add(slot, counted)
        for address, protocol, port in profile.ports:
            by_address = self.ports.setdefault((protocol, port), {})
            counts = by_address.get(address)
            if counts is None:
                counts = by_address[address] = np.zeros(self.size, np.int64)
            counts[slot] += number

    def weaker(self, priority: int) -> Mask:
        """The nodes with pods of a lower priority."""
        found = np.zeros(self.size, np.bool_)
        for other, rank in self.ranks.items():
            if other < priority:
                found |= rank > 0
        return found

    def _touch(self, slot: int) -> None:
        self.stamp += 1
        self.version += 1
        self.touched[slot] = self.stamp

    def _claim(self, pod: Pod, profile: Profile, sign: int) -> None:
        for name in profile.claims:
            key = (pod.namespace, name)
            self.claims[key] = self.claims.get(key, 0) + sign

    def nominate(self, pod: Pod, name: str | None) -> None:
        """Note, or forget, that room was made for a pod on a node."""
        if name is None and pod.nominated is None:
            return
        self.version += 1
        if pod.nominated is not None:
            slot = self.slots.get(pod.nominated)
            if slot is not None and slot in self.nominated:
                self.nominated[slot].pop(pod, None)
                if not self.nominated[slot]:
                    del self.nominated[slot]
        pod.nominated = name
        if name is not None and name in self.slots:
            self.nominated.setdefault(self.slots[name], {})[pod] = self.profile(pod.shape)

    # --- columns ----------------------------------------------------------------------

    def column(self, key: str) -> Column:
        """A label over all nodes."""
        found = self._columns.get(key)
        if found is None:
            ids = np.full(self.size, _MISSING, np.int64)
            values: dict[str, int] = {}
            for slot, labels in enumerate(self.labels):
                value = labels.get(key)
                if value is not None:
                    ids[slot] = values.setdefault(value, len(values))
            found = self._columns[key] = Column(ids, list(values), self.alive)
        return found

    def meets(self, requirement: Requirement) -> Mask:
        """The nodes whose label meets a requirement."""
        column = self.column(requirement.key)
        answers = [met(requirement, value) for value in column.values]
        answers.append(met(requirement, None))
        return np.array(answers, np.bool_)[column.ids]

    def fits_term(self, term: Term) -> Mask:
        """The nodes that a term of a node selector matches."""
        mask = self.alive.copy()
        if not term.labels and not term.fields:
            mask[:] = False
        for one in term.labels:
            mask &= self.meets(one)
        for one in term.fields:
            mask &= self._named(one)
        return mask

    def _named(self, requirement: Requirement) -> Mask:
        mask = np.zeros(self.size, np.bool_)
        if requirement.key != "metadata.name":
            return mask
        if requirement.operator == "In":
            mask[[self.slots[one] for one in requirement.values if one in self.slots]] = True
            return mask
        for slot, name in enumerate(self.names):
            mask[slot] = met(requirement, name)
        return mask

    def tainted(self, bears: Any, effects: tuple[str, ...]) -> Mask:
        """The nodes with a taint of these effects that is not borne."""
        answers = [
            any(one.effect in effects and not bears(one) for one in taints)
            for taints in self.taint_sets
        ]
        return np.array(answers, np.bool_)[self.taints]


def _images(node: Raw) -> dict[str, int]:
    return {
        str(name): int(one.get("sizeBytes") or 0)
        for one in items(node, "status", "images")
        for name in items(one, "names")
    }
