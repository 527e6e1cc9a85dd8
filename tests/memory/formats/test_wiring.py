"""What an object's state says of others, rule by rule, and what must not be taken for it."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kubectl_smart.memory.formats.wiring import addresses, packing
from kubectl_smart.memory.formats.wiring.addresses import Named
from kubectl_smart.memory.formats.wiring.reading import is_read, wiring_of
from kubectl_smart.memory.formats.wiring.selecting import full, matches
from kubectl_smart.memory.records.objects import ObjectRef
from kubectl_smart.memory.records.wiring import NOTHING, Wiring

API = ObjectRef("apps", "Deployment", "shop", "api")


def named(value: str, key: str = "ANY") -> set[str]:
    """`ns/name`, with `:port` where the Service must have it and `!` where it is sure."""
    return {_told(one) for one in addresses.in_value(value, key, "shop")}


def _told(one: Named) -> str:
    port = f":{one.port}" if one.port else ""
    return f"{one.namespace}/{one.name}{port}{'!' if one.sure else ''}"


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("http://redis:6379", {"shop/redis"}),
        ("https://api.shop.svc.cluster.local/v1?a=b", {"shop/api!"}),
        ("http://api.pay:8080/x", {"pay/api"}),
        ("grpc://api.pay.svc:9000", {"pay/api!"}),
        ("pay.svc.example.com", set()),
        ("api.pay.svc.example.com", {"pay/api"}),
        ("kafka-0.kafka.data.svc.cluster.local", {"data/kafka!"}),
        ("postgres://app:redacted:00ff00ff00ff00ff@db.data:5432/shop", {"data/db"}),
        ("jdbc:postgresql://db:5432/shop", {"shop/db"}),
        ("jdbc:sqlserver://db:1433;databaseName=shop", {"shop/db"}),
        ("jdbc:oracle:thin:@db:1521:XE", {"shop/db:1521"}),
        ("amqp://guest@rabbit/vhost", {"shop/rabbit"}),
        ("mongodb://a-0.db:27017,a-1.db:27017/x", {"db/a-0", "db/a-1", "shop/db"}),
        ("kafka:9092,kafka2:9093", {"shop/kafka:9092", "shop/kafka2:9093"}),
        ("redis:6379/0", {"shop/redis:6379"}),
        ("user:pass@tcp(mysql:3306)/db", {"shop/mysql:3306"}),
        ("redis.data", {"data/redis"}),
        ("nginx -g 'daemon off;' --upstream http://api:80", {"shop/api"}),
    ],
)  # fmt: skip
def test_addresses_by_their_form(value: str, expected: set[str]) -> None:
    """URLs, qualified names and host:port name Services whatever their key."""
    assert named(value) == expected


@pytest.mark.parametrize(
    "value",
    [
        "redis", "true", "512", "0.25", "10.96.0.1", "10.96.0.1:6379", "12:30", "s3://redis/backups",
        "file:///redis", "registry.example/shop/redis:7.2", "sha256:0123", "${REDIS}:6379",
        "http://$(REDIS_HOST):6379", "Redis", "a redis of ours", "", "redis,kafka", "::1",
    ],
)  # fmt: skip
def test_words_that_name_nothing(value: str) -> None:
    """A bare word, a number, an image, a bucket or a variable is no address without a key."""
    assert [one for one in named(value) if ":" not in one] == []


def test_an_image_needs_a_service_of_that_port() -> None:
    """`redis:7` may be an address: then the Service has the port 7."""
    assert named("redis:7") == {"shop/redis:7"}


@pytest.mark.parametrize(
    ("key", "says_so"),
    [
        ("REDIS_HOST", True), ("redisHost", True), ("spring.redis.host", True), ("DB_ADDR", True),
        ("--server", True), ("KAFKA_BROKERS", True), ("KAFKA_BROKER_LIST", True), ("HOST_1", True),
        ("DB_HOST_PRIMARY", True), ("bootstrap.servers", True), ("API_ENDPOINT", True),
        ("DATABASE_URL", True), ("HOSTNAME", True), ("SERVER_NAME", False), ("CACHE", False),
        ("OTEL_SERVICE_NAME", False), ("HOST_PORT", False), ("URL_PREFIX", False), ("APP", False),
        ("ghost", False), ("curl", False), ("", False), ("server.port", False),
    ],
)  # fmt: skip
def test_a_key_says_that_a_bare_word_is_an_address(key: str, says_so: bool) -> None:
    """By its last word; a name, a port or a prefix of a host is none."""
    assert (named("redis", key) == {"shop/redis"}) == says_so


def test_lists_and_pods_under_such_a_key() -> None:
    """Each of a list counts, and a pod of a StatefulSet names its Service."""
    assert named("kafka-0.kafka, kafka-1.kafka:9092", "BROKERS") >= {"shop/kafka"}
    assert named("redis:7", "CACHE_HOST") == {"shop/redis"}


def test_files_in_a_config_map_are_read_by_line() -> None:
    """Properties, YAML, JSON and nginx.conf; comments say nothing, nor do other bare words."""
    data = {
        "app.properties": "# redis.host=old\nredis.host=redis\nname=x\nbroker.list=kafka:9092\n",
        "app.yaml": "db:\n  host: postgres\n  name: redis\n  port: 5432\n",
        "app.json": '{\n "cache": {"host": "memcached", "mode": "redis"}\n}\n',
        "nginx.conf": "upstream x {\n  server api:8080;\n}\nproxy_pass http://web;\nuser nginx;\n",
        "flat": "http://flat:80",
        "LOG_LEVEL": "redis",
    }
    wiring = wiring_of(ObjectRef("", "ConfigMap", "shop", "conf"), {"data": data})
    found = {(one.path, one.target.name) for one in wiring.references}
    assert found == {
        ('data["app.properties"]', "redis"),
        ('data["app.properties"]', "kafka"),
        ('data["app.yaml"]', "postgres"),
        ('data["app.json"]', "memcached"),
        ('data["nginx.conf"]', "api"),
        ('data["nginx.conf"]', "web"),
        ("data.flat", "flat"),
    }
    first = wiring.references[0]
    assert (first.kind, first.key, first.value) == ("names", "app.properties", "redis.host=redis")


def references(ref: ObjectRef, state: dict[str, Any]) -> list[str]:
    """`kind Target ns/name by path` of every reference."""
    return [f"{one.kind} {one.target} by {one.path}" for one in wiring_of(ref, state).references]


def test_a_pod_template() -> None:
    """Variables, arguments, volumes and accounts, each with its exact field."""
    container = {
        "name": "main",
        "env": [
            {"name": "DB_HOST", "value": "db"},
            {"name": "MODE", "value": "db"},
            {"name": "USER", "valueFrom": {"secretKeyRef": {"name": "login", "key": "user"}}},
            {"name": "SIZE", "valueFrom": {"configMapKeyRef": {"name": "conf", "key": "size"}}},
        ],
        "envFrom": [{"configMapRef": {"name": "conf"}}, {"secretRef": {"name": "login"}}],
        "command": ["redis", "sh", "-c", "wget http://api:80/"],
        "args": ["--upstream=web", "--cache-host", "memcached", "db", "--mode", "db"],
    }
    volumes = [
        {"name": "a", "configMap": {"name": "files", "items": [{"key": "x", "path": "y"}]}},
        {"name": "b", "secret": {"secretName": "tls"}},
        {"name": "c", "persistentVolumeClaim": {"claimName": "data"}},
        {"name": "d", "projected": {"sources": [{"configMap": {"name": "more"}}]}},
    ]
    spec = {
        "containers": [container],
        "volumes": volumes,
        "serviceAccountName": "runner",
        "imagePullSecrets": [{"name": "pull"}],
        "priorityClassName": "high",
    }
    state = {"spec": {"template": {"metadata": {"labels": {"app": "api"}}, "spec": spec}}}
    at = "spec.template.spec"
    main, volume = f"{at}.containers[main]", f"{at}.volumes"
    assert references(API, state) == [
        f"calls Service shop/db by {main}.env[DB_HOST].value",
        f"reads Secret shop/login by {main}.env[USER].valueFrom.secretKeyRef.name",
        f"reads ConfigMap shop/conf by {main}.env[SIZE].valueFrom.configMapKeyRef.name",
        f"reads ConfigMap shop/conf by {main}.envFrom[configMap/conf].configMapRef.name",
        f"reads Secret shop/login by {main}.envFrom[secret/login].secretRef.name",
        f"calls Service shop/api by {main}.command[3]",
        f"calls Service shop/web by {main}.args[0]",
        f"calls Service shop/memcached by {main}.args[2]",
        f"mounts ConfigMap shop/files by {volume}[a].configMap.name",
        f"mounts Secret shop/tls by {volume}[b].secret.secretName",
        f"mounts PersistentVolumeClaim shop/data by {volume}[c].persistentVolumeClaim.claimName",
        f"mounts ConfigMap shop/more by {volume}[d].projected.sources[#1].configMap.name",
        f"uses ServiceAccount shop/runner by {at}.serviceAccountName",
        f"uses Secret shop/pull by {at}.imagePullSecrets[pull].name",
        f"uses PriorityClass.scheduling.k8s.io high by {at}.priorityClassName",
    ]
    wiring = wiring_of(API, state)
    assert wiring.labels == (("app", "api"),)
    assert [one.key for one in wiring.references if one.target.name == "files"] == ["x"]


def test_a_cron_job_and_a_bare_pod() -> None:
    """The template of a CronJob lies deeper; a Pod is its own."""
    containers = [{"name": "main", "env": [{"name": "URL", "value": "http://api"}]}]
    template = {"metadata": {"labels": {"job": "x"}}, "spec": {"containers": containers}}
    job = ObjectRef("batch", "CronJob", "shop", "nightly")
    found = references(job, {"spec": {"jobTemplate": {"spec": {"template": template}}}})
    path = "spec.jobTemplate.spec.template.spec.containers[main].env[URL].value"
    assert found == [f"calls Service shop/api by {path}"]
    pod = ObjectRef("", "Pod", "shop", "alone")
    assert references(pod, template) == [
        "calls Service shop/api by spec.containers[main].env[URL].value"
    ]
    assert wiring_of(pod, template).labels == (("job", "x"),)


def test_a_stateful_set_has_a_service_and_claims() -> None:
    """Its pods' names depend on the one, and the others are made for them by name."""
    spec = {
        "serviceName": "db",
        "replicas": 2,
        "template": {"spec": {"containers": []}},
        "volumeClaimTemplates": [{"metadata": {"name": "data"}}],
    }
    path = "spec.volumeClaimTemplates[#1].metadata.name"
    found = references(ObjectRef("apps", "StatefulSet", "shop", "db"), {"spec": spec})
    assert found == [
        "uses Service shop/db by spec.serviceName",
        f"mounts PersistentVolumeClaim shop/data-db-0 by {path}",
        f"mounts PersistentVolumeClaim shop/data-db-1 by {path}",
    ]


