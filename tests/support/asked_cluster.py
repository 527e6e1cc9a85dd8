"""An API server that the real kubectl works against, and that writes down what it is asked.

    with asked(objects) as server: server.run("kubectl scale deployment/web --replicas=3 -n prod")

It serves discovery, objects and lists, and takes every write without doing it, but for this: what
was deleted or evicted is not found any more, so that kubectl need not wait. Whatever kubectl asks
that is not listed here is answered with an error and kept in `unknown`, which a test checks.
"""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import parse_qs, urlsplit

from api_requests import delete_options, fields_match, labels_match

from kubectl_smart.memory.records.kinds import KindInfo, builtin

_VERSIONS = {"autoscaling": "v2", "events.k8s.io": "v1"}
_SCALED = ("deployments", "replicasets", "statefulsets", "replicationcontrollers")
_OF_ALL = (
    *_SCALED, "pods", "services", "daemonsets", "horizontalpodautoscalers", "cronjobs", "jobs",
)  # fmt: skip
_WIDGETS = KindInfo("example.com", "Widget", "widgets", ("wd",), True)
_TYPES = {
    "application/json-patch+json": "json",
    "application/merge-patch+json": "merge",
    "application/strategic-merge-patch+json": "strategic",
}
_PATH = re.compile(
    r"/(?:api/(?P<core>v1)|apis/(?P<group>[^/]+)/(?P<version>[^/]+))"
    r"(?:/namespaces/(?P<namespace>[^/]+)(?=/))?/(?P<plural>[^/]+)"
    r"(?:/(?P<name>[^/]+)(?:/(?P<sub>[^/]+))?)?\Z"
)
Key = tuple[str, str, str]


class Write(NamedTuple):
    """One write: verb, what it is about, the sort of a patch or the subresource, the body."""

    method: str
    kind: str
    namespace: str
    name: str
    sort: str
    body: Any


class Ran(NamedTuple):
    """What came of one command line."""

    code: int
    out: str
    err: str
    writes: list[Write]


def _resources() -> list[KindInfo]:
    return [*(one for one in builtin() if one.kind not in ("Binding", "ComponentStatus")), _WIDGETS]


def _version(group: str) -> str:
    return _VERSIONS.get(group, "v1")


class AskedCluster:
    """The server; `objects` by (kind, namespace, name)."""

    def __init__(self, objects: list[dict[str, Any]], folder: Path) -> None:
        self.folder = folder
        self.objects: dict[Key, dict[str, Any]] = {
            (one["kind"], one["metadata"].get("namespace", ""), one["metadata"]["name"]): one
            for one in objects
        }
        self.gone: set[Key] = set()
        self.writes: list[Write] = []
        self.unknown: list[str] = []
        self.url = ""

    def run(self, line: str) -> Ran:
        """Run the real kubectl, and hand back what it wrote."""
        self.gone.clear()
        self.writes = []
        environment = {
            "PATH": os.environ["PATH"], "HOME": str(self.folder), "TZ": "UTC",
            "KUBECONFIG": str(self.folder / "none"), "KUBECTL_KUBERC": "false",
        }  # fmt: skip
        verb, *rest = shlex.split(line)[1:]
        done = subprocess.run(
            ["kubectl", f"--server={self.url}", f"--cache-dir={self.folder}/cache", verb, *rest],
            capture_output=True, text=True, check=False, env=environment, cwd=self.folder,
            timeout=60,
        )  # fmt: skip
        return Ran(done.returncode, done.stdout, done.stderr, self.writes)

    def patched(self, obj: dict[str, Any], sort: str, patch: Any) -> dict[str, Any]:
        """What the real implementation makes of a patch (`kubectl patch --local`)."""
        file = self.folder / f"live-{threading.get_ident()}.json"
        file.write_text(json.dumps(obj))
        done = subprocess.run(
            ["kubectl", "patch", "--local", "-f", str(file), f"--type={sort}", "-o", "json",
             "-p", json.dumps(patch)],
            capture_output=True, text=True, check=True, cwd=self.folder,
        )  # fmt: skip
        found: dict[str, Any] = json.loads(done.stdout)
        return found

    # --- answers --------------------------------------------------------------------------

    def get(self, target: str) -> tuple[int, Any]:
        """A read: discovery, an object, a list."""
        parts = urlsplit(target)
        query = {key: values[-1] for key, values in parse_qs(parts.query).items()}
        discovered = self._discovery(parts.path)
        if discovered is not None:
            return 200, discovered
        place = self._place(parts.path)
        if place is None:
            return self._odd(f"GET {target}")
        info, namespace, name, sub = place
        if name and sub == "scale":
            return self._scale(info, namespace, name)
        if name:
            return self._one((info.kind, namespace, name), info)
        items = [
            one
            for key, one in sorted(self.objects.items())
            if key[0] == info.kind
            and namespace in ("", key[1])
            and key not in self.gone
            and labels_match(query.get("labelSelector", ""), one)
            and fields_match(query.get("fieldSelector", ""), one)
        ]
        version = f"{info.group}/{_version(info.group)}" if info.group else "v1"
        return 200, {
            "kind": f"{info.kind}List", "apiVersion": version,
            "metadata": {"resourceVersion": "9"}, "items": items,
        }  # fmt: skip

    def write(self, method: str, target: str, content_type: str, body: Any) -> tuple[int, Any]:
        """A write: noted, and answered as if it had been done."""
        place = self._place(urlsplit(target).path)
        if place is None:
            return self._odd(f"{method} {target}")
        info, namespace, name, sub = place
        sort = sub or _TYPES.get(content_type, "")
        if method == "POST" and not sub:
            name = body["metadata"]["name"]
            if (info.kind, namespace, name) in self.objects:
                return _status(409, "AlreadyExists", f'{_said(info)} "{name}" already exists')
            self.writes.append(Write(method, info.kind, namespace, name, sort, body))
            return 201, body
        if sub == "scale" and info.plural not in _SCALED:
            return _status(404, "NotFound", "the server could not find the requested resource")
        key = (info.kind, namespace, name)
        status, held = self._one(key, info)
        if status != 200:
            return status, held
        self.writes.append(Write(method, info.kind, namespace, name, sort, body))
        if method == "DELETE" or sub == "eviction":
            self.gone.add(key)
            return 200, {"kind": "Status", "apiVersion": "v1", "status": "Success"}
        if sub == "scale":
            return self._scale(info, namespace, name, body["spec"]["replicas"])
        return 200, body if method == "PUT" else held

    def _one(self, key: Key, info: KindInfo) -> tuple[int, Any]:
        if key in self.gone or key not in self.objects:
            return _status(404, "NotFound", f'{_said(info)} "{key[2]}" not found')
        return 200, self.objects[key]

    def _scale(
        self, info: KindInfo, namespace: str, name: str, replicas: int | None = None
    ) -> tuple[int, Any]:
        status, held = self._one((info.kind, namespace, name), info)
        if status != 200:
            return status, held
        count = held["spec"].get("replicas", 1) if replicas is None else replicas
        return 200, {
            "kind": "Scale", "apiVersion": "autoscaling/v1",
            "metadata": {"name": name, "namespace": namespace, "resourceVersion": "5"},
            "spec": {"replicas": count}, "status": {"replicas": count},
        }  # fmt: skip

    def _place(self, path: str) -> tuple[KindInfo, str, str, str] | None:
        match = _PATH.match(path)
        if match is None:
            return None
        group = match["group"] or ""
        for info in _resources():
            if (info.group, info.plural) == (group, match["plural"]):
                return info, match["namespace"] or "", match["name"] or "", match["sub"] or ""
        return None

    def _odd(self, what: str) -> tuple[int, Any]:
        if "/openapi/" in what:
            return _status(404, "NotFound", "no schemas here")
        self.unknown.append(what)
        return _status(404, "NotFound", "the server could not find the requested resource")

    def _discovery(self, path: str) -> Any:
        if path == "/version":
            return {"major": "1", "minor": "36", "gitVersion": "v1.36.0"}
        if path == "/api":
            return {"kind": "APIVersions", "versions": ["v1"]}
        groups = sorted({one.group for one in _resources() if one.group})
        if path == "/apis":
            listed = [
                {"name": group, "versions": [_group_version(group)],
                 "preferredVersion": _group_version(group)}
                for group in groups
            ]  # fmt: skip
            return {"kind": "APIGroupList", "apiVersion": "v1", "groups": listed}
        for group in ("", *groups):
            root = f"/apis/{group}/{_version(group)}" if group else "/api/v1"
            if path == root:
                return {
                    "kind": "APIResourceList", "apiVersion": "v1",
                    "groupVersion": _group_version(group)["groupVersion"],
                    "resources": [row for one in _resources() if one.group == group
                                  for row in _rows(one)],
                }  # fmt: skip
        return None


