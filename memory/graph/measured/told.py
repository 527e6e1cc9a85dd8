"""Evidence that is told in words: Kubernetes Events and alerts, as deviations like any other.

Warnings are counted against how often they came in ordinary times. An alert that fires means that
somebody set a limit and it was passed: it is worth as much as five spreads, and as a symptom may
come from further down.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterator

from kubectl_smart.memory.graph.measured.own_evidence import Finding
from kubectl_smart.memory.graph.measured.scoring import ALERTS, EVENTS
from kubectl_smart.memory.records.evidence import Event, Evidence

_ALERT = 5.0
_ORDINARY_REASONS = frozenset(
    ("Scheduled", "Pulled", "Pulling", "Created", "Started", "Killing", "SuccessfulCreate",
     "SuccessfulDelete", "ScalingReplicaSet", "Completed", "SawCompletedJob", "LeaderElection")
)  # fmt: skip


def told(evidence: Evidence) -> Iterator[tuple[str, Finding]]:
    """(entity, finding), by entity."""
    low, high = evidence.incident
    ordinary = sum(until - since for since, until in evidence.ordinary)
    counts: dict[tuple[str, str], list[Event]] = defaultdict(list)
    for event in evidence.events:
        if event.type == "Warning" or (not event.type and event.reason not in _ORDINARY_REASONS):
            counts[event.entity, event.reason].append(event)
    for (entity, reason), events in sorted(counts.items()):
        seen = sum(event.times for event in events if low <= event.at < high)
        before = sum(
            event.times
            for event in events
            if any(since <= event.at < until for since, until in evidence.ordinary)
        )
        expected = before * (high - low) / ordinary if ordinary else 0.0
        spreads = (seen - expected) / math.sqrt(max(expected, 1.0))
        if spreads > 0.0:
            last = max((one for one in events if low <= one.at < high), key=lambda one: one.at)
            words = f"{reason or last.kind or 'a warning'}, {seen} times, {expected:.1f} expected"
            yield entity, Finding(EVENTS, max(spreads, _ALERT), None, words)
    fired: dict[str, list[str]] = defaultdict(list)
    for alert in evidence.alerts:
        if low <= alert.at < high:
            fired[alert.entity].append(alert.kind or alert.text)
    for entity, kinds in sorted(fired.items()):
        names = ", ".join(sorted(set(filter(None, kinds)))) or "an alert"
        yield entity, Finding(ALERTS, _ALERT, None, f"{names} fired")