def test_what_passes_traffic_on() -> None:
    """Ingress, HTTPRoute, external names and webhooks name Services."""
    ingress = {
        "spec": {
            "defaultBackend": {"service": {"name": "web"}},
            "rules": [{"host": "a.example", "http": {"paths": [
                {"path": "/", "pathType": "Prefix", "backend": {"service": {"name": "api"}}}]}}],
            "tls": [{"secretName": "cert"}],
            "ingressClassName": "nginx",
        }
    }  # fmt: skip
    path = "spec.rules[a.example].http.paths[/:Prefix]"
    assert references(ObjectRef("networking.k8s.io", "Ingress", "shop", "x"), ingress) == [
        "routes Service shop/web by spec.defaultBackend.service.name",
        f"routes Service shop/api by {path}.backend.service.name",
        "uses Secret shop/cert by spec.tls[#1].secretName",
        "uses IngressClass.networking.k8s.io nginx by spec.ingressClassName",
    ]
    route = {
        "spec": {
            "parentRefs": [{"name": "edge", "namespace": "infra"}],
            "rules": [{"backendRefs": [{"name": "api", "port": 80}]}],
        }
    }
    gateways = "gateway.networking.k8s.io"
    assert references(ObjectRef(gateways, "HTTPRoute", "shop", "x"), route) == [
        f"uses Gateway.{gateways} infra/edge by spec.parentRefs[edge].name",
        "routes Service shop/api by spec.rules[#1].backendRefs[api].name",
    ]
    service = ObjectRef("", "Service", "shop", "db")
    external = {"spec": {"type": "ExternalName", "externalName": "db.data.svc.cluster.local"}}
    assert references(service, external) == ["routes Service data/db by spec.externalName"]
    outside = {"spec": {"externalName": "db.example.com"}}
    assert wiring_of(service, outside) == NOTHING
    hook = {
        "webhooks": [{"name": "w", "clientConfig": {"service": {"name": "s", "namespace": "n"}}}]
    }
    kind = ObjectRef("admissionregistration.k8s.io", "ValidatingWebhookConfiguration", "", "x")
    assert references(kind, hook) == ["routes Service n/s by webhooks[w].clientConfig.service.name"]


