"""An audit policy as the API server evaluates it, to run over recorded events.

Semantics: k8s.io/apiserver, pkg/audit/policy/checker.go; the first rule that matches decides, and
without one nothing is logged.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

LEVELS = ("None", "Metadata", "Request", "RequestResponse")
_OMITTED_ABOVE = {"requestObject": "Metadata", "responseObject": "Request"}


def level_of(policy: dict[str, Any], event: dict[str, Any]) -> str:
    """The level at which the policy logs this request; "None" if no rule matches."""
    for rule in policy["rules"]:
        if _matches(rule, event):
            return str(rule["level"])
    return "None"


def logged(policy: dict[str, Any], event: dict[str, Any]) -> dict[str, Any] | None:
    """The event as the policy would have logged it; None if it would not have been.

    Never more than the recording holds: a level above the event's own keeps what is there.
    """
    level = level_of(policy, event)
    if level == "None" or event["stage"] in policy.get("omitStages", ()):
        return None
    if LEVELS.index(level) > LEVELS.index(event["level"]):
        level = event["level"]
    kept = {name: event[name] for name in event if _keeps(level, name)} | {"level": level}
    if policy.get("omitManagedFields"):
        for name in _OMITTED_ABOVE:
            if name in kept:
                kept[name] = _without_managed_fields(kept[name])
    return kept


def _keeps(level: str, name: str) -> bool:
    above = _OMITTED_ABOVE.get(name)
    return above is None or LEVELS.index(level) > LEVELS.index(above)


def _matches(rule: dict[str, Any], event: dict[str, Any]) -> bool:
    user = event["user"]
    if rule.get("users") and user["username"] not in rule["users"]:
        return False
    if rule.get("userGroups") and not set(rule["userGroups"]) & set(user.get("groups", ())):
        return False
    if rule.get("verbs") and event["verb"] not in rule["verbs"]:
        return False
    where = event.get("objectRef")
    if rule.get("namespaces") or rule.get("resources"):
        return where is not None and _matches_resource(rule, where)
    if rule.get("nonResourceURLs"):
        path = event["requestURI"].partition("?")[0]
        return where is None and any(_is_path(path, one) for one in rule["nonResourceURLs"])
    return True


def _matches_resource(rule: dict[str, Any], where: dict[str, str]) -> bool:
    if rule.get("namespaces") and where.get("namespace", "") not in rule["namespaces"]:
        return False
    groups: Sequence[dict[str, Any]] = rule.get("resources", ())
    return not groups or any(_in_group(one, where) for one in groups)


def _in_group(group: dict[str, Any], where: dict[str, str]) -> bool:
    if group.get("group", "") != where.get("apiGroup", ""):
        return False
    if not group.get("resources"):
        return True
    if group.get("resourceNames") and where.get("name", "") not in group["resourceNames"]:
        return False
    return any(one in _names(where) for one in group["resources"])


def _names(where: dict[str, str]) -> Iterator[str]:
    """Every way in which a policy can write this resource."""
    resource, subresource = where["resource"], where.get("subresource", "")
    yield "*"
    yield f"{resource}/{subresource}" if subresource else resource
    yield f"{resource}/*"
    if subresource:
        yield f"*/{subresource}"


def _is_path(path: str, spec: str) -> bool:
    return spec in ("*", path) or (spec.endswith("*") and path.startswith(spec[:-1]))


def _without_managed_fields(value: Any) -> Any:
    """Objects, and the items of lists, without metadata.managedFields; anything else as it is."""
    if not isinstance(value, dict):
        return value
    slim = dict(value)
    if isinstance(slim.get("metadata"), dict):
        slim["metadata"] = {k: v for k, v in slim["metadata"].items() if k != "managedFields"}
    if isinstance(slim.get("items"), list):
        slim["items"] = [_without_managed_fields(one) for one in slim["items"]]
    return slim
