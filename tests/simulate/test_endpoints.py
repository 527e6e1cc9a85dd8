"""What EndpointSlices tell of services, beside the pods."""

from __future__ import annotations

from typing import Any

from made_snapshots import Object, deployment, node, run, service

CONTROLLER = "endpointslice-controller.k8s.io"


def sliced(name: str, *endpoints: dict[str, Any], by: str = "", family: str = "IPv4") -> Object:
    """An EndpointSlice of a service."""
    labels = {"kubernetes.io/service-name": name}
    if by:
        labels["endpointslice.kubernetes.io/managed-by"] = by
    return {
        "apiVersion": "discovery.k8s.io/v1",
        "kind": "EndpointSlice",
        "metadata": {"name": f"{name}-{by[:5]}-{family}", "namespace": "shop", "labels": labels},
        "addressType": family,
        "endpoints": list(endpoints),
    }


def test_a_service_with_endpoints_by_hand_is_not_called_empty() -> None:
    """Its pods are gone, and what somebody wrote into a slice of its own stays."""
    by_hand = sliced("web", {"addresses": ["10.9.9.9"]}, {"addresses": ["10.9.9.8"]})
    cluster = [node("one"), *deployment("web", ["one"]), service("web")]
    line = "kubectl scale deployment web -n shop --replicas=0"
    (alone,) = run(cluster, line).services
    (beside,) = run([*cluster, by_hand], line).services
    assert (alone.before, alone.after, alone.empty is None) == (1, 0, False)
    assert (beside.before, beside.least, beside.after) == (3, 2, 2)
    assert (beside.beside, beside.empty) == (2, None)


def test_a_service_without_a_selector_has_what_its_slices_tell() -> None:
    """Endpoints that are not ready do not count, and one with two addresses counts once."""
    bare = service("old")
    del bare["spec"]["selector"]
    down = {"addresses": ["10.0.0.3"], "conditions": {"ready": False}}
    slices = (
        sliced("old", {"addresses": ["10.0.0.1"]}, down),
        sliced("old", {"addresses": ["fd00::1"]}, family="IPv6"),
        sliced("unheard-of", {"addresses": ["10.0.0.4"]}),
    )
    answer = run([node("one"), node("two"), bare, *slices], "kubectl delete node one")
    (only,) = answer.services
    assert (only.name, only.before, only.after, only.empty) == ("old", 1, 1, None)


def test_slices_that_tell_another_number_than_the_pods_are_named() -> None:
    """The pods count; where the controller's slices agree nothing is said."""
    cluster = [node("one"), node("two"), *deployment("web", ["one", "two"]), service("web")]
    same = sliced(
        "web",
        {"addresses": ["10.0.0.1"], "targetRef": {"kind": "Pod", "name": "web-1-0"}},
        {"addresses": ["10.0.0.2"], "targetRef": {"kind": "Pod", "name": "web-1-1"}},
        by=CONTROLLER,
    )
    late = sliced("web", {"addresses": ["10.0.0.1"]}, by=CONTROLLER)
    line = "kubectl cordon one"
    plain = run(cluster, line)
    assert run([*cluster, same], line) == plain
    answer = run([*cluster, late], line)
    assert answer.services == plain.services
    assert answer.not_modelled[-1] == (
        "EndpointSlices that tell another number than ready pods: shop/web 1 instead of 2"
    )
