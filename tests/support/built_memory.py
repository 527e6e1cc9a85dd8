"""A real memory made of a handful of records: git, spool, recorder and index, no audit log.

    past = Past()
    past.write(API, replicas=3)
    past.write(API, at=minutes(5), by=TOM, replicas=5)
    with past.memory(tmp_path / "memory") as memory: ...

Instants are minutes after `START`. A write is the whole object; the difference to the one before
is worked out as capture does.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import orjson

from kubectl_smart.memory.formats.diffs import diff
from kubectl_smart.memory.formats.identity import change_id, note_id, observation_id, step_id
from kubectl_smart.memory.opening import Memory, open_memory
from kubectl_smart.memory.records.actors import Actor, ActorKind
from kubectl_smart.memory.records.changes import Change, Facet, FieldEdit, Knowledge
from kubectl_smart.memory.records.coverage import Heard
from kubectl_smart.memory.records.facts import Record
from kubectl_smart.memory.records.incidents import Incident, IncidentStatus
from kubectl_smart.memory.records.notes import Note
from kubectl_smart.memory.records.objects import ObjectRef
from kubectl_smart.memory.records.observations import Observation
from kubectl_smart.memory.records.steps import Step
from kubectl_smart.memory.store.git_store import GitStore
from kubectl_smart.memory.store.protocols import SpoolEntry, SpoolItem
from kubectl_smart.memory.store.recorder import Recorder
from kubectl_smart.memory.store.spool import FileSpool

START = 1_763_888_400_000_000
"""2025-11-23 09:00 UTC."""
MINUTE = 60_000_000
SARAH = Actor("sarah@example.com", ActorKind.HUMAN)
TOM = Actor("tom@example.com", ActorKind.HUMAN)
CONTROLLER = Actor("system:serviceaccount:kube-system:some-controller", ActorKind.CONTROLLER)


def minutes(count: float) -> int:
    """The instant so many minutes after START."""
    return START + int(count * MINUTE)


def deployment(name: str, namespace: str = "payments") -> ObjectRef:
    """A Deployment's name."""
    return ObjectRef("apps", "Deployment", namespace, name)


def pod(name: str, namespace: str = "payments") -> ObjectRef:
    """A Pod's name."""
    return ObjectRef("", "Pod", namespace, name)


def config(name: str, namespace: str = "payments") -> ObjectRef:
    """A ConfigMap's name."""
    return ObjectRef("", "ConfigMap", namespace, name)


def container(name: str, image: str, **env: str) -> dict[str, Any]:
    """A container, with plain environment variables."""
    found: dict[str, Any] = {"name": name, "image": image}
    if env:
        found["env"] = [{"name": key, "value": value} for key, value in env.items()]
    return found


