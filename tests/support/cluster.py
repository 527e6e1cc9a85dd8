"""A Kubernetes API server as far as discovery, lists and watches go: strict, on loopback.

    async with served(cluster) as url: ...

Objects are made, changed and deleted from the test; what is asked is answered as Kubernetes does:
one sequence of resourceVersions for all, lists in pages, watches from a version on with bookmarks,
410 for what was compacted. Unknown parameters and paths are refused. Faults are ordered by the
test: breaks, errors, versions told twice or in another order.
"""

from __future__ import annotations

import asyncio
import copy
import json
import ssl
import time
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from email.utils import formatdate
from typing import Any, NamedTuple

from aiohttp import web

TOKEN = "token-of-the-watch"
_LIST = {"limit", "continue"}
_WATCH = {"watch", "resourceVersion", "allowWatchBookmarks", "timeoutSeconds"}
_REVIEWS = {
    "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews": "SelfSubjectAccessReview",
    "/apis/authentication.k8s.io/v1/selfsubjectreviews": "SelfSubjectReview",
}
_ATTRIBUTES = {
    "namespace", "verb", "group", "version", "resource", "subresource", "name",
    "fieldSelector", "labelSelector",
}  # fmt: skip
_AGGREGATED = "as=APIGroupDiscoveryList"


class Kind(NamedTuple):
    """A resource the cluster serves."""

    group: str
    version: str
    plural: str
    kind: str
    namespaced: bool = True
    verbs: tuple[str, ...] = ("create", "delete", "get", "list", "patch", "update", "watch")

    @property
    def api_version(self) -> str:
        """As objects spell it."""
        return f"{self.group}/{self.version}" if self.group else self.version


NAMESPACES = Kind("", "v1", "namespaces", "Namespace", namespaced=False)
CONFIG_MAPS = Kind("", "v1", "configmaps", "ConfigMap")
PODS = Kind("", "v1", "pods", "Pod")
EVENTS = Kind("", "v1", "events", "Event")
SECRETS = Kind("", "v1", "secrets", "Secret")
DEPLOYMENTS = Kind("apps", "v1", "deployments", "Deployment")
REPLICA_SETS = Kind("apps", "v1", "replicasets", "ReplicaSet")
CRDS = Kind(
    "apiextensions.k8s.io", "v1", "customresourcedefinitions", "CustomResourceDefinition",
    namespaced=False,
)  # fmt: skip
WIDGETS = Kind("example.com", "v1", "widgets", "Widget")
USUAL = (NAMESPACES, CONFIG_MAPS, PODS, EVENTS, SECRETS, DEPLOYMENTS, REPLICA_SETS, CRDS)


class Rule(NamedTuple):
    """What the account may do, as in a ClusterRole; "*" for all."""

    groups: tuple[str, ...]
    resources: tuple[str, ...]
    verbs: tuple[str, ...] = ("get", "list", "watch")


class Told(NamedTuple):
    """One event in the cluster's history."""

    version: int
    type: str
    plural: str
    object: dict[str, Any]


