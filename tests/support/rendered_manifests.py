"""What `kubectl kustomize` makes of the folders under deploy/, and Kubernetes' own word on it."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path
from typing import Any

import kubernetes_validate
import yaml

SOURCE = Path(os.environ.get("KUBECTL_SMART_SOURCE", Path(__file__).parents[2]))
KUSTOMIZE = SOURCE / "deploy" / "kustomize"
VERSION = "1.36"
_SERVICE_MONITOR = {
    "apiVersion": str,
    "kind": str,
    "metadata": {"name": str, "namespace": str, "labels": None},
    "spec": {
        "selector": {"matchLabels": None},
        "endpoints": [{"port": str, "path": str, "interval": str}],
    },
}
"""What this project uses of a ServiceMonitor (prometheus-operator, API reference, v1): no more may
stand in one, and all of it must. None: a mapping of texts."""

Manifest = dict[str, Any]


def rendered(folder: Path) -> list[Manifest]:
    """The objects of a kustomization, in the order kubectl prints them. Fails as kubectl does."""
    done = subprocess.run(
        ["kubectl", "kustomize", str(folder)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return list(yaml.safe_load_all(done.stdout))


def with_component(overlay: str, component: str, at: Path) -> list[Manifest]:
    """An overlay with one component, rendered from a copy of the tree under `at`."""
    copy = at / "kustomize"
    subprocess.run(["cp", "-r", str(KUSTOMIZE), str(copy)], check=True)
    folder = copy / "overlays" / "mine"
    folder.mkdir()
    kustomization = {
        "apiVersion": "kustomize.config.k8s.io/v1beta1",
        "kind": "Kustomization",
        "resources": [f"../{overlay}"],
        "components": [f"../../components/{component}"],
    }
    (folder / "kustomization.yaml").write_text(yaml.safe_dump(kustomization), "utf-8")
    return rendered(folder)


def fault(manifest: Manifest) -> str:
    """What Kubernetes 1.36 would object to in its shape; "" for nothing.

    The schemas forbid fields they do not know. A kind without a schema is a fault.
    """
    if manifest.get("kind") == "ServiceMonitor":
        return _shape(manifest, _SERVICE_MONITOR, "ServiceMonitor")
    try:
        kubernetes_validate.validate(manifest, VERSION, strict=True)
    except kubernetes_validate.ValidationError as problem:
        return f"{'.'.join(map(str, problem.path))}: {problem.message}"
    except kubernetes_validate.SchemaNotFoundError as problem:
        return str(problem.message)
    return ""


def _shape(value: Any, wanted: Any, place: str) -> str:
    if wanted is str:
        return "" if isinstance(value, str) else f"{place}: not a text"
    if isinstance(wanted, list):
        if not isinstance(value, list) or not value:
            return f"{place}: not a list"
        found = (_shape(one, wanted[0], f"{place}[{n}]") for n, one in enumerate(value))
        return next(filter(None, found), "")
    if not isinstance(value, dict):
        return f"{place}: not a mapping"
    if wanted is None:
        return next(
            (f"{place}.{k}: not a text" for k, v in value.items() if type(v) is not str), ""
        )
    if value.keys() != wanted.keys():
        return f"{place}: {', '.join(sorted(value.keys() ^ wanted.keys()))}"
    found = (_shape(value[name], wanted[name], f"{place}.{name}") for name in wanted)
    return next(filter(None, found), "")


def of_kind(manifests: list[Manifest], kind: str) -> list[Manifest]:
    """Those of one kind."""
    return [one for one in manifests if one["kind"] == kind]
