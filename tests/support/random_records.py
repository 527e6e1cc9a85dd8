"""Records of a few objects, out of order, by a seeded die: for tests of the index."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256
from random import Random

import orjson

from kubectl_smart.memory.formats.diffs import diff
from kubectl_smart.memory.records.actors import Actor, ActorKind
from kubectl_smart.memory.records.changes import UNKNOWN, Change, Facet, FieldEdit, Knowledge
from kubectl_smart.memory.records.coverage import Heard
from kubectl_smart.memory.records.dependencies import Dependency
from kubectl_smart.memory.records.facts import Committed, Record, StatePlace
from kubectl_smart.memory.records.incidents import Incident, IncidentStatus
from kubectl_smart.memory.records.notes import Note
from kubectl_smart.memory.records.objects import ObjectRef
from kubectl_smart.memory.records.observations import Observation
from kubectl_smart.memory.records.steps import Step

START = 1_763_888_400_000_000
SECOND = 1_000_000
ACTORS = (
    Actor("sarah@example.com", ActorKind.HUMAN),
    Actor("system:node:worker-5", ActorKind.NODE),
    Actor("", ActorKind.UNKNOWN, "somebody"),
)


def digits(*parts: object) -> str:
    """A record's id."""
    return sha256(repr(parts).encode()).hexdigest()[:32]


