"""Whole clusters written into a memory: the objects of `made_snapshots`, as capture keeps them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import orjson
from tests.support.built_memory import CONTROLLER, START, Past

from kubectl_smart.memory.formats.diffs import diff
from kubectl_smart.memory.records.actors import Actor
from kubectl_smart.memory.records.changes import Change, Facet
from kubectl_smart.memory.records.objects import ObjectRef

_KEEP_STATUS = frozenset({"Pod", "Node"})


def ref_of(raw: Mapping[str, Any]) -> ObjectRef:
    """What an object is called."""
    group = str(raw["apiVersion"]).rpartition("/")[0]
    metadata = raw["metadata"]
    return ObjectRef(group, raw["kind"], metadata.get("namespace", ""), metadata["name"])


def put(
    past: Past,
    raw: Mapping[str, Any],
    at: int = START,
    *,
    by: Actor = CONTROLLER,
    via: str = "",
    owner: ObjectRef | None = None,
    verb: str = "",
) -> Change:
    """An object is so from now on; owner: the workload on top, for what controllers make."""
    ref = ref_of(raw)
    state = {key: value for key, value in raw.items() if key != "status"}
    if ref.kind in _KEEP_STATUS and "status" in raw:
        state["status"] = raw["status"]
    before = past.states.get((ref, Facet.OBJECT))
    past.states[ref, Facet.OBJECT] = state
    return past._change(
        ref,
        at,
        by=by,
        verb=verb or ("create" if before is None else "update"),
        via=via,
        derived=owner is not None,
        owner=owner,
        uid=raw["metadata"].get("uid", ""),
        edits=() if before is None else diff(before, state),
        state=orjson.dumps(state, option=orjson.OPT_SORT_KEYS),
    )


def put_all(past: Past, objects: Iterable[Mapping[str, Any]], at: int = START) -> None:
    """Everything there is; pods and ReplicaSets belong to the workload of their app label."""
    found = list(objects)
    tops = {one["metadata"]["name"]: ref_of(one) for one in found if one["kind"] in _TOPS}
    for one in found:
        owner = None
        if one["kind"] in ("Pod", "ReplicaSet") and one["metadata"].get("ownerReferences"):
            name = one["metadata"]["ownerReferences"][0]["name"]
            owner = tops.get(name) or tops.get(name.removesuffix("-1"))
        put(past, one, at, owner=owner)


_TOPS = frozenset({"Deployment", "StatefulSet", "DaemonSet", "Job"})
