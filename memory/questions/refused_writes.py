"""Writes that the API server refused, as trouble of what could not be written.

The memory keeps what people tried in vain as steps. Where nothing else is known of an object that
somebody asks about, that it could not be changed is what was seen of it.
"""

from __future__ import annotations

from collections.abc import Iterable

from kubectl_smart.memory.index.lookups import Index
from kubectl_smart.memory.records.facts import Committed
from kubectl_smart.memory.records.objects import ObjectRef
from kubectl_smart.memory.records.observations import Observation
from kubectl_smart.memory.records.steps import Step

KIND = "Refused"
_REFUSED = frozenset({403, 422, 500})
"""Forbidden, not admitted, and a webhook that could not be asked."""


def refused_writes(
    index: Index, refs: Iterable[ObjectRef], since: int, until: int
) -> list[Committed]:
    """What was refused of these objects in a window (until excluded), by time."""
    found = [
        each._replace(record=_seen(step, ref))
        for ref in refs
        for each in index.steps(since, until, target=ref)
        if isinstance(step := each.record, Step)
        and step.action == "attempt"
        and step.status in _REFUSED
        and step.outcome
    ]
    return sorted(found, key=lambda each: each.sequence)


def _seen(step: Step, ref: ObjectRef) -> Observation:
    return Observation(
        id=step.id,
        kind=KIND,
        about=ref,
        owner=None,
        first_at=step.happened_at,
        last_at=step.until,
        count=step.count,
        message=step.outcome,
        warning=True,
        source="audit-log",
    )
