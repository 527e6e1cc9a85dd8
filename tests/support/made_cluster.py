"""A made-up cluster of some fifty services, as a memory remembers it; the same for the same seed.

Edge, APIs, domain services, caches, brokers, databases and batch jobs; who calls whom is drawn
anew for every seed, and so is where an address stands: in a variable, in a ConfigMap that is read
or mounted. What happens to it is in `ordinary_work`; what breaks it, in `planted_outages`.
"""

from __future__ import annotations

import copy
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any

import orjson
from built_memory import CONTROLLER, MINUTE, START, Past

from kubectl_smart.memory.formats.diffs import diff
from kubectl_smart.memory.formats.identity import observation_id
from kubectl_smart.memory.records.actors import Actor, ActorKind
from kubectl_smart.memory.records.changes import Change, Facet
from kubectl_smart.memory.records.objects import CLUSTER, ObjectRef
from kubectl_smart.memory.records.observations import Observation

SECOND = 1_000_000
HOUR = 60 * MINUTE
DAY = 24 * HOUR
PEOPLE = [
    Actor(f"{name}@example.com", ActorKind.HUMAN)
    for name in ("ada", "ben", "cleo", "dana", "eli", "fay", "gus", "hana")
]
PIPELINES = [
    Actor(name, ActorKind.AUTOMATION)
    for name in ("jenkins@prod", "system:serviceaccount:argocd:argocd-application-controller")
]
AUTOSCALER = Actor(
    "system:serviceaccount:kube-system:horizontal-pod-autoscaler", ActorKind.CONTROLLER
)
_DOMAIN = (
    "orders", "payments", "users", "stock", "prices", "search", "reviews", "offers", "shipping",
    "invoices", "refunds", "basket", "loyalty", "fraud", "taxes", "images", "mail", "returns",
    "carriers", "ledger",
)  # fmt: skip
_APIS = ("catalog-api", "cart-api", "account-api", "checkout-api", "order-api", "media-api")
_EDGE = ("web", "mobile-gateway", "partner-gateway")
_DATABASES = ("orders-db", "users-db", "stock-db", "ledger-db", "catalog-db", "audit-db")
_CACHES = ("session-cache", "price-cache", "search-cache")
_BROKERS = ("events", "mail-queue")
_JOBS = (
    "db-maintenance", "price-import", "stock-sync", "ledger-report", "user-cleanup", "reindex",
    "invoice-run", "audit-archive",
)  # fmt: skip


@dataclass(frozen=True)
class Part:
    """One service or job.

    calls     whom it calls, by name
    style     where addresses and settings stand: "env", "envFrom", "mounted"
    secret    whether it reads a Secret
    scaled    whether an autoscaler scales it
    guarded   whether a NetworkPolicy selects it
    """

    name: str
    namespace: str
    layer: str
    calls: tuple[str, ...] = ()
    style: str = "env"
    secret: bool = False
    scaled: bool = False
    guarded: bool = False

    @property
    def service(self) -> ObjectRef:
        """Its Service."""
        return ObjectRef("", "Service", self.namespace, self.name)

    @property
    def workload(self) -> ObjectRef:
        """What makes its pods."""
        if self.layer == "job":
            return ObjectRef("batch", "CronJob", self.namespace, self.name)
        kind = "StatefulSet" if self.layer in ("database", "broker") else "Deployment"
        return ObjectRef("apps", kind, self.namespace, self.name)

    def other(self, kind: str) -> ObjectRef:
        """The ConfigMap, Secret, … that belongs to it."""
        groups = {
            "HorizontalPodAutoscaler": "autoscaling",
            "NetworkPolicy": "networking.k8s.io",
            "PodDisruptionBudget": "policy",
            "RoleBinding": "rbac.authorization.k8s.io",
            "Role": "rbac.authorization.k8s.io",
        }
        return ObjectRef(groups.get(kind, ""), kind, self.namespace, self.name)