def _group_version(group: str) -> dict[str, str]:
    version = _version(group)
    return {"groupVersion": f"{group}/{version}" if group else version, "version": version}


def _rows(info: KindInfo) -> Iterator[dict[str, Any]]:
    verbs = ["create", "delete", "deletecollection", "get", "list", "patch", "update", "watch"]
    yield {
        "name": info.plural, "singularName": info.kind.lower(), "namespaced": info.namespaced,
        "kind": info.kind, "verbs": verbs, "shortNames": list(info.short_names),
        "categories": ["all"] if info.plural in _OF_ALL else [],
    }  # fmt: skip
    if info.plural in _SCALED:
        yield {
            "name": f"{info.plural}/scale", "singularName": "", "namespaced": True,
            "group": "autoscaling", "version": "v1", "kind": "Scale",
            "verbs": ["get", "patch", "update"],
        }  # fmt: skip
    if info.plural == "pods":
        yield {
            "name": "pods/eviction", "singularName": "", "namespaced": True, "group": "policy",
            "version": "v1", "kind": "Eviction", "verbs": ["create"],
        }  # fmt: skip


def _said(info: KindInfo) -> str:
    return f"{info.plural}.{info.group}" if info.group else info.plural


def _status(code: int, reason: str, message: str) -> tuple[int, Any]:
    return code, {
        "kind": "Status", "apiVersion": "v1", "status": "Failure", "reason": reason,
        "code": code, "message": message,
    }  # fmt: skip


@contextmanager
def asked(objects: list[dict[str, Any]], folder: Path) -> Iterator[AskedCluster]:
    """The server, on loopback, for as long as the block runs."""
    cluster = AskedCluster(objects, folder)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, *_: Any) -> None:
            """Nothing on the test's standard error."""

        def _say(self, answer: tuple[int, Any]) -> None:
            data = json.dumps(answer[1]).encode()
            self.send_response(answer[0])
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def do_GET(self) -> None:
            self._say(cluster.get(self.path))

        def _wrote(self) -> None:
            raw = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            kind = (self.headers.get("Content-Type") or "").partition(";")[0]
            body = delete_options(raw) if raw[:4] == b"k8s\0" else json.loads(raw or b"null")
            self._say(cluster.write(self.command, self.path, kind, body))

        do_POST = do_PUT = do_PATCH = do_DELETE = _wrote  # noqa: N815

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    cluster.url = f"http://127.0.0.1:{server.server_address[1]}"
    try:
        yield cluster
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