def test_what_is_bound_by_name() -> None:
    """Autoscalers, claims, volumes, bindings and accounts."""
    target = {"apiVersion": "apps/v1", "kind": "Deployment", "name": "api"}
    hpa = ObjectRef("autoscaling", "HorizontalPodAutoscaler", "shop", "api")
    scaled = {"spec": {"scaleTargetRef": target}}
    assert references(hpa, scaled) == [
        "scales Deployment.apps shop/api by spec.scaleTargetRef.name"
    ]
    claim = ObjectRef("", "PersistentVolumeClaim", "shop", "data")
    spec = {"volumeName": "pv-1", "storageClassName": "fast"}
    assert references(claim, {"spec": spec}) == [
        "binds PersistentVolume pv-1 by spec.volumeName",
        "uses StorageClass.storage.k8s.io fast by spec.storageClassName",
    ]
    rbac = "rbac.authorization.k8s.io"
    binding = {
        "roleRef": {"apiGroup": rbac, "kind": "ClusterRole", "name": "edit"},
        "subjects": [
            {"kind": "ServiceAccount", "name": "runner", "namespace": "shop"},
            {"kind": "User", "name": "sarah@example.com"},
        ],
    }
    assert references(ObjectRef(rbac, "RoleBinding", "shop", "x"), binding) == [
        f"binds ClusterRole.{rbac} edit by roleRef.name",
        "binds ServiceAccount shop/runner by subjects[ServiceAccount/shop/runner].name",
    ]