def parts(rng: random.Random) -> dict[str, Part]:
    """The services of a seed."""
    found: dict[str, Part] = {}
    spaces = ("shop", "pay", "ship")

    def add(name: str, namespace: str, layer: str, calls: list[str], **more: bool) -> None:
        style = rng.choice(("env", "envFrom", "mounted")) if calls else "envFrom"
        found[name] = Part(name, namespace, layer, tuple(calls), style, **more)

    for name in _DATABASES:
        add(name, "data", "database", [], secret=True, guarded=True)
    for name in _CACHES:
        add(name, "data", "cache", [])
    for name in _BROKERS:
        add(name, "data", "broker", [])
    done: list[str] = []
    for name in reversed(_DOMAIN):
        calls = rng.sample(done, min(len(done), rng.choice((0, 1, 1, 2))))
        calls += rng.sample(_DATABASES, rng.choice((0, 1, 1, 1)) or (not calls))
        if rng.random() < 0.3:
            calls.append(rng.choice(_CACHES))
        if rng.random() < 0.25:
            calls.append(rng.choice(_BROKERS))
        add(name, rng.choice(spaces), "domain", calls, secret=any(c in _DATABASES for c in calls),
            scaled=rng.random() < 0.35)  # fmt: skip
        done.append(name)
    for name in _APIS:
        add(name, "shop", "api", rng.sample(done, rng.choice((2, 3, 4))), scaled=rng.random() < 0.5)
    for name in _EDGE:
        add(name, "edge", "edge", rng.sample(_APIS, rng.choice((3, 4))), scaled=True)
    for name in _JOBS:
        add(name, "ops", "job", [rng.choice(_DATABASES)])
    return found


NODES = tuple(f"worker-{number}" for number in range(1, 9))


@dataclass
class Cluster(Past):
    """The cluster and its past.

    pods    workload -> its pods: (pod, node)
    sizes   workload -> how many pods it shall have
    named   how many pods were ever made
    """

    rng: random.Random = field(default_factory=random.Random)
    parts: dict[str, Part] = field(default_factory=dict)
    pods: dict[ObjectRef, list[tuple[ObjectRef, str]]] = field(default_factory=dict)
    named: int = 0
    shut: set[str] = field(default_factory=set)

    def fork(self, seed: int) -> Cluster:
        """The same past, to go on by itself."""
        return replace(
            self, rng=random.Random(seed), records=list(self.records), states=dict(self.states),
            pods={ref: list(several) for ref, several in self.pods.items()}, shut=set(self.shut),
        )  # fmt: skip

    # --- writing ----------------------------------------------------------------------------

    def put(self, ref: ObjectRef, at: int, body: dict[str, Any], **more: Any) -> Change:
        """The object is so from now on."""
        state = {
            "apiVersion": f"{ref.group}/v1" if ref.group else "v1",
            "kind": ref.kind,
            "metadata": {"name": ref.name, "uid": f"uid-{ref.name}",
                         **({"namespace": ref.namespace} if ref.namespace else {})},
            **body,
        }  # fmt: skip
        before = self.states.get((ref, Facet.OBJECT))
        self.states[ref, Facet.OBJECT] = state
        more.setdefault("by", PEOPLE[0])
        return self._change(
            ref, at, verb=more.pop("verb", "update" if before is not None else "create"),
            edits=diff(before, state) if before is not None else (),
            state=orjson.dumps(state, option=orjson.OPT_SORT_KEYS), **more,
        )  # fmt: skip

    def edit(
        self, ref: ObjectRef, at: int, by: Actor, how: Callable[[dict[str, Any]], None], **more: Any
    ) -> Change:
        """A copy of the object's state is changed and written."""
        state = copy.deepcopy(self.states[ref, Facet.OBJECT])
        how(state)
        body = {k: v for k, v in state.items() if k not in ("apiVersion", "kind", "metadata")}
        return self.put(ref, at, body, by=by, **more)

    def body(self, ref: ObjectRef) -> dict[str, Any]:
        """The state as it stands; not to be changed."""
        return self.states[ref, Facet.OBJECT]

    def sees(
        self, about: ObjectRef, owner: ObjectRef, at: int, kind: str, *, until: int = 0,
        count: int = 1, message: str = "", source: str = "event",
    ) -> None:  # fmt: skip
        """A warning; events are cut to seconds."""
        first = at - at % SECOND if source == "event" else at
        self.records.append(
            Observation(
                id=observation_id(str(about), kind, str(at)), kind=kind, about=about, owner=owner,
                first_at=first, last_at=max(until, first), count=count,
                message=message or f"{kind} of {about.name}", warning=True, source=source,
            )
        )  # fmt: skip

    # --- pods -------------------------------------------------------------------------------

    def born(self, ref: ObjectRef, at: int, *, node: str | None = None) -> ObjectRef:
        """A pod is made, and bound a moment later; node "": it stays without one."""
        self.named += 1
        pod = ObjectRef("", "Pod", ref.namespace, f"{ref.name}-{self.named:05x}")
        self.put(pod, at, {"spec": {}}, by=CONTROLLER, derived=True, owner=ref, via="controller")
        place = node
        if place is None:
            place = self.rng.choice([one for one in NODES if one not in self.shut])
        if place:
            self.put(pod, at + SECOND // 3, {"spec": {"nodeName": place}}, by=CONTROLLER,
                     derived=True, owner=ref, via="scheduler", verb="bind")  # fmt: skip
        self.pods.setdefault(ref, []).append((pod, place))
        return pod

    def gone(self, ref: ObjectRef, pod: ObjectRef, at: int, by: Actor = CONTROLLER) -> None:
        """A pod goes away."""
        self.pods[ref] = [one for one in self.pods[ref] if one[0] != pod]
        self.delete(pod, at, by=by, derived=True, owner=ref)

    def rolled(self, ref: ObjectRef, at: int, slow: int = 15 * SECOND) -> list[ObjectRef]:
        """All pods are replaced one by one; the new ones."""
        made = []
        for number, (old, _) in enumerate(list(self.pods.get(ref, []))):
            made.append(self.born(ref, at + 2 * SECOND + number * slow))
            self.gone(ref, old, at + 8 * SECOND + number * slow)
        return made

    def resized(self, ref: ObjectRef, at: int, count: int) -> None:
        """Pods come or go until there are so many."""
        while len(self.pods[ref]) < count:
            self.born(ref, at + SECOND)
        for pod, _ in self.pods[ref][count:]:
            self.gone(ref, pod, at + SECOND)

    # --- who calls whom -----------------------------------------------------------------------

    def callers(self, name: str) -> Iterator[Part]:
        """The services that call one."""
        return (one for one in self.parts.values() if name in one.calls and one.layer != "job")


