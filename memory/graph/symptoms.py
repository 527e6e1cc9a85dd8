"""What kind of trouble an observation is, and which observations are one episode.

Kubernetes' own reasons are read here, and nowhere else in the causal graph. An observation that is
no trouble (a pod was scheduled) belongs to none; one that is always there (a metric that no server
serves) is trouble of its own and starts long before anything it could be blamed on.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from enum import StrEnum
from typing import NamedTuple

from kubectl_smart.memory.records.facts import Committed
from kubectl_smart.memory.records.objects import ObjectRef
from kubectl_smart.memory.records.observations import Observation

SECOND = 1_000_000


class Symptom(StrEnum):
    """The kinds of trouble that can be asked about."""

    LATENCY = "latency"
    ERRORS = "errors"
    SATURATION = "saturation"
    RESTARTS = "restarts"
    AVAILABILITY = "availability"
    UNSCHEDULABLE = "unschedulable"


_RESTARTS = (
    "OOMKilled", "OOMKilling", "CrashLoopBackOff", "BackOff", "Error", "ContainerCannotRun",
    "RunContainerError", "CreateContainerError", "CreateContainerConfigError", "StartError",
    "SystemOOM", "DeadlineExceeded", "BackoffLimitExceeded",
)  # fmt: skip
_AVAILABILITY = (
    "PodFailed", "Evicted", "Unhealthy", "NodeNotReady", "NodeNotSchedulable", "Preempted",
    "Preempting", "TaintManagerEviction", "FailedMount", "FailedAttachVolume", "FailedMapVolume",
    "ImagePullBackOff", "ErrImagePull", "InvalidImageName", "ErrImageNeverPull", "Failed",
    "FailedCreate", "FailedCreatePodSandBox", "FailedKillPod", "NodeLost", "NetworkUnavailable",
    "NetworkNotReady", "KubeletNotReady", "ReplicaSetCreateError", "ProgressDeadlineExceeded",
    "FailedPostStartHook", "FailedPreStopHook", "ProbeError", "Shutdown", "NodeShutdown",
    "UnexpectedAdmissionError", "OutOfcpu", "OutOfmemory", "OutOfpods", "Refused",
)  # fmt: skip
"""The last is no reason of Kubernetes: a write that its API server refused."""
_SATURATION = (
    "MemoryPressure", "DiskPressure", "PIDPressure", "EvictionThresholdMet", "FreeDiskSpaceFailed",
    "ImageGCFailed", "InsufficientFreeCPU", "NodeHasDiskPressure", "NodeHasInsufficientMemory",
    "NodeHasInsufficientPID",
)  # fmt: skip
_UNSCHEDULABLE = (
    "FailedScheduling", "NotTriggerScaleUp", "FailedBinding", "ProvisioningFailed",
    "WaitForPodScheduled",
)  # fmt: skip

KINDS: dict[str, Symptom] = {
    **dict.fromkeys(_RESTARTS, Symptom.RESTARTS),
    **dict.fromkeys(_AVAILABILITY, Symptom.AVAILABILITY),
    **dict.fromkeys(_SATURATION, Symptom.SATURATION),
    **dict.fromkeys(_UNSCHEDULABLE, Symptom.UNSCHEDULABLE),
}
"""Kubernetes' reason -> what kind of trouble it is. A warning that is not here is none."""

BY_METRIC = (
    ("latency", Symptom.LATENCY),
    ("duration", Symptom.LATENCY),
    ("error", Symptom.ERRORS),
    ("restart", Symptom.RESTARTS),
    ("throttl", Symptom.SATURATION),
    ("memory", Symptom.SATURATION),
    ("cpu", Symptom.SATURATION),
    ("queue", Symptom.SATURATION),
)

_BY_WORD = (
    (r"latenc|slow|time[sd]?[ -]?outs?\b|timing out|\bp9\d\b|duration", Symptom.LATENCY),
    (r"error|\b5xx|\b50\ds?\b|failing requests", Symptom.ERRORS),
    (r"restart|crash|\boom", Symptom.RESTARTS),
    (r"unschedulable|\bpending", Symptom.UNSCHEDULABLE),
    (r"saturat|throttl|memory|\bcpu|disk", Symptom.SATURATION),
    (
        r"outage|(?<!scale[ -])(?<!scaled[ -])(?<!scaling[ -])\bdown\b|unavailab|unreachable|"
        r"unresponsive|not (?:available|reachable|responding)|connection refused|no endpoints",
        Symptom.AVAILABILITY,
    ),
)
"""How people name trouble -> its kind; the first that fits."""

_HUMP = re.compile(r"(?<=[a-z])(?=[A-Z])")
"""Between the words of an alert's name, as in TargetDown."""

LASTING = {Symptom.UNSCHEDULABLE: 30 * SECOND}
"""A pod that waits for less is on its way: the old one had still to go."""

