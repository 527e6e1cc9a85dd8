"""What a failed pod means to its Job: counted, ignored, the end of its index, or of the Job.

Rule: controller/job pod_failure_policy.go; the first rule that matches decides. A container that is
stopped because its pod is deleted is taken to end with 143, as one does that leaves SIGTERM alone;
of a pod that was declared failed without its kubelet no exit code is known.
"""

from __future__ import annotations

from enum import Enum

from kubectl_smart.simulate.cluster.pods import Pod
from kubectl_smart.simulate.cluster.reading import Raw, at, items

_STOPPED = 143


class Meaning(Enum):
    """The actions of a rule, by their names in the API."""

    COUNT = "Count"
    IGNORE = "Ignore"
    FAIL_INDEX = "FailIndex"
    FAIL_JOB = "FailJob"


def only_failed(raw: Raw) -> bool:
    """Whether pods that are being deleted are replaced, and counted, only when they have failed."""
    policy = at(raw, "spec", "podReplacementPolicy")
    return policy == "Failed" or (policy is None and bool(at(raw, "spec", "podFailurePolicy")))


def has_failed(raw: Raw, pod: Pod, *, gone: bool) -> bool:
    """Whether a pod counts as failed now; gone: it is removed."""
    if pod.phase in ("Failed", "Succeeded"):
        return pod.phase == "Failed"
    return gone or (pod.deleting is not None and not only_failed(raw))


def meaning(raw: Raw, pod: Pod) -> Meaning:
    """What its failure means to the Job."""
    for rule in items(raw, "spec", "podFailurePolicy", "rules"):
        codes = at(rule, "onExitCodes")
        if _ended_so(codes, pod) if codes else _disrupted(rule, pod):
            return Meaning(rule.get("action", "Count"))
    return Meaning.COUNT


def _ended_so(codes: Raw, pod: Pod) -> bool:
    container = codes.get("containerName")
    known = {str(one.get("name")) for one in items(pod.shape.spec, "containers")}
    if pod.phase != "Running" or (container is not None and container not in known):
        return False
    return (_STOPPED in items(codes, "values")) == (codes.get("operator") == "In")


def _disrupted(rule: Raw, pod: Pod) -> bool:
    return pod.disrupted and any(
        one.get("type") == "DisruptionTarget" and one.get("status", "True") == "True"
        for one in items(rule, "onPodConditions")
    )