def template(part: Part, cluster_parts: dict[str, Part]) -> dict[str, Any]:
    """The pod template of a service."""
    main: dict[str, Any] = {
        "name": "main",
        "image": f"registry.example/{part.name}:1.0.0",
        "resources": {
            "requests": {"cpu": "100m", "memory": "256Mi"},
            "limits": {"cpu": "500m", "memory": "512Mi"},
        },
        "readinessProbe": {"httpGet": {"path": "/ready", "port": 8080}, "periodSeconds": 10,
                           "timeoutSeconds": 2},
        "livenessProbe": {"httpGet": {"path": "/live", "port": 8080}, "periodSeconds": 10,
                          "timeoutSeconds": 2},
        "ports": [{"containerPort": 8080}],
    }  # fmt: skip
    spec: dict[str, Any] = {"serviceAccountName": part.name}
    if part.style == "env":
        main["env"] = [
            {"name": key, "value": value} for key, value in addresses(part, cluster_parts).items()
        ]
    if part.style == "mounted":
        spec["volumes"] = [{"name": "settings", "configMap": {"name": part.name}}]
        main["volumeMounts"] = [{"name": "settings", "mountPath": "/etc/settings"}]
    else:
        main["envFrom"] = [{"configMapRef": {"name": part.name}}]
    if part.secret:
        main.setdefault("env", []).append(
            {"name": "PASSWORD",
             "valueFrom": {"secretKeyRef": {"name": part.name, "key": "password"}}}
        )  # fmt: skip
    if part.layer in ("database", "broker"):
        spec.setdefault("volumes", []).append(
            {"name": "data", "persistentVolumeClaim": {"claimName": part.name}}
        )
    return {"metadata": {"labels": {"app": part.name}}, "spec": {**spec, "containers": [main]}}


def addresses(part: Part, cluster_parts: dict[str, Part]) -> dict[str, str]:
    """The variables that name whom it calls."""
    return {
        f"{name.upper().replace('-', '_')}_URL": (
            f"http://{name}.{cluster_parts[name].namespace}.svc.cluster.local:{port_of(name)}"
        )
        for name in part.calls
    }


