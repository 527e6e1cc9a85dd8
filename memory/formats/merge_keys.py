"""What identifies an item of a list, by Kubernetes' own semantics.

Taken from the patch merge keys and list-map keys of the API (`x-kubernetes-patch-merge-key`,
`x-kubernetes-list-map-keys`), widened where the API calls a list atomic although its order
means nothing (tolerations, subjects). The API knows these by type; here the name of the field
that holds the list stands for the type, which also serves custom resources that embed pods.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

_KNOWN_BY_NAME = (
    "containers initContainers ephemeralContainers volumes env imagePullSecrets secrets "
    "containerStatuses initContainerStatuses ephemeralContainerStatuses schedulingGates "
    "resourceClaims resourceClaimStatuses claims webhooks matchConditions variables versions "
    "additionalPrinterColumns parameters"
)
_FIELDS: dict[str, tuple[str, ...]] = {
    **dict.fromkeys(_KNOWN_BY_NAME.split(), ("name",)),
    "volumeMounts": ("mountPath",),
    "volumeDevices": ("devicePath",),
    "hostAliases": ("ip",),
    "podIPs": ("ip",),
    "hostIPs": ("ip",),
    "conditions": ("type",),
    "taints": ("key", "effect"),
    "tolerations": ("key", "operator", "value", "effect"),
    "ownerReferences": ("kind", "name"),
    "subjects": ("kind", "namespace", "name"),
    "topologySpreadConstraints": ("topologyKey", "whenUnsatisfiable"),
    "resizePolicy": ("resourceName",),
    "matchExpressions": ("key", "operator"),
    "matchFields": ("key", "operator"),
    "items": ("key",),
    "addresses": ("type", "address"),
    "paths": ("path", "pathType"),
}
ORDERED = frozenset({"args", "command"})
"""Lists in which every position means something."""


def _ports(item: dict[str, Any]) -> str:
    number = item.get("containerPort", item.get("port"))
    if number is None:
        return str(item.get("name") or "")
    protocol = item.get("protocol") or "TCP"
    return str(number) if protocol == "TCP" else f"{number}/{protocol}"


def _metrics(item: dict[str, Any]) -> str:
    kind = str(item.get("type") or "")
    detail = item.get(kind[:1].lower() + kind[1:])
    if not isinstance(detail, dict):
        return kind
    metric = detail.get("metric")
    name = metric.get("name") if isinstance(metric, dict) else detail.get("name")
    return f"{kind}/{name}" if name else kind


def _env_from(item: dict[str, Any]) -> str:
    for source, word in (("configMapRef", "configMap"), ("secretRef", "secret")):
        if isinstance(item.get(source), dict):
            return f"{word}/{item[source].get('name', '')}{item.get('prefix', '')}"
    return ""


def _rules(item: dict[str, Any]) -> str:
    host = item.get("host")
    return host if isinstance(host, str) else ""


_SPECIAL: dict[str, Callable[[dict[str, Any]], str]] = {
    "ports": _ports,
    "metrics": _metrics,
    "currentMetrics": _metrics,
    "envFrom": _env_from,
    "rules": _rules,
}


def _fields_label(item: dict[str, Any], fields: tuple[str, ...]) -> str:
    parts = [str(item[field]) for field in fields if item.get(field) not in (None, "")]
    separator = "/" if fields[0] == "kind" else ":"
    return separator.join(parts)


def keyed(field: str) -> bool:
    """True if items of lists under this field name are known by a merge key."""
    return field in _FIELDS or field in _SPECIAL


def label_of(field: str, item: Any) -> str:
    """The label of one item; "" if it has none (then its position counts)."""
    if type(item) is str:
        return item
    if type(item) is not dict:
        return ""
    fields = _FIELDS.get(field)
    if fields is not None:
        if len(fields) == 1:
            value = item.get(fields[0])
            return value if isinstance(value, str) else ""
        return _fields_label(item, fields)
    special = _SPECIAL.get(field)
    if special is not None:
        return special(item)
    name = item.get("name")
    return name if isinstance(name, str) else ""


def new_item(field: str, label: str) -> dict[str, Any]:
    """An item that bears this label and nothing else; ValueError if one cannot tell how."""
    fields = _FIELDS.get(field, ("name",))
    if len(fields) != 1 or field in _SPECIAL or not label:
        raise ValueError(f"no item {label!r} in the list {field!r}")
    return {fields[0]: label}
