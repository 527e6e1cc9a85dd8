"""What an account may do in the cluster, and the exact rule that it lacks. Pure."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from itertools import groupby
from typing import Any, NamedTuple

from kubectl_smart.bot.doctor.findings import Outcome, failed, ok, warning
from kubectl_smart.capture.decoding.discovered import Resource

VERBS = ("get", "list", "watch")
REVIEW = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews"
_FEW = 6


class Right(NamedTuple):
    """One thing that may be done, over all namespaces."""

    group: str
    resource: str
    verb: str


def review(right: Right) -> dict[str, Any]:
    """The question, as authorization.k8s.io/v1 has it."""
    return {
        "apiVersion": "authorization.k8s.io/v1",
        "kind": "SelfSubjectAccessReview",
        "spec": {
            "resourceAttributes": {
                "group": right.group,
                "resource": right.resource,
                "verb": right.verb,
            }
        },
    }


def allowed(answer: Mapping[str, Any]) -> bool:
    """What the answer says."""
    status = answer.get("status")
    return isinstance(status, dict) and status.get("allowed") is True and not status.get("denied")


def wanted(resources: Sequence[Resource]) -> list[Right]:
    """What is needed to listen to these."""
    return [Right(one.group, one.plural, verb) for one in resources for verb in VERBS]


def judged(resources: Sequence[Resource], held: Collection[Right], who: str) -> Outcome:
    """Whether all can be listened to.

    held  of `wanted(resources)` what is allowed
    who   the account as the cluster knows it; "" if it is not known
    """
    lacking = {
        one: tuple(verb for verb in VERBS if Right(one.group, one.plural, verb) not in held)
        for one in resources
    }
    missing = [one for one in resources if lacking[one]]
    name = who or "this account"
    if not missing:
        return ok(f"{name} may get, list and watch all {len(resources)} resources served")
    names = ", ".join(one.name for one in missing[:_FEW])
    more = f" and {len(missing) - _FEW} more" if len(missing) > _FEW else ""
    said = f"{name} may not listen to {len(missing)} of {len(resources)} resources: {names}{more}"
    if len(missing) == len(resources):
        remedy = "give it the rights: apply deploy/kustomize/base/cluster-role.yaml, or these"
        return failed(said, remedy, *rule(missing), *commands(missing, who))
    remedy = (
        "what happens to them is heard from the audit log at most; add this rule to the "
        "ClusterRole, or run the commands, or name them in capture.watch.skip"
    )
    return warning(said, remedy, *rule(missing), *commands(missing, who))


def rule(resources: Sequence[Resource]) -> list[str]:
    """The rules of a ClusterRole, YAML."""
    found = []
    for group, members in groupby(sorted(resources), key=lambda one: one.group):
        names = ", ".join(one.plural for one in members)
        found += [
            f'- apiGroups: ["{group}"]',
            f"  resources: [{names}]",
            f"  verbs: [{', '.join(VERBS)}]",
        ]
    return found


def commands(resources: Sequence[Resource], who: str) -> list[str]:
    """The same as commands; the second one only if it is known for whom."""
    names = ",".join(one.name for one in resources)
    made = f"kubectl create clusterrole kubectl-smart-more --verb={','.join(VERBS)}"
    bind = "kubectl create clusterrolebinding kubectl-smart-more --clusterrole=kubectl-smart-more"
    found = [f"{made} --resource={names}"]
    return [*found, f"{bind} {subject(who)}"] if who else found


def subject(who: str) -> str:
    """The option of kubectl that names an account."""
    prefix = "system:serviceaccount:"
    if who.startswith(prefix):
        return f"--serviceaccount={who.removeprefix(prefix)}"
    return f"--user={who}"
