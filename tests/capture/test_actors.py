"""Who acted, told by ordered rules and never guessed."""

from __future__ import annotations

import pytest
from audit_events import KUBECTL, Log, audit_event, deployment

from kubectl_smart.capture.decoding.actors import identify
from kubectl_smart.memory.records.actors import ActorKind

ADMINS = ("kubeadm:cluster-admins",)
CASES = [
    ("", (), KUBECTL, "unknown"),
    ("system:anonymous", ("system:unauthenticated",), KUBECTL, "unknown"),
    ("system:node:worker-1", ("system:nodes",), "kubelet/v1.36", "node"),
    ("system:node:worker-1", (), "kubelet/v1.36", "unknown"),
    ("system:kube-scheduler", (), "kube-scheduler/v1.36", "controller"),
    (
        "kubernetes-admin",
        ("kubeadm:cluster-admins",),
        "kube-controller-manager/v1.36",
        "controller",
    ),
    ("kubernetes-admin", ADMINS, KUBECTL, "human"),
    ("system:serviceaccount:kube-system:deployment-controller", (), "x", "controller"),
    ("system:serviceaccount:kube-system:horizontal-pod-autoscaler", (), "x", "controller"),
    ("system:serviceaccount:argocd:argocd-application-controller", (), KUBECTL, "automation"),
    ("system:serviceaccount:prod:deployer", (), KUBECTL, "automation"),
    ("jenkins@prod", ("system:authenticated",), KUBECTL, "automation"),
    ("release", ("ci",), KUBECTL, "automation"),
    ("github-actions[bot]", (), KUBECTL, "automation"),
    ("deploy@project.iam.gserviceaccount.com", (), KUBECTL, "automation"),
    ("sarah@example.com", ("ci-admins",), KUBECTL, "human"),
    ("sarah@flux.example.com", (), KUBECTL, "human"),
    ("nancy@example.com", (), "k9s/v0.32", "human"),
    ("tom@example.com", (), "Mozilla/5.0 (X11)", "human"),
    ("tom@example.com", (), "Helm/3.15", "human"),
    ("tom@example.com", (), "kubectl.exe/v1.30 (windows/amd64)", "human"),
    ("tom@example.com", (), "python-requests/2.31", "unknown"),
    ("arn:aws:iam::1:user/tom", (), "OpenAPI-Generator/30.1.0/python", "unknown"),
]


@pytest.mark.parametrize(("user", "groups", "agent", "kind"), CASES)
def test_the_kind_of_an_actor(user: str, groups: tuple[str, ...], agent: str, kind: str) -> None:
    """Each rule, and what none of them can tell."""
    found = identify(user, groups, "", (), agent)

    assert found.actor.kind is ActorKind(kind)
    assert found.actor.name == user
    assert found.evidence


def test_impersonation_keeps_both_identities() -> None:
    """The kind is that of the identity impersonated."""
    log = Log()
    log.add(
        audit_event(
            "create", "deployments", "api", group="apps", response=deployment(),
            impersonatedUser={"username": "tom@example.com", "groups": ["sre"]},
        )
    )  # fmt: skip
    actor = log.changes()[0].actor

    assert (actor.name, actor.acting_for) == ("tom@example.com", "sarah@example.com")
    assert actor.kind is ActorKind.HUMAN