_PROBED = frozenset({"Unhealthy", "ProbeError"})
_PROBED_FOR = 60 * SECOND
"""A pod that is not ready while it starts is no trouble; one that stays so is."""

APART = 900 * SECOND
"""Trouble of one kind that comes again after so long is another episode."""


def symptom_of(seen: Observation) -> Symptom | None:
    """What kind of trouble it is; None if it is none that anybody would be woken for."""
    if not seen.warning:
        return None
    if seen.kind == "MetricShift":
        metric = str(seen.detail.get("metric", "")).lower()
        return next((one for word, one in BY_METRIC if word in metric), None)
    if seen.source == "alertmanager":
        words = f"{seen.kind} {seen.message}".lower()
        found = next((one for word, one in BY_METRIC if word in words), None)
        return found or Symptom.AVAILABILITY
    return KINDS.get(seen.kind)


def symptom_named(words: str) -> Symptom | None:
    """What kind of trouble people mean by these words; None if they name none."""
    found = _HUMP.sub(" ", words).lower()
    return next((one for word, one in _BY_WORD if re.search(word, found)), None)


def is_surge(seen: Observation) -> bool:
    """Whether it says that more is asked of a service than before."""
    return (
        seen.kind == "MetricShift"
        and "request rate" in str(seen.detail.get("metric", "")).lower()
        and seen.detail.get("direction") == "up"
    )


class Onset(NamedTuple):
    """When something began: not before `low`, and certainly by `high`; microseconds UTC."""

    low: int
    high: int


def onset_of(seen: Observation) -> Onset:
    """When it began. The instants of Kubernetes Events are cut to seconds."""
    if seen.kind == "MetricShift":
        low = seen.detail.get("onset_from", seen.first_at)
        high = seen.detail.get("onset_to", seen.first_at)
        return Onset(int(low), int(high))
    cut = seen.source == "event" and seen.first_at % SECOND == 0
    return Onset(seen.first_at, seen.first_at + (SECOND - 1 if cut else 0))


class Episode(NamedTuple):
    """Trouble of one kind of one object: what was seen on it and on what it owns, not long apart.

    object    the declared object at the top, or what the trouble was seen on
    onset     of the first
    until     microseconds UTC: the last time it was seen
    members   the observations, by time
    """

    object: ObjectRef
    symptom: Symptom
    onset: Onset
    until: int
    members: tuple[Committed, ...]

    @property
    def times(self) -> int:
        """How often something was seen."""
        return sum(one.count for one in self.seen)

    @property
    def pods(self) -> tuple[ObjectRef, ...]:
        """The pods it was seen on, by name."""
        return tuple(sorted({one.about for one in self.seen if one.about.kind == "Pod"}))

    @property
    def seen(self) -> list[Observation]:
        """The observations themselves."""
        return [one.record for one in self.members if isinstance(one.record, Observation)]


_Seen = tuple[Committed, Observation]


def episodes(observations: Iterable[Committed]) -> list[Episode]:
    """What troubles there were, by onset; trouble that passed by itself at once is none."""
    held: dict[tuple[ObjectRef, Symptom], list[_Seen]] = {}
    for each in observations:
        seen = each.record
        if isinstance(seen, Observation) and (kind := symptom_of(seen)) is not None:
            held.setdefault((seen.owner or seen.about, kind), []).append((each, seen))
    found = [
        _episode(ref, kind, group)
        for (ref, kind), troubles in held.items()
        for group in _apart(troubles)
        if _lasts(kind, group)
    ]
    return sorted(found, key=lambda one: (one.onset.high, one.object, one.symptom))


def _apart(troubles: list[_Seen]) -> list[list[_Seen]]:
    troubles.sort(key=lambda one: (one[1].first_at, one[1].id))
    groups: list[list[_Seen]] = []
    until = 0
    for one in troubles:
        if groups and one[1].first_at - until <= APART:
            groups[-1].append(one)
        else:
            groups.append([one])
            until = 0
        until = max(until, one[1].last_at)
    return groups


def _lasts(kind: Symptom, group: list[_Seen]) -> bool:
    probed = all(seen.kind in _PROBED for _, seen in group)
    return _duration(group) >= (_PROBED_FOR if probed else LASTING.get(kind, 0))


def _duration(group: list[_Seen]) -> int:
    return max(seen.last_at for _, seen in group) - min(seen.first_at for _, seen in group)


def _episode(ref: ObjectRef, kind: Symptom, group: list[_Seen]) -> Episode:
    onsets = [onset_of(seen) for _, seen in group]
    return Episode(
        ref,
        kind,
        Onset(min(one.low for one in onsets), min(one.high for one in onsets)),
        max(seen.last_at for _, seen in group),
        tuple(each for each, _ in group),
    )
