"""Who acted: the identity behind a request, put into one of five kinds by ordered rules.

The rules, first match wins; each names its evidence, and what none of them can tell stays
`unknown`:

1. no user name (masked, anonymous)                                   -> unknown
2. `system:node:…` in group `system:nodes`                            -> node
3. the control plane's own users (`system:kube-scheduler` …), the service accounts of
   kube-system's controllers, or a user agent of the control plane's binaries
   (clusters that run them under an administrator's certificate)      -> controller
4. any other service account                                          -> automation
5. a CI or robot mark in the user's name or groups, as a whole word   -> automation
6. an interactive client (kubectl, k9s, Lens, a browser …)            -> human
7. anything else: a library's user agent under a person's name        -> unknown

With impersonation the rules look at the identity impersonated, and `acting_for` keeps the one
that authenticated.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

from kubectl_smart.capture.decoding.clients import INTERACTIVE, product
from kubectl_smart.memory.records.actors import UNKNOWN_ACTOR, Actor, ActorKind

_CONTROL_PLANE_USERS = frozenset(
    {
        "system:apiserver",
        "system:kube-controller-manager",
        "system:kube-scheduler",
        "system:cloud-controller-manager",
        "system:aggregator",
    }
)
_CONTROL_PLANE_AGENTS = frozenset(
    {"kube-apiserver", "kube-controller-manager", "kube-scheduler", "cloud-controller-manager"}
)
_SERVICE_ACCOUNTS = """
bootstrap-signer generic-garbage-collector pod-garbage-collector horizontal-pod-autoscaler
root-ca-cert-publisher service-ca-cert-publisher legacy-service-account-token-cleaner
token-cleaner persistent-volume-binder kube-controller-manager kube-scheduler
kube-apiserver-serving-clustertrustbundle-publisher cloud-controller-manager
"""
_CONTROLLERS = frozenset(_SERVICE_ACCOUNTS.split())
"""kube-controller-manager's service accounts that do not end in "-controller"."""

_MARKS = """
ci cd cicd jenkins gitlab github githubusercontent circleci travis buildkite drone teamcity
bamboo spinnaker argocd argo flux fluxcd tekton terraform ansible pulumi crossplane
bot bots robot robots pipeline pipelines automation deployer runner runners gserviceaccount
"""
DEFAULT_MARKS = frozenset(_MARKS.split())
"""Words that mark a user or a group as a machine's."""

# A group may hold these beside a mark and still be one of machines; "ci-admins" are people.
_BESIDE = """
deploy deployers service services account accounts sa serviceaccounts job jobs agent agents
system systems build builds oidc prod production staging dev test
"""
_NEUTRAL = frozenset(_BESIDE.split())
_TOKEN = re.compile(r"[a-z0-9]+")


class Identified(NamedTuple):
    """An actor, and the rule that told its kind, in words."""

    actor: Actor
    evidence: str


def _words(text: str) -> list[str]:
    return _TOKEN.findall(text.lower())


def has_mark(name: str, marks: frozenset[str]) -> bool:
    """Whether a user's name or address marks a machine."""
    return _marked_user(name, marks)


def _marked_user(name: str, marks: frozenset[str]) -> bool:
    local, at, domain = name.partition("@")
    if at and "." in domain and not domain.endswith("gserviceaccount.com"):
        return any(word in marks for word in _words(local))  # a person may work at flux.example
    return any(word in marks for word in _words(name))


def _marked_group(name: str, marks: frozenset[str]) -> bool:
    words = _words(name)
    return any(word in marks for word in words) and all(
        word in marks or word in _NEUTRAL for word in words
    )


def _kind(
    name: str, groups: tuple[str, ...], agent: str, marks: frozenset[str]
) -> tuple[ActorKind, str]:
    client = product(agent)
    if not name or name == "system:anonymous":
        return ActorKind.UNKNOWN, "no user name"
    if name.startswith("system:node:") and "system:nodes" in groups:
        return ActorKind.NODE, "user in system:nodes"
    if name in _CONTROL_PLANE_USERS:
        return ActorKind.CONTROLLER, "a control plane's user"
    if client in _CONTROL_PLANE_AGENTS:
        return ActorKind.CONTROLLER, f"user agent {client}"
    if name.startswith("system:serviceaccount:"):
        namespace, _, account = name.removeprefix("system:serviceaccount:").partition(":")
        if namespace == "kube-system" and (
            account in _CONTROLLERS or account.endswith("-controller")
        ):
            return ActorKind.CONTROLLER, "a controller's service account"
        return ActorKind.AUTOMATION, "a service account"
    if _marked_user(name, marks):
        return ActorKind.AUTOMATION, "the user's name marks a machine"
    marked = next((group for group in groups if _marked_group(group, marks)), None)
    if marked is not None:
        return ActorKind.AUTOMATION, f"group {marked} marks a machine"
    if client in INTERACTIVE and (not name.startswith("system:") or name == "system:admin"):
        return ActorKind.HUMAN, f"interactive client {client}"
    return ActorKind.UNKNOWN, f"user agent {client or 'not given'} tells nothing"


@lru_cache(maxsize=4_096)
def identify(
    user: str,
    groups: tuple[str, ...],
    impersonated: str,
    impersonated_groups: tuple[str, ...],
    agent: str,
    marks: frozenset[str] = DEFAULT_MARKS,
) -> Identified:
    """Who acted, and how that is known. `agent` is the request's user agent."""
    if impersonated:
        kind, evidence = _kind(impersonated, impersonated_groups, agent, marks)
        return Identified(Actor(impersonated, kind, user), evidence)
    kind, evidence = _kind(user, groups, agent, marks)
    return Identified(Actor(user, kind) if user else UNKNOWN_ACTOR, evidence)