class Chance:
    """Records of a few objects, out of order, by a seeded die."""

    def __init__(self, seed: int, count: int) -> None:
        self._die = Random(seed)
        self._states: dict[StatePlace, bytes] = {}
        self._last: dict[tuple[ObjectRef, Facet], Change | None] = {}
        self.committed: list[Committed] = []
        for number in range(1, count + 1):
            self._add(number)
        self.tips = {one.branch: one.commit for one in self.committed}

    def read_states(self, places: Sequence[StatePlace]) -> list[bytes | None]:
        """As a store does."""
        return [self._states.get(place) for place in places]

    def _at(self) -> int:
        return START + self._die.randrange(12) * SECOND

    def _ref(self) -> ObjectRef:
        kind = self._die.choice((("apps", "Deployment"), ("", "Pod")))
        return ObjectRef(*kind, self._die.choice(("a", "b", "")), self._die.choice(("api", "web")))

    def _add(self, number: int) -> None:
        roll = self._die.random()
        record: Record
        if roll < 0.7:
            record = self._change(number)
        elif roll < 0.9:
            record = self._entry(number)
        else:
            since = self._at()
            session = self._die.choice(("one", "two"))
            to_at = since + self._die.randrange(4) * SECOND
            record = Heard(source="audit", session=session, from_at=since, to_at=to_at)
        bulk = isinstance(record, Heard | Observation | Dependency)
        if isinstance(record, Change):
            bulk = record.derived or record.facet is Facet.STATUS
        branch = "journal/2025-11" if bulk else "main"
        commit = digits("commit", number) + "0" * 8
        place = None
        if isinstance(record, Change) and record.state is not None:
            place = StatePlace(digits("blob", record.state) + "0" * 8, number if bulk else -1)
            self._states[place] = record.state
        self.committed.append(Committed(record, number, START + number, branch, commit, place))

    def _template(self) -> dict[str, object]:
        """Pods that sometimes call somebody: a template, or (of a Pod) their specification."""
        host = self._die.choice(("", "", "api", "web.b", "web.a.svc", "http://api:80"))
        containers = [{"name": "main", "env": [{"name": "DB_HOST", "value": host}]}]
        labels = {"app": self._die.choice(("api", "web"))}
        template = {"metadata": {"labels": labels}, "spec": {"containers": containers}}
        return {"template": template, "containers": containers}

    def _change(self, number: int) -> Change:
        die, ref = self._die, self._ref()
        facet = Facet.STATUS if ref.kind == "Pod" and die.random() < 0.4 else Facet.OBJECT
        before = self._last.get((ref, facet))
        gone = facet is Facet.OBJECT and die.random() < 0.2
        late = die.random() < 0.2
        knowledge = Knowledge.FULL if gone else die.choice((*[Knowledge.FULL] * 6, *Knowledge))
        full = knowledge is Knowledge.FULL
        spec = {"replicas": die.randrange(4), "image": die.randrange(3), **self._template()}
        state = orjson.dumps({"spec": spec, "kind": ref.kind}, option=orjson.OPT_SORT_KEYS)
        edits: tuple[FieldEdit, ...] = ()
        if knowledge is Knowledge.FIELDS:
            edits = (FieldEdit("spec.replicas", UNKNOWN, number),)
        elif full and not gone and not late and before is not None and before.state is not None:
            edits = diff(orjson.loads(before.state), {"spec": spec, "kind": ref.kind})
        audit_id = die.choice((digits("audit", number), str(number), ""))
        found = Change(
            id=digits("change", number),
            object=ref,
            uid=die.choice(("", "uid-api", "uid-api", "uid-other")),
            facet=facet,
            derived=ref.kind == "Pod" and die.random() < 0.5,
            verb=die.choice(("update", "create", "patch")),
            actor=die.choice(ACTORS),
            via=die.choice(("kubectl edit", "kubelet", "")),
            happened_at=self._at(),
            audit_id=audit_id,
            resource_version=die.choice((str(die.randrange(30)), "", "v1", "007")),
            knowledge=knowledge,
            edits=edits,
            state=state if full and not gone else None,
            gone=gone,
            owner=die.choice((None, ObjectRef("apps", "Deployment", ref.namespace, "top"))),
            reason=die.choice(("", "because\x00")),
            late=late,
            not_before=die.choice((0, 0, 1_700_000_000_000_001)),
            attribution=die.choice(("", "field manager kubectl-edit: names the tool")),
        )
        if not late:
            self._last[ref, facet] = found
        return found

    def _entry(self, number: int) -> Record:
        die, since = self._die, self._at()
        until = since + die.randrange(5) * SECOND
        roll = die.randrange(5)
        if roll == 0:
            return Observation(
                id=digits("observation", die.randrange(3)),
                kind="BackOff",
                about=self._ref(),
                owner=die.choice((None, self._ref())),
                first_at=since,
                last_at=until,
                count=number,
                message=f"message {number}",
                warning=die.random() < 0.5,
                source="event",
                audit_id=digits("audit", number),
                detail=die.choice(({}, {"direction": "up", "before": 1.5, "labels": ["a"]})),
            )
        if roll == 4:
            return Dependency(
                id=digits("dependency", die.randrange(3)),
                caller=self._ref(),
                callee=self._ref(),
                kind=die.choice(("calls", "mounts")),
                source="prometheus",
                evidence=f"evidence {number}",
                first_at=since,
                last_at=until,
            )
        if roll == 1:
            return Step(
                id=digits("step", die.randrange(3)),
                actor=ACTORS[0],
                action="get",
                target=die.choice((None, self._ref())),
                namespace=die.choice(("a", "")),
                command="kubectl get pods",
                happened_at=since,
                until=until,
                count=number,
                status=200,
                outcome="",
                audit_ids=(digits("audit", number), str(number)),
            )
        text = die.choice(("be careful", "an outage of the cache", "Note 12", "BEES"))
        if roll == 2:
            return Note(
                id=digits("note", number),
                author=ACTORS[0],
                text=text,
                about=die.choice((None, self._ref())),
                field="",
                explains=die.choice(("", digits("change", die.randrange(20)))),
                incident="",
                happened_at=since,
                retracted=number % 5 == 0,
            )
        return Incident(
            id=die.choice(("2025-11-outage", "2025-11-flood")),
            title="An outage",
            status=IncidentStatus.OPEN,
            opened_at=START,
            closed_at=0,
            actor=ACTORS[0],
            happened_at=since,
            text=text,
        )
