"""`trace`: from a symptom across services down to its cause, and to the change behind it."""

from __future__ import annotations

from dataclasses import replace
from difflib import get_close_matches

from kubectl_smart.memory.answers.bundle_trace import BundleAnswer
from kubectl_smart.memory.graph.measured.metrics import AVAILABILITY, CPU, ERRORS, LATENCY
from kubectl_smart.memory.records.errors import BadInput, NothingKnown
from kubectl_smart.memory.records.evidence import Evidence

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

    BadInput if nothing can be compared; NothingKnown if the bundle does not know the service.
    """
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
    if kind and KINDS[kind] not in ("", symptom.metric_kind):
        symptom = replace(symptom, metric="", stat="", metric_kind=KINDS[kind])
    if spike is not None:
        symptom = replace(symptom, at=spike)
    return trace(replace(evidence, symptom=symptom))
