"""Where the scheduler puts pods, and what it says where it does not."""

from __future__ import annotations

from typing import Any

import pytest
from made_snapshots import Object, deployment, node, of, pod, priority, run, template

from kubectl_smart.memory.records.errors import BadInput
from kubectl_smart.simulate.cluster.quantities import milli, portion, whole
from kubectl_smart.simulate.cluster.requests import requests_of
from kubectl_smart.simulate.cluster.snapshot import objects
from kubectl_smart.simulate.scheduling.messages import nodes_message
from kubectl_smart.simulate.scheduling.scheduler import plugins_in
from kubectl_smart.simulate.scheduling.scoring import enough

TAIL = " no new claims to deallocate, preemption: "


def placed(*given: Object, seed: int = 0) -> str | None:
    """Where the pod `new` goes, or its message."""
    spare = node("unused", "0", unschedulable=True)
    spare["status"]["allocatable"]["pods"] = "0"
    answer = run([spare, *given], "kubectl label node unused seen=yes", seed=seed)
    (one,) = of(answer, "new")
    return one.node if one.node is not None else one.message


def spread(app: str, key: str, **more: Any) -> Object:
    """A hard constraint of skew 1."""
    return {
        "maxSkew": 1,
        "topologyKey": key,
        "whenUnsatisfiable": "DoNotSchedule",
        "labelSelector": {"matchLabels": {"app": app}},
        **more,
    }


def test_reasons_are_sorted_as_texts() -> None:
    """Ten comes before two, and nothing counted is not told."""
    assert nodes_message(12, {"b": 2, "a": 10, "c": 0}) == "0/12 nodes are available: 10 a, 2 b."


def test_a_node_short_of_two_things_counts_twice() -> None:
    """Each resource that is short is a reason; a node too small even when empty is no hope."""
    body = template("new", "3")
    body["spec"]["containers"][0]["resources"]["requests"]["memory"] = "7Gi"
    small = node("small", "2")
    small["status"]["allocatable"]["memory"] = "1Gi"
    full = pod("full", template("full", "2"), "big")
    assert placed(small, node("big"), full, pod("new", body, None)) == (
        "0/3 nodes are available: 1 Insufficient memory, 1 node(s) were unschedulable, "
        f"2 Insufficient cpu.{TAIL}0/3 nodes are available: 1 No preemption victims found for "
        "incoming pod, 2 Preemption is not helpful for scheduling."
    )


def test_who_must_not_preempt_says_so() -> None:
    """A policy of never preempting is told instead of victims."""
    body = template("new", "9", preemptionPolicy="Never", priority=5)
    assert placed(node("one"), pod("new", body, None)) == (
        "0/2 nodes are available: 1 Insufficient cpu, 1 node(s) were unschedulable."
        f"{TAIL}not eligible due to preemptionPolicy=Never."
    )


def test_a_missing_claim_is_told_before_any_node_is_looked_at() -> None:
    """A pod whose claim is not there gets the scheduler's odd ending."""
    volumes = [{"name": "data", "persistentVolumeClaim": {"claimName": "gone"}}]
    assert placed(node("one"), pod("new", template("new", volumes=volumes), None)) == (
        '0/2 nodes are available: persistentvolumeclaim "gone" not found. not found'
    )


def test_a_cordoned_node_stays_an_empty_domain() -> None:
    """Hard spreading counts the cordoned node's zone as the emptiest: the pod stays pending."""
    zone = "topology.kubernetes.io/zone"
    body = template("new", topologySpreadConstraints=[spread("new", zone)])
    there = pod("there", body, "one")
    message = placed(node("one"), node("two", zone="z1", unschedulable=True), there,
                     pod("new", body, None))  # fmt: skip
    assert message is not None
    assert message.startswith(
        "0/3 nodes are available: 1 node(s) didn't match pod topology spread constraints, "
        "2 node(s) were unschedulable."
    )


def test_the_first_of_pods_that_want_company_may_come() -> None:
    """Required affinity to itself does not keep the first pod away."""
    term = {
        "labelSelector": {"matchLabels": {"app": "new"}},
        "topologyKey": "kubernetes.io/hostname",
    }
    affinity = {"podAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": [term]}}
    assert placed(node("one"), pod("new", template("new", affinity=affinity), None)) == "one"


def test_pods_keep_away_from_those_that_do_not_want_them() -> None:
    """The anti-affinity of a pod already there counts as its own would."""
    term = {
        "labelSelector": {"matchLabels": {"app": "new"}},
        "topologyKey": "kubernetes.io/hostname",
    }
    apart = {"podAntiAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": [term]}}
    shy = pod("shy", template("shy", affinity=apart), "one")
    assert placed(node("one"), node("two"), shy, pod("new", template("new"), None)) == "two"


