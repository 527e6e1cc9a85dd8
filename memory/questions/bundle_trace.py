"""`trace`: from a symptom across services down to its cause, and to the change behind it."""

from __future__ import annotations

from dataclasses import replace
from difflib import get_close_matches

from kubectl_smart.memory.answers.bundle_trace import BundleAnswer
from kubectl_smart.memory.graph.measured.metrics import AVAILABILITY, CPU, ERRORS, LATENCY
from kubectl_smart.memory.records.errors import BadInput, NotCovered, NothingKnown
from kubectl_smart.memory.records.evidence import Evidence
from kubectl_smart.memory.records.times import to_rfc3339

KINDS = {
    "latency": LATENCY,
    "errors": ERRORS,
    "availability": AVAILABILITY,
    "saturation": CPU,
    "restarts": "",
    "unschedulable": "",
}
"""What can be asked about, and the kind of metric that is; "" where no series shows it."""


def trace_bundle(
    evidence: Evidence, *, kind: str = "", service: str = "", spike: int | None = None
) -> BundleAnswer:
    """The answer from one bundle.

    kind     one of KINDS, instead of what the bundle names; "" for that
    service  where the symptom is, the same
    spike    when it was noticed, microseconds since 1970-01-01 UTC, the same

    A series that the bundle names stays named if it is of the kind asked about.

    BadInput if nothing can be compared; NothingKnown if the bundle does not know the service;
    NotCovered if it tells nothing of that time.
    """
    from kubectl_smart.memory.graph.measured.metrics import kind_of
    from kubectl_smart.memory.graph.measured.tracing import trace

    if not evidence.candidates:
        raise BadInput(
            f"{evidence.name} names no candidates, entities or series",
            "add what may be the cause to its `candidates`",
        )
    symptom = evidence.symptom
    if service and service != symptom.entity:
        known = {*evidence.candidates, *(one.id for one in evidence.entities)}
        if service not in known:
            near = get_close_matches(service, sorted(known), 1)
            raise NothingKnown(
                f"{evidence.name} knows no {service}",
                f"did you mean {near[0]}?" if near else f"it is about {symptom.entity or 'others'}",
            )
        symptom = replace(symptom, entity=service, metric="", stat="")
    own = kind_of(symptom.metric, symptom.stat) if symptom.metric else symptom.metric_kind
    if kind and KINDS[kind] != own:
        symptom = replace(symptom, metric="", stat="", metric_kind=KINDS[kind])
    if spike is not None:
        _tells_of(evidence, spike)
        symptom = replace(symptom, at=spike)
    return trace(replace(evidence, symptom=symptom))


def _tells_of(evidence: Evidence, at: int) -> None:
    """Raise if it holds nothing of an instant: trouble is noticed at most as late as it lasts."""
    since, until = evidence.incident
    begin = min((one[0] for one in evidence.ordinary), default=since)
    end = max([until + (until - since), *(one[1] for one in evidence.ordinary)])
    if not min(begin, evidence.symptom.at) <= at <= max(end, evidence.symptom.at):
        raise NotCovered(
            f"{evidence.name} tells nothing of {to_rfc3339(at)}",
            f"it is about trouble from {to_rfc3339(since)} to {to_rfc3339(until)}",
        )