def test_custom_resources_name_others_in_fields_that_end_in_ref() -> None:
    """With a kind, or where the field's name is one; never without a name, nor by a guess."""
    certificate = ObjectRef("cert-manager.io", "Certificate", "shop", "x")
    spec = {
        "issuerRef": {"name": "letsencrypt", "kind": "ClusterIssuer"},
        "keystore": {"passwordSecretRef": {"name": "pass", "key": "p"}},
        "sourceRefs": [{"kind": "Service", "name": "api"}],
        "parentRef": {"name": "who-knows"},
        "reference": {"kind": "Service", "name": "no"},
    }
    assert references(certificate, {"spec": spec}) == [
        "uses ClusterIssuer.cert-manager.io shop/letsencrypt by spec.issuerRef.name",
        "uses Secret shop/pass by spec.keystore.passwordSecretRef.name",
        "uses Service shop/api by spec.sourceRefs[api].name",
    ]
    rollout = ObjectRef("argoproj.io", "Rollout", "shop", "x")
    containers = [{"name": "main", "env": [{"name": "URL", "value": "http://api"}]}]
    wiring = wiring_of(rollout, {"spec": {"template": {"spec": {"containers": containers}}}})
    assert [one.target.name for one in wiring.references] == ["api"]
    assert wiring.labels == ()


