"""Audit events as the API server writes them, for tests to vary."""

from __future__ import annotations

import itertools
from typing import Any

import orjson

from kubectl_smart.capture.decoding.fold import Fold
from kubectl_smart.capture.decoding.knowing import EMPTY, FoldState
from kubectl_smart.capture.trimming import is_relevant, trimmed
from kubectl_smart.memory.formats.redaction import Redactor
from kubectl_smart.memory.records.changes import Change
from kubectl_smart.memory.records.facts import Record
from kubectl_smart.memory.records.observations import Observation
from kubectl_smart.memory.records.steps import Step
from kubectl_smart.memory.store.protocols import SpoolEntry

KUBECTL = "kubectl/v1.36.0 (linux/amd64) kubernetes/abcdef0"
SARAH = {"username": "sarah@example.com", "groups": ["sre", "system:authenticated"]}
DEPLOYMENT_CONTROLLER = {
    "username": "system:serviceaccount:kube-system:deployment-controller",
    "groups": ["system:serviceaccounts", "system:authenticated"],
}
REDACTOR = Redactor(b"k" * 32)
SUCCESS = {"kind": "Status", "apiVersion": "v1", "status": "Success"}
_numbers = itertools.count(1)


def audit_event(
    verb: str,
    resource: str,
    name: str = "",
    *,
    namespace: str = "prod",
    group: str = "",
    at: float = 0.0,
    user: dict[str, Any] | None = None,
    agent: str = KUBECTL,
    subresource: str = "",
    request: Any = None,
    response: Any = None,
    code: int = 200,
    query: str = "",
    **more: Any,
) -> dict[str, Any]:
    """One event; `at` is in seconds after 2024-01-15 14:30 UTC."""
    number = next(_numbers)
    minute, second = divmod(at, 60)
    stamp = (
        f"2024-01-15T{14 + int(30 + minute) // 60:02d}:{int(30 + minute) % 60:02d}:{second:09.6f}Z"
    )
    where = {"resource": resource, "namespace": namespace, "name": name, "apiGroup": group}
    where["subresource"] = subresource
    path = f"/apis/{group}/v1/namespaces/{namespace}/{resource}/{name}"
    event: dict[str, Any] = {
        "kind": "Event",
        "apiVersion": "audit.k8s.io/v1",
        "level": "RequestResponse",
        "auditID": f"00000000-0000-4000-8000-{number:012d}",
        "stage": "ResponseComplete",
        "requestURI": f"{path}?{query}" if query else path,
        "verb": verb,
        "user": dict(user or SARAH),
        "userAgent": agent,
        "objectRef": {key: value for key, value in where.items() if value},
        "responseStatus": {"metadata": {}, "code": code},
        "requestReceivedTimestamp": stamp,
        "stageTimestamp": stamp,
        **more,
    }
    if request is not None:
        event["requestObject"] = request
    if response is not None:
        event["responseObject"] = response
    return event


def deployment(
    replicas: int = 3, *, rv: int = 1, name: str = "api", image: str = "api:1", **metadata: Any
) -> dict[str, Any]:
    """A Deployment as an answer shows it."""
    return {
        "kind": "Deployment",
        "apiVersion": "apps/v1",
        "metadata": {
            "name": name,
            "namespace": "prod",
            "uid": f"uid-{name}",
            "resourceVersion": str(rv),
            "generation": rv,
            "managedFields": [{"manager": "kubectl"}],
            **metadata,
        },
        "spec": {
            "replicas": replicas,
            "template": {"spec": {"containers": [{"name": "main", "image": image}]}},
        },
        "status": {"replicas": replicas},
    }


def pod(name: str = "api-1", *, rv: int = 1, owner: str = "", **status: Any) -> dict[str, Any]:
    """A Pod as an answer shows it; `owner` is the name of its ReplicaSet."""
    metadata: dict[str, Any] = {
        "name": name,
        "namespace": "prod",
        "uid": f"uid-{name}",
        "resourceVersion": str(rv),
    }
    if owner:
        metadata["ownerReferences"] = [
            {"apiVersion": "apps/v1", "kind": "ReplicaSet", "name": owner, "controller": True}
        ]
    return {
        "kind": "Pod",
        "apiVersion": "v1",
        "metadata": metadata,
        "spec": {"containers": [{"name": "main", "image": "api:1"}]},
        "status": {"phase": "Running", **status},
    }


class Log:
    """Folds events one after the other, as intake would hand them over."""

    def __init__(self) -> None:
        self.fold = Fold()
        self.state: FoldState = EMPTY
        self.records: list[Record] = []
        self._sequence = 0

    def add(self, *events: dict[str, Any]) -> list[Record]:
        """The records complete with these events."""
        made: list[Record] = []
        for event in events:
            if not is_relevant(event):
                continue
            self._sequence += 1
            body = trimmed(orjson.loads(orjson.dumps(event)), REDACTOR)
            key = f"{event['auditID']}/{event['stage']}"
            entry = SpoolEntry(key, "audit-log", 0, body, self._sequence)
            self.state, numbered = self.fold.fold(self.state, entry)
            made += [record for _, record in numbered]
        self.records += made
        return made

    def close(self) -> list[Record]:
        """The records complete at the end."""
        self.state, numbered = self.fold.close(self.state)
        made = [record for _, record in numbered]
        self.records += made
        return made

    def changes(self) -> list[Change]:
        """All changes so far."""
        return [record for record in self.records if isinstance(record, Change)]

    def steps(self) -> list[Step]:
        """All steps so far, once everything open is complete."""
        self.close()
        return [record for record in self.records if isinstance(record, Step)]

    def observations(self) -> list[Observation]:
        """All observations so far."""
        return [record for record in self.records if isinstance(record, Observation)]
