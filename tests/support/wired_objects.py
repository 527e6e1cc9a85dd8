"""Objects that name each other, and an index that holds their changes in any order.

    story = Wired()
    story.write(5, DB, {"spec": {"ports": [{"port": 5432}]}})
    story.gone(9, DB)
    with story.index(tmp_path) as index: ...

Instants are minutes. Nothing is in git: states are read from the story.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import orjson
from random_records import digits

from kubectl_smart.memory.index.lookups import Index
from kubectl_smart.memory.index.opening import open_index
from kubectl_smart.memory.records.actors import Actor, ActorKind
from kubectl_smart.memory.records.changes import Change, Facet, Knowledge
from kubectl_smart.memory.records.facts import Committed, StatePlace
from kubectl_smart.memory.records.objects import ObjectRef

START = 1_763_888_400_000_000
MINUTE = 60_000_000
SARAH = Actor("sarah@example.com", ActorKind.HUMAN)


def minute(number: float) -> int:
    """The instant so many minutes after START."""
    return START + int(number * MINUTE)


def deployment(name: str, namespace: str = "shop") -> ObjectRef:
    """A Deployment's name."""
    return ObjectRef("apps", "Deployment", namespace, name)


def service(name: str, namespace: str = "shop") -> ObjectRef:
    """A Service's name."""
    return ObjectRef("", "Service", namespace, name)


def config(name: str, namespace: str = "shop") -> ObjectRef:
    """A ConfigMap's name."""
    return ObjectRef("", "ConfigMap", namespace, name)


def workload(labels: dict[str, str] | None = None, **pod: Any) -> dict[str, Any]:
    """The state of a workload of one container; members of `pod` go to it, `env` as a map."""
    env = [{"name": key, "value": value} for key, value in pod.pop("env", {}).items()]
    volumes = pod.pop("volumes", [])
    spec = {"containers": [{"name": "main", "env": env, **pod}], "volumes": volumes}
    return {"spec": {"template": {"metadata": {"labels": labels or {}}, "spec": spec}}}


@dataclass
class Wired:
    """What happened, in the order in which it is recorded."""

    committed: list[Committed] = field(default_factory=list)
    states: dict[StatePlace, bytes] = field(default_factory=dict)

    def write(self, at: float, ref: ObjectRef, state: dict[str, Any], **more: Any) -> Change:
        """The object is so from now on."""
        return self._add(at, ref, orjson.dumps(state, option=orjson.OPT_SORT_KEYS), **more)

    def gone(self, at: float, ref: ObjectRef) -> Change:
        """The object goes away."""
        return self._add(at, ref, None, gone=True)

    def touched(self, at: float, ref: ObjectRef) -> Change:
        """A write of which only the name is known."""
        return self._add(at, ref, None, knowledge=Knowledge.NAME)

    def _add(self, at: float, ref: ObjectRef, state: bytes | None, **more: Any) -> Change:
        number = len(self.committed) + 1
        given = {
            "derived": False,
            "knowledge": Knowledge.FULL,
            "gone": False,
            "owner": None,
            **more,
        }
        change = Change(
            id=digits("change", number), object=ref, uid="", facet=Facet.OBJECT, verb="update",
            actor=SARAH, via="kubectl apply", happened_at=minute(at), audit_id="",
            resource_version="", edits=(), state=state, **given,
        )  # fmt: skip
        place = None
        if state is not None:
            place = StatePlace(digits("blob", state) + "0" * 8, -1)
            self.states[place] = state
        commit = digits("commit", number) + "0" * 8
        at_ = minute(at)
        self.committed.append(Committed(change, number, at_, "main", commit, place))
        return change

    def read_states(self, places: Sequence[StatePlace]) -> list[bytes | None]:
        """As a store does."""
        return [self.states.get(place) for place in places]

    @contextmanager
    def index(self, folder: Path, order: Sequence[int] = (), every: int = 100) -> Iterator[Index]:
        """An index of it; `order`: in which the changes come, in batches of `every`."""
        found = [self.committed[at] for at in order] if order else self.committed
        index = open_index(folder / "index.sqlite", create=True, read_only=False)
        for start in range(0, len(found), every):
            index.apply(found[start : start + every], {}, self.read_states)
        try:
            yield index
        finally:
            index.close()
