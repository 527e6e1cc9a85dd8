"""The cluster of a past instant, out of what the memory knows of it, and what it does not know.

The memory keeps statuses of pods and nodes only, and of each object no more than was heard. What is
missing is filled in only where the rest decides it, and every gap is told.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from kubectl_smart.memory.answers.past_state import PastObject, StateAnswer
from kubectl_smart.memory.records.times import to_rfc3339
from kubectl_smart.simulate.cluster.reading import at, controller_of, mapping, seconds, uid_of

_Raw = dict[str, Any]
_NAMED = 5
_READY = {"type": "Ready", "status": "True"}
_COMPLETE = {"type": "Complete", "status": "True"}
_SECOND = 1_000_000
_STALE = 60_000_000
"""Microseconds beyond what was heard that are worth a word."""


class Remembered(NamedTuple):
    """Objects as a snapshot has them, and sentences about what is not known of them."""

    objects: tuple[_Raw, ...]
    lacks: tuple[str, ...]


def remembered(answer: StateAnswer) -> Remembered:
    """The cluster of an answer about the state of the past."""
    known = [one for one in answer.objects if one.state is not None]
    pods: dict[str, list[Mapping[str, Any]]] = {}
    revisions: dict[str, tuple[int, str]] = {}
    for one in known:
        above = controller_of(one.state or {})
        if above is None:
            continue
        if one.ref.kind == "Pod":
            pods.setdefault(above[2], []).append(one.state or {})
        elif one.ref.kind == "ControllerRevision":
            number = int(at(one.state, "revision") or 0)
            name = one.ref.name
            revisions[above[2]] = max(revisions.get(above[2], (0, "")), (number, name))
    assumed: Counter[str] = Counter()
    objects = tuple(_whole(one, pods, revisions, assumed) for one in known)
    return Remembered(objects, tuple(_lacks(answer, assumed)))


def _whole(
    one: PastObject,
    pods: Mapping[str, list[Mapping[str, Any]]],
    revisions: Mapping[str, tuple[int, str]],
    assumed: Counter[str],
) -> _Raw:
    raw: _Raw = one.state or {}
    kind = one.ref.kind
    if kind == "Pod":
        raw = _dated(raw, one.at)
    if "status" in raw:
        return raw
    if kind == "Pod":
        if not at(raw, "spec", "nodeName"):
            return raw
        assumed["pods"] += 1
        return {**raw, "status": {"phase": "Running", "conditions": [_READY]}}
    if kind == "Node":
        assumed["nodes"] += 1
    if kind == "StatefulSet" and uid_of(raw) in revisions:
        newest = revisions[uid_of(raw)][1]
        return {**raw, "status": {"updateRevision": newest, "currentRevision": newest}}
    if kind == "Job":
        return {**raw, "status": _job(pods.get(uid_of(raw), []), assumed)}
    if kind == "PersistentVolume":
        bound = mapping(raw, "spec", "claimRef")
        return {**raw, "status": {"phase": "Bound" if bound else "Available"}}
    if kind == "PersistentVolumeClaim":
        bound_to = at(raw, "spec", "volumeName")
        return {**raw, "status": {"phase": "Bound" if bound_to else "Pending"}}
    return raw


def _dated(raw: _Raw, placed: int) -> _Raw:
    """A pod with a part of a second in its creationTimestamp, in the order of their placing.

    The API server keeps whole seconds; the memory knows when it last wrote the pod itself, which is
    when it was bound. More than two seconds later it was something else.
    """
    metadata = mapping(raw, "metadata")
    created = seconds(metadata.get("creationTimestamp"))
    if created is None or not created.is_integer():
        return raw
    since = int(created) * _SECOND
    part = (placed - since) // 2
    if not 0 < part < _SECOND:
        return raw
    return {**raw, "metadata": {**metadata, "creationTimestamp": to_rfc3339(since + part)}}


def _job(pods: list[Mapping[str, Any]], assumed: Counter[str]) -> _Raw:
    """A Job with a pod that still runs runs; any other is taken for finished."""
    phases = [str(at(pod, "status", "phase") or "Running") for pod in pods]
    if any(phase not in ("Succeeded", "Failed") for phase in phases):
        return {"succeeded": phases.count("Succeeded"), "failed": phases.count("Failed")}
    assumed["jobs"] += 1
    return {"succeeded": phases.count("Succeeded"), "conditions": [_COMPLETE]}


# --- what is not known ---------------------------------------------------------------------


def _lacks(answer: StateAnswer, assumed: Mapping[str, int]) -> Iterator[str]:
    kinds = Counter(one.ref.kind for one in answer.objects)
    if not kinds["Node"]:
        yield "the memory knows no node: nothing can be placed"
    if not kinds["Pod"]:
        yield "the memory knows no pod"
    nameless = Counter(one.ref.kind for one in answer.objects if one.state is None)
    shown = {kind: number for kind, number in nameless.items() if kind != "Secret"}
    if shown:
        yield f"known by name only, and left out: {_counted(shown)}"
    unsure = [one.ref.title for one in answer.objects if one.uncertain and one.state is not None]
    if unsure:
        yield f"not known for sure, since something was written to them: {_named(unsure)}"
    if assumed.get("pods"):
        count = _times(assumed["pods"], "pod")
        yield f"the status of {count} on nodes: taken for running and ready"
    if assumed.get("nodes"):
        yield f"the size of {_times(assumed['nodes'], 'node')}: nothing fits there"
    if assumed.get("jobs"):
        jobs = _times(assumed["jobs"], "job")
        yield f"whether {jobs} without a running pod ended: taken for ended"
    yield from _age(answer)


def _age(answer: StateAnswer) -> Iterator[str]:
    reaches = answer.basis.reaches
    if reaches is not None and answer.at - reaches[1] > _STALE:
        yield (
            f"what happened after {to_rfc3339(reaches[1])}: nothing was heard for "
            f"{(answer.at - reaches[1]) // 60_000_000:,} minutes"
        )
    elif not answer.basis.covered:
        yield f"nobody listened at {to_rfc3339(answer.at)}: what changed then may be missing"


def _times(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def _counted(kinds: Mapping[str, int]) -> str:
    return ", ".join(f"{number} {kind}" for kind, number in sorted(kinds.items()))


def _named(titles: Iterable[str]) -> str:
    found = list(titles)
    more = f" and {len(found) - _NAMED} more" if len(found) > _NAMED else ""
    return ", ".join(found[:_NAMED]) + more