def test_selectors_match_as_kubernetes_does() -> None:
    """All pairs and all requirements; an empty label selector matches all, an empty map nothing."""
    tier = {"key": "tier", "operator": "In", "values": ["a", "b"]}
    selector = full("spec.selector", {"matchLabels": {"app": "x"}, "matchExpressions": [tier]})
    assert selector is not None
    assert selector.value == "app=x,tier in (a,b)"
    assert matches(selector, {"app": "x", "tier": "b"})
    assert not matches(selector, {"app": "x"})
    absent = full("p", {"matchExpressions": [{"key": "app", "operator": "DoesNotExist"}]})
    assert absent is not None
    assert matches(absent, {})
    assert not matches(absent, {"app": "x"})
    everything = full("p", {})
    assert everything is not None
    assert matches(everything, {"any": "thing"})
    assert full("p", None) is None
    assert wiring_of(ObjectRef("", "Service", "shop", "x"), {"spec": {"selector": {}}}) == NOTHING


def test_what_repeats_its_maker_is_not_read() -> None:
    """Pods and ReplicaSets of a workload are left to it; one that stands alone is read."""
    pod, other = ObjectRef("", "Pod", "shop", "p"), ObjectRef("apps", "StatefulSet", "shop", "s")
    assert not is_read(pod, derived=True)
    assert is_read(pod, derived=False)
    assert is_read(other, derived=True)
    assert not is_read(ObjectRef("", "Secret", "shop", "s"), derived=False)


_NAMES = """
serviceName replicas volumeClaimTemplates metadata ordinals start
spec template containers env envFrom name value configMapRef valueFrom
configMapKeyRef volumes selector matchLabels matchExpressions values ports port data
rules http paths backend service issuerRef items projected sources args subjects
roleRef kind scaleTargetRef tls host app
"""
_WORDS = st.sampled_from(_NAMES.split())
_JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-9, 9)
    | st.sampled_from(["", "db.x.svc", "http://a", "a:1"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_WORDS, inner, max_size=5),
    max_leaves=25,
)
_KINDS = st.sampled_from(
    [
        API, ObjectRef("", "Pod", "a", "b"), ObjectRef("", "Service", "a", "b"),
        ObjectRef("", "ConfigMap", "a", "b"), ObjectRef("networking.k8s.io", "Ingress", "a", "b"),
        ObjectRef("networking.k8s.io", "NetworkPolicy", "a", "b"), ObjectRef("x.io", "Y", "a", "b"),
        ObjectRef("autoscaling", "HorizontalPodAutoscaler", "a", "b"),
        ObjectRef("rbac.authorization.k8s.io", "RoleBinding", "a", "b"),
        ObjectRef("gateway.networking.k8s.io", "HTTPRoute", "a", "b"),
        ObjectRef("", "PersistentVolumeClaim", "a", "b"), ObjectRef("batch", "CronJob", "a", "b"),
        ObjectRef("apps", "StatefulSet", "a", "b"),
        ObjectRef("policy", "PodDisruptionBudget", "a", "b"),
    ]
)  # fmt: skip


@given(_KINDS, st.dictionaries(_WORDS, _JSON, max_size=5))
def test_no_state_breaks_it_and_what_is_packed_comes_back(
    ref: ObjectRef, state: dict[str, Any]
) -> None:
    """Fields of another type than the API has say nothing; packing is exact, terms are the same."""
    wiring = wiring_of(ref, state)
    again = packing.unpack(packing.pack(packing.plain(wiring)))
    assert again == wiring
    assert isinstance(again, Wiring)
    assert packing.terms(again) == packing.terms(wiring)


@given(st.text(max_size=80), st.text(max_size=12))
def test_no_text_breaks_it(value: str, key: str) -> None:
    """Whatever a variable or a file holds, it names well-formed hosts or nothing."""
    for one in [
        *addresses.in_value(value, key, "n"),
        *(two for _, two in addresses.lines_naming(value, "n")),
    ]:
        assert one.name
        assert one.name == one.name.lower()