def test_the_least_allocated_node_is_best() -> None:
    """Of two equal nodes the emptier one."""
    full = pod("full", template("full", "2"), "one")
    for seed in range(3):
        assert placed(node("one"), node("two"), full, pod("new", template("new"), None),
                      seed=seed) == "two"  # fmt: skip


def test_images_draw_pods() -> None:
    """A node with the image is better than one without."""
    big = {"names": ["new:1"], "sizeBytes": 900 * 1024 * 1024}
    having = node("two")
    having["status"]["images"] = [big]
    for seed in range(3):
        assert placed(node("one"), having, pod("new", template("new"), None), seed=seed) == "two"


def test_equal_nodes_are_named() -> None:
    """Where the seed chose, the answer names the nodes that were as good."""
    answer = run(
        [node("one"), node("two"), *deployment("web", [])],
        "kubectl scale deployment web -n shop --replicas=1",
    )
    assert of(answer, "web")[0].tied == ("one", "two")


def test_gates_keep_a_pod_out_of_the_queue() -> None:
    """A gated pod stays pending whatever room there is."""
    body = template("new", schedulingGates=[{"name": "wait"}])
    answer = run([node("one"), pod("new", body, None)], "kubectl label node one a=b")
    assert [one.node for one in of(answer, "new")] == [None]


def test_only_lower_priorities_are_preempted() -> None:
    """Equal priority is no reason to make room."""
    body = template("new", "900m", priorityClassName="high", priority=10)
    rival = pod("rival", template("rival", "900m", priority=10), "one")
    message = placed(node("one", "1"), priority("high", 10), rival, pod("new", body, None))
    assert message is not None
    assert "1 No preemption victims found for incoming pod" in message


def test_requests_add_up_as_kubernetes_does() -> None:
    """Sidecars count beside containers, and beside the init containers that come after them."""

    def container(cpu: str, **more: Any) -> dict[str, Any]:
        return {"resources": {"requests": {"cpu": cpu}}, **more}

    spec = {
        "containers": [container("200m")],
        "initContainers": [
            container("900m"),
            container("100m", restartPolicy="Always"),
            container("850m"),
        ],
        "overhead": {"cpu": "10m"},
    }
    found = requests_of(spec)
    assert found.amounts == {"cpu": 960}
    assert requests_of({"containers": [{}]}).scored == (100, 200 * 1024 * 1024)


@pytest.mark.parametrize(
    ("text", "thousandths", "units"),
    [("1", 1000, 1), ("1500m", 1500, 2), ("0.0001", 1, 1), ("1Ki", 1024000, 1024)],
)
def test_quantities_round_up(text: str, thousandths: int, units: int) -> None:
    """Parts of a unit count as one."""
    assert (milli(text), whole(text)) == (thousandths, units)


def test_what_is_no_quantity_is_told() -> None:
    """The text is named."""
    with pytest.raises(BadInput, match="'many' is not a quantity"):
        milli("many")


def test_portions_round_as_asked() -> None:
    """A quarter of five is two upwards and one downwards."""
    assert (portion("25%", 5, up=True), portion("25%", 5, up=False), portion(3, 5, up=True)) == (
        2,
        1,
        3,
    )


def test_a_message_tells_which_plugins_turned_a_pod_down() -> None:
    """From the recorded words to the plugins."""
    message = (
        "0/4 nodes are available: 1 Insufficient cpu, 1 node(s) were unschedulable, "
        "2 node(s) didn't match pod anti-affinity rules. no new claims to deallocate, preemption: x"
    )
    assert plugins_in(message) == {"NodeResourcesFit", "NodeUnschedulable", "InterPodAffinity"}


def test_large_clusters_are_sampled() -> None:
    """All of 99, 100 of 100, a tenth of 5,000, and never less than a twentieth."""
    assert [enough(number) for number in (99, 100, 1000, 5000, 20000)] == [99, 100, 420, 500, 1000]


@pytest.mark.parametrize(
    "text", ["", "[]", '{"items": [1]}', '{"items": [{"kind": "Pod"}]}', '{"a": 1}']
)
def test_what_is_no_list_is_refused(text: str) -> None:
    """A file that is no Kubernetes List raises ValueError, whatever it is."""
    with pytest.raises(ValueError):  # noqa: PT011 - the message is json's own
        list(objects(text))


def test_items_are_read_one_by_one() -> None:
    """Keys around the items do not matter, nor do blanks."""
    text = '{ "apiVersion": "v1",\n "items": [ {"kind": "A", "metadata": {}} ,\n'
    text += '{"kind": "B", "metadata": {}} ], "kind": "List", "metadata": {} }'
    assert [one["kind"] for one in objects(text)] == ["A", "B"]
