"""What was seen on one object, as the rules ask for it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from kubectl_smart.memory.graph.symptoms import Onset, Symptom, episodes, is_surge, onset_of
from kubectl_smart.memory.graph.told import named_by
from kubectl_smart.memory.records.facts import Committed
from kubectl_smart.memory.records.objects import ObjectRef
from kubectl_smart.memory.records.observations import Observation


class Seen(NamedTuple):
    """Of an object and of what it owns; instants in microseconds UTC.

    onsets    when trouble of each kind began, in order
    troubled  (when, pod) of each sign of trouble on a pod
    named     (when, what Kubernetes named in its words)
    surges    when the rate of its requests rose
    """

    onsets: Mapping[Symptom, list[Onset]]
    troubled: list[tuple[int, ObjectRef]]
    named: list[tuple[int, ObjectRef]]
    surges: list[Onset]


def seen_by(observations: Iterable[Committed]) -> Seen:
    """The same, of warnings."""
    every = list(observations)
    found = [each.record for each in every if isinstance(each.record, Observation)]
    onsets: dict[Symptom, list[Onset]] = {}
    troubled: list[tuple[int, ObjectRef]] = []
    for episode in episodes(every):
        onsets.setdefault(episode.symptom, []).append(episode.onset)
        troubled += [(one.first_at, one.about) for one in episode.seen if one.about.kind == "Pod"]
    return Seen(
        onsets,
        troubled,
        [(one.first_at, named) for one in found for named in named_by(one)],
        [onset_of(one) for one in found if is_surge(one)],
    )
