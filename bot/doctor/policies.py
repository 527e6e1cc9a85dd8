"""An audit policy, asked what it would tell of requests that a memory lives from. Pure.

Rules are matched as the API server does (k8s.io/apiserver, pkg/audit/policy): the first one that
matches decides, and what none matches is not told.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from kubectl_smart.bot.doctor.findings import Outcome, failed, ok, warning

LEVELS = ("None", "Metadata", "Request", "RequestResponse")


class Asked(NamedTuple):
    """A request as a policy sees it; group and resource "" for one that is about no resource."""

    user: str
    groups: tuple[str, ...]
    verb: str
    group: str
    resource: str
    subresource: str = ""
    namespace: str = "default"
    name: str = ""
    path: str = ""


class Probe(NamedTuple):
    """A request that matters.

    least  the level needed to make a whole record of it; most  the level it should not exceed
    loses  what is not known below `least`; rule  what to add, first
    """

    words: str
    asked: Asked
    least: str
    loses: str
    rule: tuple[str, ...]
    most: str = "RequestResponse"


_PERSON = ("alice@example.com", ("developers", "system:authenticated"))
_MACHINE = (
    "system:serviceaccount:kube-system:deployment-controller",
    ("system:serviceaccounts", "system:serviceaccounts:kube-system", "system:authenticated"),
)
_WRITES = ("- level: RequestResponse", "  verbs: [create, update, patch, delete, deletecollection]")
_READS = ("- level: Metadata", "  verbs: [get, list, watch]")
_PODS = (
    "- level: Metadata",
    "  resources:",
    '  - {group: "", resources: [pods/exec, pods/attach, pods/log, pods/portforward]}',
)
_SECRETS = (
    "- level: Metadata",
    "  resources:",
    '  - {group: "", resources: [secrets, serviceaccounts/token]}',
)


def _write(verb: str, group: str, resource: str, sub: str = "") -> Probe:
    named = f"{resource}/{sub}" if sub else resource
    return Probe(
        f"a person's {verb} of {named}",
        Asked(*_PERSON, verb, group, resource, sub),
        "RequestResponse",
        "what was changed",
        _WRITES,
    )


PROBES = (
    _write("create", "apps", "deployments"),
    _write("patch", "apps", "deployments"),
    _write("patch", "apps", "deployments", "scale"),
    _write("update", "", "configmaps"),
    _write("delete", "", "pods"),
    _write("create", "", "pods", "eviction"),
    _write("patch", "", "nodes"),
    _write("create", "rbac.authorization.k8s.io", "rolebindings"),
    _write("update", "example.com", "widgets"),
    Probe(
        "a controller's update of deployments",
        Asked(*_MACHINE, "update", "apps", "deployments"),
        "RequestResponse",
        "what followed from a change",
        _WRITES,
    ),
    Probe(
        "a kubelet's patch of pods/status",
        Asked("system:node:n1", ("system:nodes",), "patch", "", "pods", "status"),
        "RequestResponse",
        "crashes and restarts",
        _WRITES,
    ),
    Probe(
        "a person's get of pods",
        Asked(*_PERSON, "get", "", "pods"),
        "Metadata",
        "what people looked at",
        _READS,
    ),
    Probe(
        "a person's exec into a pod",
        Asked(*_PERSON, "create", "", "pods", "exec"),
        "Metadata",
        "who was in a pod",
        _PODS,
    ),
    Probe(
        "a person's update of secrets",
        Asked(*_PERSON, "update", "", "secrets"),
        "Metadata",
        "that a secret was changed",
        _SECRETS,
        most="Metadata",
    ),
)


def level_of(policy: Mapping[str, Any], asked: Asked) -> str:
    """The level at which the request is told; "None" if it is not."""
    for rule in policy.get("rules") or ():
        if _matches(rule, asked):
            return str(rule.get("level"))
    return "None"


def fault_of(policy: Any) -> str:
    """Why the API server would not start with it; "" if it would."""
    if not isinstance(policy, dict):
        return "it holds no keys"
    if policy.get("kind") != "Policy" or policy.get("apiVersion") != "audit.k8s.io/v1":
        return "it is no Policy of audit.k8s.io/v1"
    rules = policy.get("rules")
    if not isinstance(rules, list) or not rules:
        return "it has no rules"
    for number, rule in enumerate(rules, 1):
        if not isinstance(rule, dict) or rule.get("level") not in LEVELS:
            return f"rule {number} has no level of {', '.join(LEVELS)}"
        if (rule.get("resources") or rule.get("namespaces")) and rule.get("nonResourceURLs"):
            return f"rule {number} has both resources and nonResourceURLs"
        groups = rule.get("resources") or []
        if not isinstance(groups, list) or not all(isinstance(one, dict) for one in groups):
            return f"rule {number}: resources is no list of groups"
    return ""


def judged(policy: Mapping[str, Any]) -> Sequence[Outcome]:
    """Of each request that matters, whether enough and not too much is told."""
    outcomes: list[Outcome] = []
    left_out = set(policy.get("omitStages") or ())
    if "ResponseComplete" in left_out:
        said = "omitStages holds ResponseComplete, so nothing is told when it is done"
        remedy = "leave out RequestReceived and ResponseStarted, and only these"
        outcomes.append(failed(said, remedy, "omitStages: [RequestReceived, ResponseStarted]"))
    elif "RequestReceived" not in left_out:
        said = "every request is told twice: RequestReceived is not left out"
        step = "omitStages: [RequestReceived, ResponseStarted]"
        outcomes.append(warning(said, "leave it out", step))
    outcomes += _too_little(policy)
    outcomes += _too_much(policy)
    return outcomes or [ok(f"{len(PROBES)} requests that matter are told at the right level")]


def _too_little(policy: Mapping[str, Any]) -> Iterator[Outcome]:
    """One outcome for each rule that is missing, with all that it is missed by."""
    missed: dict[tuple[str, ...], list[Probe]] = {}
    for probe in PROBES:
        if LEVELS.index(level_of(policy, probe.asked)) < LEVELS.index(probe.least):
            missed.setdefault(probe.rule, []).append(probe)
    for rule, probes in missed.items():
        least = probes[0].least
        said = f"told below {least}: {', '.join(one.words for one in probes)}"
        loses = ", ".join(dict.fromkeys(one.loses for one in probes))
        remedy = (
            f"put this before the rule that matches them now; without it stays unknown: {loses}"
        )
        yield (failed if least == "RequestResponse" else warning)(said, remedy, *rule)


def _too_much(policy: Mapping[str, Any]) -> Iterator[Outcome]:
    for probe in PROBES:
        level = level_of(policy, probe.asked)
        if LEVELS.index(level) > LEVELS.index(probe.most):
            said = f"{probe.words} is told at level {level}: its content goes over the wire"
            remedy = f"it is redacted before it is written, but {probe.most} is enough; put first"
            yield warning(said, remedy, *probe.rule)


def _matches(rule: Mapping[str, Any], asked: Asked) -> bool:
    if rule.get("users") and asked.user not in rule["users"]:
        return False
    if rule.get("userGroups") and not set(rule["userGroups"]) & set(asked.groups):
        return False
    if rule.get("verbs") and asked.verb not in rule["verbs"]:
        return False
    if rule.get("namespaces") or rule.get("resources"):
        return bool(asked.resource) and _matches_resource(rule, asked)
    if rule.get("nonResourceURLs"):
        return not asked.resource and any(
            _is_path(asked.path, str(one)) for one in rule["nonResourceURLs"]
        )
    return True


def _matches_resource(rule: Mapping[str, Any], asked: Asked) -> bool:
    if rule.get("namespaces") and asked.namespace not in rule["namespaces"]:
        return False
    groups = rule.get("resources") or ()
    return not groups or any(_in_group(one, asked) for one in groups)


def _in_group(group: Mapping[str, Any], asked: Asked) -> bool:
    if (group.get("group") or "") != asked.group:
        return False
    if not group.get("resources"):
        return True
    if group.get("resourceNames") and asked.name not in group["resourceNames"]:
        return False
    return any(one in _names(asked) for one in group["resources"])


def _names(asked: Asked) -> Iterator[str]:
    yield "*"
    yield f"{asked.resource}/{asked.subresource}" if asked.subresource else asked.resource
    yield f"{asked.resource}/*"
    if asked.subresource:
        yield f"*/{asked.subresource}"


def _is_path(path: str, spec: str) -> bool:
    return spec in ("*", path) or (spec.endswith("*") and path.startswith(spec[:-1]))
