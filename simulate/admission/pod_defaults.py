"""Defaults of pod specs and containers (k8s.io/kubernetes/pkg/apis/core/v1/defaults.go)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from kubectl_smart.simulate.admission.amounts import canonical, of_pod

_LOST = ("node.kubernetes.io/not-ready", "node.kubernetes.io/unreachable")
_PROBES = ("livenessProbe", "readinessProbe", "startupProbe")
_PROBE = {"timeoutSeconds": 1, "periodSeconds": 10, "successThreshold": 1, "failureThreshold": 3}
_WITH_MODE = ("configMap", "secret", "downwardAPI", "projected")


def pod_spec_defaults(spec: dict[str, Any]) -> None:
    """What pods and templates get alike; changes the spec."""
    write_amounts(spec)
    spec.setdefault("dnsPolicy", "ClusterFirst")
    spec.setdefault("restartPolicy", "Always")
    spec.setdefault("terminationGracePeriodSeconds", 30)
    spec.setdefault("schedulerName", "default-scheduler")
    if spec.get("securityContext") is None:
        spec["securityContext"] = {}
    if "serviceAccountName" in spec:
        spec.setdefault("serviceAccount", spec["serviceAccountName"])
    elif "serviceAccount" in spec:
        spec["serviceAccountName"] = spec["serviceAccount"]
    for volume in spec.get("volumes") or ():
        _volume(volume)
    for container in _containers(spec):
        _container(container)
        if spec.get("hostNetwork"):
            for port in container.get("ports") or ():
                port.setdefault("hostPort", port.get("containerPort"))


def write_amounts(spec: dict[str, Any]) -> None:
    """Write a pod spec's amounts of resources as the API server does; changes the spec."""
    for holder in (*_containers(spec), spec):
        resources = holder.get("resources") or {}
        for field in ("limits", "requests"):
            if field in resources:
                resources[field] = canonical(resources[field])
    if "overhead" in spec:
        spec["overhead"] = canonical(spec["overhead"])


def _containers(spec: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for field in ("containers", "initContainers"):
        yield from spec.get(field) or ()


def _volume(volume: dict[str, Any]) -> None:
    if set(volume) <= {"name"}:
        volume["emptyDir"] = {}
    for field in _WITH_MODE:
        if isinstance(volume.get(field), dict):
            volume[field].setdefault("defaultMode", 420)
    if isinstance(volume.get("hostPath"), dict):
        volume["hostPath"].setdefault("type", "")


def _container(container: dict[str, Any]) -> None:
    image = str(container.get("image") or "")
    container.setdefault("imagePullPolicy", "Always" if is_latest(image) else "IfNotPresent")
    container.setdefault("terminationMessagePath", "/dev/termination-log")
    container.setdefault("terminationMessagePolicy", "File")
    if container.get("resources") is None:
        container["resources"] = {}
    for port in container.get("ports") or ():
        port.setdefault("protocol", "TCP")
    for field in _PROBES:
        if isinstance(container.get(field), dict):
            _probe(container[field])
    for one in container.get("env") or ():
        reference = (one.get("valueFrom") or {}).get("fieldRef")
        if isinstance(reference, dict):
            reference.setdefault("apiVersion", "v1")


def _probe(probe: dict[str, Any]) -> None:
    for field, value in _PROBE.items():
        probe[field] = probe.get(field) or value
    if isinstance(probe.get("httpGet"), dict):
        probe["httpGet"].setdefault("path", "/")
        probe["httpGet"].setdefault("scheme", "HTTP")
    if isinstance(probe.get("grpc"), dict):
        probe["grpc"].setdefault("service", "")


def is_latest(image: str) -> bool:
    """Whether an image is taken by its tag `latest`, said or not."""
    name, _, digest = image.partition("@")
    _, colon, tag = name.rpartition("/")[2].partition(":")
    return not digest and (not colon or tag == "latest")


def pod_defaults(spec: dict[str, Any]) -> None:
    """What only pods get, not templates: requests by limits, an account, tolerations.

    The volume with the account's token is not added: nothing that is simulated comes of it.
    """
    spec.setdefault("enableServiceLinks", True)
    spec.setdefault("serviceAccountName", "default")
    spec.setdefault("serviceAccount", spec["serviceAccountName"])
    for container in _containers(spec):
        resources = container.get("resources") or {}
        limits = resources.get("limits")
        if limits:
            resources["requests"] = {**limits, **(resources.get("requests") or {})}
    own = spec.get("resources") or {}
    if own.get("limits"):
        _pod_requests(spec, own)
    spec["tolerations"] = _with_tolerations(spec.get("tolerations") or [])


def _pod_requests(spec: dict[str, Any], own: dict[str, Any]) -> None:
    """A pod's own requests: those of its containers together, or its limits."""
    without = {key: value for key, value in spec.items() if key not in ("resources", "overhead")}
    asked = of_pod(without, "requests")
    requests = dict(own.get("requests") or {})
    for name, limit in own["limits"].items():
        requests.setdefault(name, str(asked[name]) if name in asked else limit)
    for name in ("cpu", "memory"):
        if name in asked:
            requests.setdefault(name, str(asked[name]))
    own["requests"] = requests


def _with_tolerations(given: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """With 300 seconds for a lost node, unless the pod says something of it itself."""
    found = list(given)
    for key in _LOST:
        borne = any(
            one.get("key") in (key, None, "") and one.get("effect") in ("NoExecute", None, "")
            for one in given
        )
        if not borne:
            found.append(
                {"effect": "NoExecute", "key": key, "operator": "Exists", "tolerationSeconds": 300}
            )
    return found
