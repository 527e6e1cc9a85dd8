"""What is applied to a cluster: rendered by kubectl, held against Kubernetes 1.36, few rights."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import kubernetes.client.api
import pytest
import yaml
from rendered_manifests import KUSTOMIZE, SOURCE, Manifest, fault, of_kind, rendered, with_component

from kubectl_smart.bot.configuring import parsed
from kubectl_smart.bot.serve.admission import PATHS
from kubectl_smart.bot.serve.settings import ServeModel

OVERLAYS = sorted(path.name for path in (KUSTOMIZE / "overlays").iterdir())
COMPONENTS = sorted(path.name for path in (KUSTOMIZE / "components").iterdir())


@pytest.fixture(scope="module")
def variants(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[Manifest]]:
    """Every overlay alone, and with each component."""
    found = {name: rendered(KUSTOMIZE / "overlays" / name) for name in OVERLAYS}
    for overlay in OVERLAYS:
        for component in COMPONENTS:
            at = tmp_path_factory.mktemp(f"{overlay}-{component}")
            found[f"{overlay}+{component}"] = with_component(overlay, component, at)
    return found


@pytest.fixture(scope="module")
def embedded() -> list[Manifest]:
    """The overlay without a database."""
    return rendered(KUSTOMIZE / "overlays" / "embedded")


def _one(manifests: list[Manifest], kind: str) -> Manifest:
    (found,) = of_kind(manifests, kind)
    return found


def _container(manifests: list[Manifest]) -> dict[str, Any]:
    (found,) = _one(manifests, "StatefulSet")["spec"]["template"]["spec"]["containers"]
    return dict(found)


def test_kubernetes_takes_every_object(variants: dict[str, list[Manifest]]) -> None:
    """No unknown field, none missing, every type right, in each overlay with each component."""
    assert len(variants) == len(OVERLAYS) * (1 + len(COMPONENTS)) == 10
    faults = {
        (variant, one["kind"], one["metadata"]["name"]): fault(one)
        for variant, manifests in variants.items()
        for one in manifests
    }

    assert {place: said for place, said in faults.items() if said} == {}


def _unknown(one: Manifest) -> None:
    one["spec"]["template"]["spec"]["containers"][0]["readOnly"] = True


def _missing(one: Manifest) -> None:
    del one["spec"]["selector"]


def _mistyped(one: Manifest) -> None:
    one["spec"]["replicas"] = "1"


def _no_such_kind(one: Manifest) -> None:
    one["apiVersion"] = "apps/v1beta2"


@pytest.mark.parametrize(
    ("break_it", "said"),
    [
        (_unknown, "readOnly"),
        (_missing, "'selector' is a required property"),
        (_mistyped, "is not of type"),
        (_no_such_kind, "v1beta2"),
    ],
)
def test_planted_mistakes_are_found(
    embedded: list[Manifest], break_it: Callable[[Manifest], None], said: str
) -> None:
    """An unknown field, a missing one, a wrong type, a kind that is gone."""
    broken = yaml.safe_load(yaml.safe_dump(_one(embedded, "StatefulSet")))
    break_it(broken)

    assert said in fault(broken)


def test_planted_mistakes_in_a_service_monitor_are_found(
    variants: dict[str, list[Manifest]],
) -> None:
    """Its rules are ours, so they are tested too."""
    good = _one(variants["embedded+service-monitor"], "ServiceMonitor")
    assert fault(good) == ""

    assert fault({**good, "spec": {**good["spec"], "port": "http"}}) != ""
    assert fault({**good, "spec": {**good["spec"], "endpoints": [{"port": 8080}]}}) != ""
    assert fault({**good, "spec": {"endpoints": good["spec"]["endpoints"]}}) != ""


def test_rights_are_to_read_and_never_secrets(variants: dict[str, list[Manifest]]) -> None:
    """No wildcard, no verb that writes; what is asked with `create` changes nothing."""
    for variant, manifests in variants.items():
        assert of_kind(manifests, "Secret") == [], variant
        for role in of_kind(manifests, "ClusterRole"):
            assert role.keys() == {"apiVersion", "kind", "metadata", "rules"}, variant
            for rule in role["rules"]:
                assert rule.keys() == {"apiGroups", "resources", "verbs"}, variant
                words = {*rule["apiGroups"], *rule["resources"], *rule["verbs"]}
                assert not any("*" in word or "secret" in word for word in words), variant
                if rule["resources"] == ["subjectaccessreviews"]:
                    assert rule["verbs"] == ["create"]
                else:
                    assert rule["verbs"] == ["get", "list", "watch"]


def test_only_its_own_account_is_given_rights(variants: dict[str, list[Manifest]]) -> None:
    """Every binding leads from the one account to a role of the same rendering."""
    for variant, manifests in variants.items():
        assert of_kind(manifests, "Role") == of_kind(manifests, "RoleBinding") == [], variant
        roles = {one["metadata"]["name"] for one in of_kind(manifests, "ClusterRole")}
        bindings = of_kind(manifests, "ClusterRoleBinding")
        account = _one(manifests, "ServiceAccount")["metadata"]

        assert {one["roleRef"]["name"] for one in bindings} == roles, variant
        for one in bindings:
            (subject,) = one["subjects"]
            assert (subject["name"], subject["namespace"]) == (account["name"], "kubectl-smart")


def test_the_pod_has_no_more_than_it_needs(variants: dict[str, list[Manifest]]) -> None:
    """One writer, no root, a file system that is read only, the account's name and limits."""
    for variant, manifests in variants.items():
        spec = _one(manifests, "StatefulSet")["spec"]
        pod, container = spec["template"]["spec"], _container(manifests)

        assert spec["replicas"] == 1, variant
        assert pod["securityContext"] == {
            "runAsNonRoot": True, "runAsUser": 10001, "runAsGroup": 10001, "fsGroup": 10001,
            "fsGroupChangePolicy": "OnRootMismatch", "seccompProfile": {"type": "RuntimeDefault"},
        }  # fmt: skip
        assert container["securityContext"] == {
            "allowPrivilegeEscalation": False, "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        }  # fmt: skip
        assert {"requests", "limits"} == container["resources"].keys()
        written = [one["mountPath"] for one in container["volumeMounts"] if not one.get("readOnly")]
        assert sorted(written) == ["/tmp", "/var/lib/kubectl-smart"]  # noqa: S108 - in the pod
        volumes = {one["name"] for one in pod["volumes"]}
        assert volumes == {one["name"] for one in container["volumeMounts"]}


def test_what_objects_name_is_there(variants: dict[str, list[Manifest]]) -> None:
    """The volume, the configuration by its hashed name, the Service, the account."""
    for variant, manifests in variants.items():
        spec = _one(manifests, "StatefulSet")["spec"]
        pod = spec["template"]["spec"]
        volumes = {one["name"]: one for one in pod["volumes"]}
        configuration = _one(manifests, "ConfigMap")["metadata"]["name"]
        claim = _one(manifests, "PersistentVolumeClaim")["metadata"]["name"]

        assert volumes["configuration"]["configMap"]["name"] == configuration, variant
        assert volumes["memory"]["persistentVolumeClaim"]["claimName"] == claim, variant
        assert spec["serviceName"] == _one(manifests, "Service")["metadata"]["name"], variant
        assert pod["serviceAccountName"] == _one(manifests, "ServiceAccount")["metadata"]["name"]


def test_ports_agree(variants: dict[str, list[Manifest]]) -> None:
    """Container, Service, probes, network policy, monitor and webhook mean the same two ports."""
    for variant, manifests in variants.items():
        container = _container(manifests)
        ports = {one["name"]: one["containerPort"] for one in container["ports"]}
        service = _one(manifests, "Service")["spec"]
        policy = _one(manifests, "NetworkPolicy")["spec"]
        probes = [container[name] for name in ("startupProbe", "livenessProbe", "readinessProbe")]

        assert {one["targetPort"]: one["port"] for one in service["ports"]} == ports, variant
        doors = [port["port"] for rule in policy["ingress"] for port in rule["ports"]]
        assert sorted(doors) == sorted(ports.values()), variant
        assert {one["httpGet"]["port"] for one in probes} <= ports.keys(), variant
        for monitor in of_kind(manifests, "ServiceMonitor"):
            named = {one["name"] for one in service["ports"]}
            assert {one["port"] for one in monitor["spec"]["endpoints"]} <= named
        for hook in of_kind(manifests, "ValidatingWebhookConfiguration"):
            assert hook["webhooks"][0]["clientConfig"]["service"]["port"] == ports["webhooks"]


def test_selectors_find_the_pod(variants: dict[str, list[Manifest]]) -> None:
    """Of the StatefulSet, the Service, the network policy and the monitor."""
    for variant, manifests in variants.items():
        spec = _one(manifests, "StatefulSet")["spec"]
        pod = spec["template"]["metadata"]["labels"].items()
        service = _one(manifests, "Service")

        assert spec["selector"]["matchLabels"].items() <= pod, variant
        assert service["spec"]["selector"].items() <= pod, variant
        chosen = _one(manifests, "NetworkPolicy")["spec"]["podSelector"].get("matchLabels", {})
        assert chosen.items() <= pod, variant
        for monitor in of_kind(manifests, "ServiceMonitor"):
            wanted = monitor["spec"]["selector"]["matchLabels"].items()
            assert wanted <= service["metadata"]["labels"].items()


def test_the_database_is_reached_and_its_address_is_nowhere(
    variants: dict[str, list[Manifest]],
) -> None:
    """The index's URL comes from a Secret of the owner's, and only this overlay may go there."""
    (address,) = (
        one for one in _container(variants["postgresql"])["env"]
        if one["name"] == "KUBECTL_SMART_INDEX"
    )  # fmt: skip
    assert address["valueFrom"] == {"secretKeyRef": {"name": "kubectl-smart-index", "key": "url"}}

    def egress(name: str) -> set[int]:
        rules = _one(variants[name], "NetworkPolicy")["spec"]["egress"]
        return {port["port"] for rule in rules for port in rule["ports"]}

    assert egress("postgresql") - egress("embedded") == {5432}


def test_admission_is_never_in_the_way(variants: dict[str, list[Manifest]]) -> None:
    """Fail-open, a second at most, not for the memory's own namespace, never for secrets."""
    configuration = _one(variants["embedded+admission"], "ValidatingWebhookConfiguration")
    (hook,) = configuration["webhooks"]
    (expression,) = hook["namespaceSelector"]["matchExpressions"]
    asked = {name for rule in hook["rules"] for name in rule["resources"]}

    assert hook["failurePolicy"] == "Ignore"
    assert hook["timeoutSeconds"] == 1
    assert (hook["sideEffects"], hook["matchPolicy"]) == ("NoneOnDryRun", "Equivalent")
    assert hook["clientConfig"]["service"]["path"] in PATHS
    assert expression["operator"] == "NotIn"
    assert {"kube-system", "kube-node-lease", "kubectl-smart"} == set(expression["values"])
    assert not asked & {"*", "secrets", "events", "leases", "nodes", "pods/status"}


def _configuration(manifests: list[Manifest]) -> dict[str, Any]:
    """The configuration of `serve`, as its ConfigMap has it; it reads as `serve` reads it."""
    text = _one(manifests, "ConfigMap")["data"]["smart.yaml"]
    parsed(text, ServeModel, "smart.yaml")
    return dict(yaml.safe_load(text))


def test_the_configuration_fits_the_pod(variants: dict[str, list[Manifest]]) -> None:
    """Paths are mounted, ports are those of the container, tokens are in the environment."""
    for variant, manifests in variants.items():
        configuration, container = _configuration(manifests), _container(manifests)
        text = _one(manifests, "ConfigMap")["data"]["smart.yaml"]
        mounts = [one["mountPath"] for one in container["volumeMounts"]]
        listen, doors = configuration["listen"], configuration["capture"]["doors"]

        for path in (configuration["memory"], *doors["tls"].values()):
            assert any(path.startswith(f"{mount}/") for mount in mounts), (variant, path)
        ports = {listen["port"], doors["port"]}
        assert ports == {one["containerPort"] for one in container["ports"]}, variant
        named = {one["name"] for one in container["env"]}
        assert {word.split("}")[0].strip() for word in text.split("{env:")[1:]} <= named, variant


def test_the_bots_configuration_adds_only_the_bot(variants: dict[str, list[Manifest]]) -> None:
    """The component's file is the base's with one part more."""
    plain = _configuration(variants["embedded"])
    bot = _configuration(variants["embedded+slack"])

    assert bot.keys() - plain.keys() == {"slack"}
    assert {name: bot[name] for name in plain} == plain


def test_the_kubeconfig_of_the_audit_webhook_holds_no_secret() -> None:
    """Its parts name each other; the token is in a file; the name is that of the Service."""
    path: Path = SOURCE / "deploy" / "audit" / "webhook-kubeconfig.yaml"
    found = yaml.safe_load(path.read_text("utf-8"))
    (context,), (cluster,), (user,) = found["contexts"], found["clusters"], found["users"]

    assert found["current-context"] == context["name"]
    assert context["context"] == {"cluster": cluster["name"], "user": user["name"]}
    assert user["user"].keys() == {"tokenFile"}
    assert cluster["cluster"]["server"].startswith("https://")
    assert cluster["cluster"]["server"].endswith(":8443/audit")
    assert cluster["cluster"]["tls-server-name"] == "kubectl-smart.kubectl-smart.svc"
    assert cluster["cluster"].keys() == {"server", "tls-server-name", "certificate-authority"}


def test_the_api_server_shows_the_admission_webhook_who_it_is(embedded: list[Manifest]) -> None:
    """Under the Service's name and port, with a token in a file; the files name each other."""
    folder: Path = SOURCE / "deploy" / "admission"
    configuration = yaml.safe_load((folder / "configuration.yaml").read_text("utf-8"))
    (plugin,) = configuration["plugins"]
    kubeconfig = Path(plugin["configuration"]["kubeConfigFile"])
    (user,) = yaml.safe_load((folder / kubeconfig.name).read_text("utf-8"))["users"]
    service = _one(embedded, "Service")
    port = {one["name"]: one["port"] for one in service["spec"]["ports"]}["webhooks"]
    place = service["metadata"]

    assert plugin["name"] == "ValidatingAdmissionWebhook"
    assert user["name"] == f"{place['name']}.{place['namespace']}.svc:{port}"
    assert user["user"] == {"tokenFile": str(kubeconfig.parent / "audit-token")}


LEFT_OUT = {
    ("", "secrets"): "never",
    ("coordination.k8s.io", "leases"): "heartbeats",
    ("", "componentstatuses"): "cannot be watched",
    ("certificates.k8s.io", "podcertificaterequests"): "one for each pod and renewal",
    ("storagemigration.k8s.io", "storageversionmigrations"): "upkeep of the API server's own",
    ("events.k8s.io", "events"): "the same objects as the core group's events",
}


def _listable() -> set[tuple[str, str]]:
    """(group, resource) of all that stable APIs list, from the paths of Kubernetes' own client."""
    folder = Path(kubernetes.client.api.__file__).parent
    found = set()
    for path in folder.glob("*_v[0-9]_api.py"):
        for group, resource in re.findall(
            r"method='GET',\s+resource_path='(?:/api|/apis/([a-z0-9.]+))/v\d+/([a-z]+)'",
            path.read_text("utf-8"),
        ):
            found.add((group, resource))
    return found


def test_every_built_in_resource_is_read_or_left_out_for_a_reason(embedded: list[Manifest]) -> None:
    """None is forgotten, none is misspelt, none is read that was left out."""
    read = {
        (group, resource)
        for rule in _one(embedded, "ClusterRole")["rules"]
        for group in rule["apiGroups"]
        for resource in rule["resources"]
    }

    assert len(_listable()) > 40
    assert not read & LEFT_OUT.keys()
    assert read | LEFT_OUT.keys() == _listable()
