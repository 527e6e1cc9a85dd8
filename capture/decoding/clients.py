"""The programs that talk to the API server, by their user agents.

`actors` asks whether a person sits in front of one; `commands` what to call what it did.
"""

from __future__ import annotations

import re
from functools import lru_cache

from kubectl_smart.memory.records.actors import Actor, ActorKind

_KUBECTL = re.compile(r"kubectl(?:[-_.]?v?[0-9][^/]*)?(?:\.exe)?/", re.IGNORECASE)

_PEOPLES = (
    "kubectl oc k9s lens openlens freelens headlamp octant aptakube mozilla helm stern kubetail "
    "kubens kubectx kui seabird k8slens vscode-kubernetes-tools istioctl cilium"
)
INTERACTIVE = frozenset(_PEOPLES.split())
"""Products that a person works with, as `product` spells them."""

_NAMES = {
    "helm": "Helm",
    "argocd-application-controller": "Argo CD sync",
    "argocd-server": "Argo CD",
    "argocd-applicationset-controller": "Argo CD ApplicationSet",
    "kustomize-controller": "Flux kustomize-controller",
    "helm-controller": "Flux helm-controller",
    "source-controller": "Flux source-controller",
    "flux": "Flux",
    "terraform": "Terraform",
    "pulumi": "Pulumi",
    "mozilla": "browser",
    "k9s": "k9s",
    "lens": "Lens",
    "openlens": "OpenLens",
    "freelens": "Freelens",
    "headlamp": "Headlamp",
}
_MANAGERS = {
    "helm": "Helm",
    "argocd-controller": "Argo CD sync",
    "argocd-application-controller": "Argo CD sync",
    "kustomize-controller": "Flux kustomize-controller",
    "helm-controller": "Flux helm-controller",
    "terraform": "Terraform",
}
_SERVICE_ACCOUNTS = {
    "horizontal-pod-autoscaler": "HorizontalPodAutoscaler",
    "argocd-application-controller": "Argo CD sync",
    "kustomize-controller": "Flux kustomize-controller",
    "helm-controller": "Flux helm-controller",
}
_CONTROL_PLANE = frozenset({"kube-controller-manager", "cloud-controller-manager"})


@lru_cache(maxsize=4_096)
def product(agent: str) -> str:
    """The program's name in lower case: "kubectl", "helm", "kube-scheduler"; "" if none is given.

    `kubectl.exe/v1.29`, `kubectl-v1.30/…` and `kubectl1.31/…` are kubectl too.
    """
    if _KUBECTL.match(agent):
        return "kubectl"
    name = agent.partition("/")[0].strip().lower().removesuffix(".exe")
    if name.startswith("kubectl-"):  # a plugin: a person's tool as well
        return "kubectl"
    return name.partition(" ")[0]


def command_line(agent: str) -> str:
    """Its name, "kubectl" or "oc", if the client's commands can be rebuilt; "" otherwise."""
    name = product(agent)
    return name if name in ("kubectl", "oc") else ""


@lru_cache(maxsize=4_096)
def called(actor: Actor, agent: str, field_manager: str) -> str:
    """What to call the client in an answer: "deployment-controller", "Argo CD sync", "k9s"."""
    if actor.kind is ActorKind.NODE:
        return "kubelet"
    known = _MANAGERS.get(field_manager)
    if known is not None:
        return known
    if actor.name.startswith("system:serviceaccount:"):
        account = actor.name.rpartition(":")[2]
        name = product(agent)
        if name in _CONTROL_PLANE or account in _SERVICE_ACCOUNTS:
            return _SERVICE_ACCOUNTS.get(account, account)
    name = product(agent)
    if name in _CONTROL_PLANE or name == "kube-scheduler" or name == "kube-apiserver":
        return name
    if name in _NAMES:
        return _NAMES[name]
    shown = agent.partition("/")[0].strip().partition(" ")[0]
    return shown or field_manager or "API"