@dataclass
class FakeCluster:
    """The cluster, and what is wrong with it.

    aggregated  whether it knows aggregated discovery
    bookmarks   seconds between two bookmarks
    refused     resource -> HTTP status with which it is refused
    breaks      resource -> how many more answers to watches break off after their first event
    twice       whether each event of a watch is told twice
    swapped     whether events that come together are told in reverse order
    user        as whom the token is known
    rules       what that account may do, as reviews of access tell; None: everything
    ahead       seconds by which its clock is ahead of ours
    silent      whether it takes connections and never answers
    asked       how often what was asked: ("list", plural), ("watch", plural), ("discovery", path)
    """

    kinds: list[Kind] = field(default_factory=lambda: list(USUAL))
    aggregated: bool = True
    bookmarks: float = 0.1
    refused: dict[str, int] = field(default_factory=dict)
    breaks: Counter[str] = field(default_factory=Counter)
    twice: bool = False
    swapped: bool = False
    stale: set[str] = field(default_factory=set)
    asked: Counter[tuple[str, str]] = field(default_factory=Counter)
    uid: str = "cluster-1"
    user: str = "system:serviceaccount:kubectl-smart:kubectl-smart"
    rules: list[Rule] | None = None
    ahead: float = 0.0
    silent: bool = False

    def __post_init__(self) -> None:
        self.version = 100
        self.compacted = 0
        self.objects: dict[tuple[str, str, str], dict[str, Any]] = {}
        self.history: list[Told] = []
        self._snapshots: dict[tuple[str, int], list[dict[str, Any]]] = {}
        self.watchers: dict[asyncio.Transport, str] = {}
        self._news = asyncio.Condition()
        self.put(NAMESPACES, "kube-system", "", uid=self.uid)

    # --- what happens ---------------------------------------------------------------------

    def put(self, kind: Kind, name: str, namespace: str = "prod", **fields: Any) -> dict[str, Any]:
        """Create or change an object; `uid` and `manager` are of its metadata. What it is then."""
        self.version += 1
        key = (kind.plural, namespace if kind.namespaced else "", name)
        before = self.objects.get(key)
        uid = fields.pop("uid", None) or (before or {}).get("metadata", {}).get(
            "uid", f"uid-{kind.plural}-{name}-{self.version}"
        )
        manager = fields.pop("manager", "kubectl-edit")
        stamp = fields.pop("time", "2026-11-23T14:02:01Z")
        metadata = {
            "name": name,
            "uid": uid,
            "resourceVersion": str(self.version),
            "creationTimestamp": fields.pop("created", "2026-11-20T00:00:00Z"),
            "managedFields": [{"manager": manager, "operation": "Update", "time": stamp}],
            **({"namespace": namespace} if kind.namespaced else {}),
            **fields.pop("metadata", {}),
        }
        obj = {"apiVersion": kind.api_version, "kind": kind.kind, "metadata": metadata, **fields}
        self.objects[key] = obj
        self._tell("MODIFIED" if before else "ADDED", kind, obj)
        return obj

    def store(self, kind: Kind, obj: dict[str, Any]) -> None:
        """An object as it was recorded somewhere, with the version it had there."""
        metadata = obj["metadata"]
        self.version = max(self.version, int(metadata["resourceVersion"]))
        key = (kind.plural, metadata.get("namespace", ""), metadata["name"])
        type_ = "MODIFIED" if key in self.objects else "ADDED"
        self.objects[key] = obj
        self._tell(type_, kind, obj)

    def delete(self, kind: Kind, name: str, namespace: str = "prod") -> None:
        """Delete an object; the watch shows it once more, with a version of its own."""
        self.version += 1
        obj = copy.deepcopy(self.objects.pop((kind.plural, namespace, name)))
        obj["metadata"]["resourceVersion"] = str(self.version)
        self._tell("DELETED", kind, obj)

    def compact(self) -> None:
        """Forget all history: whoever asks from an older version on is answered with 410."""
        self.compacted = self.version
        self.history.clear()

    def serve(self, kind: Kind) -> None:
        """A definition and its resource appear."""
        self.kinds.append(kind)
        self.put(CRDS, f"{kind.plural}.{kind.group}", "")

    def withdraw(self, kind: Kind) -> None:
        """They go, with all objects, as the API server's finalizer has it."""
        for plural, namespace, name in list(self.objects):
            if plural == kind.plural:
                self.delete(kind, name, namespace)
        self.kinds.remove(kind)
        self.delete(CRDS, f"{kind.plural}.{kind.group}", "")

    def break_off(self) -> None:
        """Every connection on which somebody watches is reset."""
        for transport in list(self.watchers):
            transport.abort()

    def _tell(self, type_: str, kind: Kind, obj: dict[str, Any]) -> None:
        self.history.append(Told(self.version, type_, kind.plural, copy.deepcopy(obj)))

    # --- what is asked --------------------------------------------------------------------

    def app(self) -> web.Application:
        """The server."""
        app = web.Application()
        app.router.add_get("/{path:.*}", self._answer)
        app.router.add_post("/{path:.*}", self._reviewed)
        app.on_response_prepare.append(self._stamp)
        return app

    async def _stamp(self, _: web.Request, answer: web.StreamResponse) -> None:
        answer.headers["Date"] = formatdate(time.time() + self.ahead, usegmt=True)

    async def _reviewed(self, request: web.Request) -> web.Response:
        """What people may ask about themselves: SelfSubjectAccessReview, SelfSubjectReview."""
        if request.headers.get("Authorization") != f"Bearer {TOKEN}":
            return _status(401, "Unauthorized")
        kind = _REVIEWS.get(request.path)
        if kind is None:
            return _status(405, "the server does not allow this method on the requested resource")
        body = await request.json()
        version = "/".join(request.path.split("/")[2:4])
        if (body.get("apiVersion"), body.get("kind")) != (version, kind):
            return _status(400, f"the object provided is no {kind} of {version}")
        if kind == "SelfSubjectReview":
            told: dict[str, Any] = {"userInfo": {"username": self.user}}
            return web.json_response({**body, "status": told}, status=201)
        spec = body.get("spec") or {}
        wish = spec.get("resourceAttributes") or {}
        if set(spec) != {"resourceAttributes"} or not wish.get("verb") or set(wish) - _ATTRIBUTES:
            return _status(422, f"SelfSubjectAccessReview is invalid: spec: {spec}")
        self.asked["review", wish.get("resource", "")] += 1
        status = {"allowed": self.allows(**wish)}
        return web.json_response({**body, "status": status}, status=201)

    def allows(self, *, verb: str, group: str = "", resource: str = "", **_: str) -> bool:
        """Whether the account may do that."""
        return self.rules is None or any(
            {verb, "*"} & {*one.verbs}
            and {group, "*"} & {*one.groups}
            and {resource, "*"} & {*one.resources}
            for one in self.rules
        )

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        if self.silent:
            await asyncio.sleep(600)
        if request.headers.get("Authorization") != f"Bearer {TOKEN}":
            return _status(401, "Unauthorized")
        path = request.path
        if path == "/version":
            return web.json_response({"major": "1", "minor": "36", "gitVersion": "v1.36.0"})
        if path in ("/api", "/apis"):
            self.asked["discovery", path] += 1
            return self._roots(path, request.headers.get("Accept", ""))
        parts = path.strip("/").split("/")
        if path == "/api/v1/namespaces/kube-system":
            if not self.allows(verb="get", resource="namespaces"):
                return _status(403, 'namespaces "kube-system" is forbidden')
            found = self.objects["namespaces", "", "kube-system"]
            return web.json_response(found)
        group, version, rest = _place(parts)
        if not rest:
            return self._resources(group, version)
        kind = next(
            (one for one in self.kinds if (one.group, one.version, [one.plural]) ==
             (group, version, rest)), None,
        )  # fmt: skip
        if kind is None:
            return _status(404, "the server could not find the requested resource")
        if kind.plural in self.refused:
            return _status(self.refused[kind.plural], "as ordered")
        if "watch" in request.query:
            return await self._watch(request, kind)
        return self._list(request, kind)

    def _roots(self, path: str, accept: str) -> web.Response:
        core = path == "/api"
        kinds = [one for one in self.kinds if bool(one.group) != core]
        groups = sorted({one.group for one in kinds})
        if self.aggregated and _AGGREGATED in accept:
            items = [self._group(name, kinds) for name in groups]
            return web.json_response({"kind": "APIGroupDiscoveryList", "items": items})
        if core:
            return web.json_response({"kind": "APIVersions", "versions": ["v1"]})
        listed = [
            {
                "name": name,
                "versions": [_named(name, v) for v in sorted(_versions(kinds, name))],
                "preferredVersion": _named(name, max(_versions(kinds, name))),
            }
            for name in groups
        ]
        return web.json_response({"kind": "APIGroupList", "apiVersion": "v1", "groups": listed})

    def _group(self, name: str, kinds: list[Kind]) -> dict[str, Any]:
        freshness = "Stale" if name in self.stale else "Current"
        versions = [
            {
                "version": version,
                "freshness": freshness,
                "resources": [
                    {
                        "resource": one.plural,
                        "responseKind": {"group": name, "version": version, "kind": one.kind},
                        "scope": "Namespaced" if one.namespaced else "Cluster",
                        "verbs": list(one.verbs),
                    }
                    for one in kinds
                    if (one.group, one.version) == (name, version)
                ],
            }
            for version in sorted(_versions(kinds, name), reverse=True)
        ]
        return {"metadata": {"name": name} if name else {}, "versions": versions}

    def _resources(self, group: str, version: str) -> web.Response:
        if group in self.stale:
            return _status(503, "the server is currently unable to handle the request")
        found = [one for one in self.kinds if (one.group, one.version) == (group, version)]
        resources = [
            {"name": one.plural, "kind": one.kind, "namespaced": one.namespaced,
             "verbs": list(one.verbs)}
            for one in found
        ]  # fmt: skip
        resources += [
            {"name": f"{one.plural}/status", "kind": one.kind, "namespaced": one.namespaced,
             "verbs": ["get", "patch", "update"]}
            for one in found
        ]  # fmt: skip
        named = f"{group}/{version}" if group else version
        return web.json_response(
            {"kind": "APIResourceList", "apiVersion": "v1", "groupVersion": named,
             "resources": resources}
        )  # fmt: skip

    def _list(self, request: web.Request, kind: Kind) -> web.Response:
        if set(request.query) - _LIST:
            return _status(400, f"unknown parameters {sorted(request.query)}")
        self.asked["list", kind.plural] += 1
        version, start = self.version, 0
        if "continue" in request.query:
            version, start = map(int, request.query["continue"].split("-"))
            if version < self.compacted:
                return _status(410, "The provided continue parameter is too old")
            found = self._snapshots[kind.plural, version]
        else:
            found = [self.objects[key] for key in sorted(self.objects) if key[0] == kind.plural]
        limit = int(request.query.get("limit", "0")) or len(found) or 1
        items = [
            {k: v for k, v in one.items() if k not in ("kind", "apiVersion")}
            for one in found[start : start + limit]
        ]
        accept = request.headers.get("Accept", "")
        shown = f"{kind.kind}List", kind.api_version
        if accept.startswith("application/json;as=PartialObjectMetadataList;"):
            shown = "PartialObjectMetadataList", "meta.k8s.io/v1"
            items = [{"metadata": one["metadata"]} for one in items]
            self.asked["names", kind.plural] += 1
        elif "as=" in accept:
            return _status(406, f"unknown form {accept}")
        metadata = {"resourceVersion": str(version)}
        if start + limit < len(found):
            # all pages show what was at one version
            self._snapshots[kind.plural, version] = found
            metadata["continue"] = f"{version}-{start + limit}"
        return web.json_response(
            {"kind": shown[0], "apiVersion": shown[1], "metadata": metadata, "items": items}
        )  # fmt: skip

    async def _watch(self, request: web.Request, kind: Kind) -> web.StreamResponse:
        if set(request.query) != _WATCH or request.query["watch"] != "1":
            return _status(400, f"unknown or missing parameters {sorted(request.query)}")
        self.asked["watch", kind.plural] += 1
        since = int(request.query["resourceVersion"])
        answer = web.StreamResponse(headers={"Content-Type": "application/json"})
        await answer.prepare(request)
        transport = request.transport
        assert isinstance(transport, asyncio.Transport)
        self.watchers[transport] = kind.plural
        loop = asyncio.get_running_loop()
        ends = loop.time() + float(request.query["timeoutSeconds"])
        marked = loop.time()
        try:
            while loop.time() < ends:
                if since < self.compacted:
                    status = {"kind": "Status", "code": 410, "message": "too old resource version"}
                    await answer.write(_line("ERROR", status))
                    break
                if kind not in self.kinds:
                    break
                batch = [one for one in self.history if one.version > since
                         and one.plural == kind.plural]  # fmt: skip
                if batch and self.breaks[kind.plural]:
                    self.breaks[kind.plural] -= 1
                    data = _line(batch[0].type, batch[0].object)
                    await answer.write(data + data[: len(data) // 2])
                    transport.abort()
                    break
                since = max([since, *(one.version for one in batch)])
                if batch:
                    shown = batch[::-1] if self.swapped else batch
                    shown = [one for one in shown for _ in range(1 + self.twice)]
                    data = b"".join(_line(one.type, one.object) for one in shown)
                    await answer.write(data)
                elif loop.time() - marked >= self.bookmarks:
                    marked, since = loop.time(), self.version
                    place = {"kind": kind.kind, "metadata": {"resourceVersion": str(since)}}
                    await answer.write(_line("BOOKMARK", place))
                await asyncio.sleep(0.005)
        except ConnectionError:
            pass
        finally:
            self.watchers.pop(transport, None)
        return answer


def _line(type_: str, obj: dict[str, Any]) -> bytes:
    return json.dumps({"type": type_, "object": obj}).encode() + b"\n"


def _named(group: str, version: str) -> dict[str, str]:
    return {"groupVersion": f"{group}/{version}", "version": version}


def _versions(kinds: list[Kind], group: str) -> set[str]:
    return {one.version for one in kinds if one.group == group}


def _place(parts: list[str]) -> tuple[str, str, list[str]]:
    if parts[0] == "api":
        return "", parts[1], parts[2:]
    return parts[1], parts[2], parts[3:]


def _status(code: int, message: str) -> web.Response:
    return web.json_response({"kind": "Status", "code": code, "message": message}, status=code)


@asynccontextmanager
async def served(cluster: FakeCluster, tls: ssl.SSLContext | None = None) -> AsyncIterator[str]:
    """Its URL, for as long as the block lasts; kubectl sends tokens only where there is TLS."""
    runner = web.AppRunner(cluster.app(), shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0, ssl_context=tls)
    await site.start()
    try:
        host, port = runner.addresses[0][:2]
        yield f"{'http' if tls is None else 'https'}://{host}:{port}"
    finally:
        await runner.cleanup()
