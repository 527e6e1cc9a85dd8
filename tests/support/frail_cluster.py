"""A small cluster in which some losses hurt and others do not."""

from __future__ import annotations

import json
from pathlib import Path

from tests.support.made_snapshots import (
    Object,
    budget,
    deployment,
    node,
    pod,
    service,
    template,
)

DISK = "scratch"


def frail_cluster() -> list[Object]:
    """Three nodes in two zones.

    one    a pod of its own, and one of two pods of `web`, which has a service and a budget
    two    the only pod of `cache`, which has a service, keeps data in an emptyDir and fits nowhere
           else; and the other pod of `web`
    three  nothing
    """
    big = template("cache", "3", volumes=[{"name": DISK, "emptyDir": {}}])
    return [
        *(node("one", "2", zone="a"), node("two", "6", zone="b"), node("three", "1", zone="b")),
        *deployment("web", ["one", "two"]),
        *deployment("cache", ["two"], big),
        pod("alone", template("alone"), "one"),
        *(service("web"), service("cache")),
        budget("web", minAvailable=1),
    ]


def snapshot(path: Path, objects: list[Object] | None = None) -> Path:
    """The same as `kubectl get -o json` writes it."""
    items = frail_cluster() if objects is None else objects
    path.write_text(json.dumps({"apiVersion": "v1", "kind": "List", "items": items}))
    return path