@dataclass
class Past:
    """What happened, in the order in which it was recorded.

    recorded  how many of the records stand in git
    """

    records: list[Record] = field(default_factory=list)
    states: dict[tuple[ObjectRef, Facet], dict[str, Any]] = field(default_factory=dict)
    recorded: int = 0

    def write(
        self,
        ref: ObjectRef,
        at: int = START,
        *,
        by: Actor = SARAH,
        via: str = "kubectl apply -f app.yaml",
        reason: str = "",
        verb: str = "",
        facet: Facet = Facet.OBJECT,
        derived: bool = False,
        owner: ObjectRef | None = None,
        late: bool = False,
        uid: str = "",
        data: dict[str, str] | None = None,
        containers: Sequence[dict[str, Any]] = (),
        status: dict[str, Any] | None = None,
        metadata: dict[str, Any] | None = None,
        members: dict[str, Any] | None = None,
        **spec: Any,
    ) -> Change:
        """The object is as it says from now on: a create, or an update with its difference.

        metadata  beside name, namespace and uid: labels, annotations
        members   beside data, spec and status: rules, subjects, webhooks
        """
        if containers:
            spec["template"] = {"spec": {"containers": list(containers)}}
        state: dict[str, Any] = {
            "apiVersion": f"{ref.group}/v1" if ref.group else "v1",
            "kind": ref.kind,
            "metadata": {
                "name": ref.name,
                "namespace": ref.namespace,
                "uid": uid or f"uid-{ref.name}",
                **(metadata or {}),
            },
            **(members or {}),
            **({"data": data} if data is not None else {}),
            **({"spec": spec} if spec else {}),
            **({"status": status} if status is not None else {}),
        }
        before = self.states.get((ref, facet))
        if not late:
            self.states[ref, facet] = state
        return self._change(
            ref,
            at,
            verb=verb or ("update" if before is not None else "create"),
            by=by,
            via=via,
            reason=reason,
            facet=facet,
            derived=derived,
            owner=owner,
            late=late,
            uid=uid or f"uid-{ref.name}",
            edits=diff(before, state) if before is not None and not late else (),
            state=orjson.dumps(state, option=orjson.OPT_SORT_KEYS),
        )

    def fields(
        self,
        ref: ObjectRef,
        at: int,
        *edits: FieldEdit,
        verb: str = "patch",
        by: Actor = SARAH,
        **more: Any,
    ) -> Change:
        """A write of which only some fields were recorded; none at all: only its name."""
        known = Knowledge.FIELDS if edits else Knowledge.NAME
        return self._change(ref, at, verb=verb, by=by, edits=edits, knowledge=known, **more)

    def delete(self, ref: ObjectRef, at: int, *, by: Actor = SARAH, **more: Any) -> Change:
        """The object goes away."""
        self.states.pop((ref, Facet.OBJECT), None)
        return self._change(ref, at, verb="delete", by=by, gone=True, **more)

    def _change(self, ref: ObjectRef, at: int, *, by: Actor, **members: Any) -> Change:
        number = len(self.records) + 1
        facet = members.setdefault("facet", Facet.OBJECT)
        audit_id = _audit_id(number)
        given = {
            "uid": f"uid-{ref.name}",
            "derived": False,
            "via": f"kubectl edit {ref.name}",
            "knowledge": Knowledge.FULL,
            "state": None,
            "edits": (),
        }
        change = Change(
            id=change_id(audit_id, ref, facet),
            object=ref,
            actor=by,
            happened_at=at,
            audit_id=audit_id,
            resource_version=str((at - START) // 1_000 + number),
            **{**given, **members},
        )
        self.records.append(change)
        return change

    def seen(
        self,
        about: ObjectRef,
        at: int,
        kind: str = "BackOff",
        *,
        owner: ObjectRef | None = None,
        count: int = 1,
        warning: bool = True,
        message: str = "",
        lasts: int = 0,
        source: str = "event",
    ) -> Observation:
        """Something is observed."""
        found = Observation(
            id=observation_id(str(about), kind, str(at)),
            kind=kind,
            about=about,
            owner=owner,
            first_at=at,
            last_at=at + lasts,
            count=count,
            message=message or f"{kind} of {about.name}",
            warning=warning,
            source=source,
            audit_id=_audit_id(len(self.records) + 1),
        )
        self.records.append(found)
        return found

    def looked(self, at: int, command: str, target: ObjectRef, *, by: Actor = SARAH) -> Step:
        """A person looks at an object."""
        audit_id = _audit_id(len(self.records) + 1)
        found = Step(
            id=step_id(audit_id),
            actor=by,
            action=command.split()[1],
            target=target,
            namespace=target.namespace,
            command=command,
            happened_at=at,
            until=at,
            count=1,
            status=200,
            outcome="",
            audit_ids=(audit_id,),
        )
        self.records.append(found)
        return found

    def tried(
        self, at: int, command: str, target: ObjectRef, *, outcome: str, status: int,
        by: Actor = SARAH,
    ) -> Step:  # fmt: skip
        """A person tries to write an object, and the API server refuses."""
        looked = self.looked(at, command, target, by=by)
        found = replace(looked, action="attempt", outcome=outcome, status=status)
        self.records[-1] = found
        return found

    def note(
        self,
        at: int,
        text: str,
        *,
        about: ObjectRef | None = None,
        explains: str = "",
        of_field: str = "",
        of_incident: str = "",
        by: Actor = SARAH,
    ) -> Note:
        """Somebody says something."""
        found = Note(
            id=note_id(_audit_id(len(self.records) + 1)),
            author=by,
            text=text,
            about=about,
            field=of_field,
            explains=explains,
            incident=of_incident,
            happened_at=at,
        )
        self.records.append(found)
        return found

    def incident(
        self, at: int, name: str, title: str, text: str, *, closed_at: int = 0, opened_at: int = 0
    ) -> Incident:
        """A version of a report: it is opened, or, with `closed_at`, closed."""
        found = Incident(
            id=name,
            title=title,
            status=IncidentStatus.CLOSED if closed_at else IncidentStatus.OPEN,
            opened_at=opened_at or at,
            closed_at=closed_at,
            actor=SARAH,
            happened_at=at,
            text=text,
        )
        self.records.append(found)
        return found

    def heard(self, since: int, until: int, source: str = "audit-log") -> None:
        """A source was listened to without a gap."""
        session = f"run {len(self.records)}"
        self.records.append(Heard(source=source, session=session, from_at=since, to_at=until))

    def record(self, path: Path) -> None:
        """Commit what is new to the memory at `path`; its index is left to who opens it."""
        with GitStore.open(path, create=True) as store:
            self.commit_to(store)

    def commit_to(self, store: GitStore) -> None:
        """Commit what is new to a store that is open for writing."""
        new = self.records[self.recorded :]
        spool = FileSpool(store.path / "smart" / "spool", floor=store.last_sequence())
        spool.append(
            [
                SpoolItem(f"{_audit_id(number)}/ResponseComplete", "test", START, b"-")
                for number in range(self.recorded + 1, len(self.records) + 1)
            ]
        )
        recorder = Recorder(
            store,
            spool,
            _AsGiven(new),
            0,
            previous=self._previous,
            on_committed=lambda _committed, _tips: None,
        )
        recorder.drain(True)
        spool.close()
        self.recorded = len(self.records)

    def memory(self, path: Path) -> Memory:
        """The memory, recorded at `path` and open for questions."""
        self.record(path)
        return open_memory(path)

    def _previous(self, ref: ObjectRef, _uid: str, facet: Facet, at: int) -> bytes | None:
        known = [
            one
            for one in self.records
            if isinstance(one, Change)
            and (one.object, one.facet) == (ref, facet)
            and one.happened_at <= at
            and not one.late
        ]
        return max(known, key=lambda one: one.happened_at).state if known else None


class _AsGiven:
    """A fold that returns the records one by one; its state is how many."""

    def __init__(self, records: Sequence[Record]) -> None:
        self._records = records

    def fold(self, state: int, entry: SpoolEntry) -> tuple[int, list[tuple[int, Record]]]:
        """The next record."""
        return state + 1, [(entry.sequence, self._records[state])]

    def close(self, state: int) -> tuple[int, list[tuple[int, Record]]]:
        """Nothing is ever open."""
        return state, []

    def low_water(self, _state: int) -> int | None:
        """Nothing is ever open."""
        return None


def _audit_id(number: int) -> str:
    digest = hashlib.sha256(str(number).encode()).hexdigest()
    return f"{digest[:8]}-{digest[8:12]}-4{digest[13:16]}-8{digest[17:20]}-{digest[20:32]}"
