"""What a chain is made of, apart from when and who: see `answers.causes.Shape`."""

from __future__ import annotations

import re

from kubectl_smart.memory.answers.causes import Shape
from kubectl_smart.memory.graph.change_classes import effect_of
from kubectl_smart.memory.graph.symptoms import Episode
from kubectl_smart.memory.graph.weighing import Suspect
from kubectl_smart.memory.records.observations import Observation

_CONTAINER = re.compile(r"\b((?:initC|ephemeralC|c)ontainers)\[[^\]]*\]")


def shape_of(episode: Episode, suspect: Suspect) -> Shape:
    """The shape of the chain from a piece of trouble to one change."""
    change = suspect.change
    fields = effect_of(change, episode.symptom).edits if not change.gone else ()
    return Shape(
        symptom=episode.symptom.value,
        reasons=tuple(sorted({_reason(one) for one in episode.seen})),
        way=tuple((step.kind, step.far.kind) for step in suspect.reached.way),
        of=suspect.of.value,
        fields=tuple(sorted({field_of(edit.path) for edit in fields})),
        changed=change.object,
        troubled=episode.object,
    )


def field_of(path: str) -> str:
    """A field, whatever its container is called: `spec.template.spec.containers[].image`."""
    return _CONTAINER.sub(r"\1[]", path)


def _reason(seen: Observation) -> str:
    return str(seen.detail.get("metric", seen.kind)) if seen.kind == "MetricShift" else seen.kind