def port_of(name: str) -> int:
    """The port of a Service."""
    return 5432 if name.endswith("-db") else 6379 if name.endswith("-cache") else 8080


def raised(seed: int) -> Cluster:
    """The cluster on its first day."""
    rng = random.Random(seed)
    cluster = Cluster(rng=rng, parts=parts(rng))
    for name in NODES:
        ref = ObjectRef("", "Node", CLUSTER, name)
        cluster.put(ref, START, {"spec": {"taints": []}})
    for namespace in ("edge", "shop", "pay", "ship", "data", "ops"):
        cluster.put(ObjectRef("", "Namespace", CLUSTER, namespace), START, {})
        quota = ObjectRef("", "ResourceQuota", namespace, "quota")
        cluster.put(quota, START, {"spec": {"hard": {"pods": "200", "limits.memory": "200Gi"}}})
    cluster.put(ObjectRef("storage.k8s.io", "StorageClass", CLUSTER, "fast"), START,
                {"provisioner": "csi.example"})  # fmt: skip
    for part in cluster.parts.values():
        _raise(cluster, part)
    backends = [
        {"path": f"/{name}", "pathType": "Prefix",
         "backend": {"service": {"name": name, "port": {"number": 8080}}}}
        for name in _EDGE
    ]  # fmt: skip
    ingress = ObjectRef("networking.k8s.io", "Ingress", "edge", "front")
    cluster.put(ingress, START, {"spec": {"rules": [{"host": "shop.example",
                                                     "http": {"paths": backends}}]}})  # fmt: skip
    return cluster


def _raise(cluster: Cluster, part: Part) -> None:
    settings = {"CACHE_SIZE": "256", "TIMEOUT_MS": "800", "LOG_LEVEL": "info", "WORKERS": "16"}
    if part.style != "env":
        settings |= addresses(part, cluster.parts)
    cluster.put(part.other("ConfigMap"), START, {"data": settings})
    cluster.put(part.other("ServiceAccount"), START, {})
    if part.secret:
        cluster.put(part.other("Secret"), START, {"data": {"password": "redacted:0"}})
    made = template(part, cluster.parts)
    if part.layer == "job":
        made["spec"]["restartPolicy"] = "Never"
        hour = cluster.rng.randrange(24)
        cluster.put(part.workload, START, {"spec": {"schedule": f"25 {hour} * * *",
                    "jobTemplate": {"spec": {"template": made}}}})  # fmt: skip
        return
    count = 1 if part.layer in ("database", "broker", "cache") else cluster.rng.choice((2, 3, 4))
    labels = {"app": part.name}
    if part.layer in ("database", "broker"):
        cluster.put(part.other("PersistentVolumeClaim"), START,
                    {"spec": {"storageClassName": "fast"}})  # fmt: skip
    cluster.put(part.workload, START, {"spec": {"replicas": count, "template": made,
                "selector": {"matchLabels": labels}}})  # fmt: skip
    cluster.put(part.service, START, {"spec": {"selector": labels,
                "ports": [{"port": port_of(part.name), "targetPort": 8080}]}})  # fmt: skip
    for _ in range(count):
        cluster.born(part.workload, START + SECOND)
    if part.scaled:
        target = {"apiVersion": "apps/v1", "kind": "Deployment", "name": part.name}
        cluster.put(part.other("HorizontalPodAutoscaler"), START, {"spec": {
            "scaleTargetRef": target, "minReplicas": 2, "maxReplicas": 8}})  # fmt: skip
    if part.guarded:
        allowed = [{"namespaceSelector": {}}]
        cluster.put(part.other("NetworkPolicy"), START, {"spec": {
            "podSelector": {"matchLabels": labels}, "policyTypes": ["Ingress"],
            "ingress": [{"from": allowed}]}})  # fmt: skip
    if part.layer in ("domain", "api"):
        subject = {"kind": "ServiceAccount", "name": part.name, "namespace": part.namespace}
        cluster.put(part.other("Role"), START, {"rules": [{"verbs": ["get"]}]})
        role = {"apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": part.name}
        cluster.put(part.other("RoleBinding"), START, {"roleRef": role, "subjects": [subject]})
