"""What EndpointSlices tell of services, beside the pods."""

from __future__ import annotations

from typing import Any

import pytest
from made_snapshots import Object, deployment, node, run, service

from kubectl_smart.simulate.answers.gates import closed
from kubectl_smart.simulate.answers.toll import toll

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


@pytest.mark.parametrize(
    ("command", "after"),
    [
        ("kubectl delete service web -n shop", 0),
        ("""kubectl patch service web -n shop -p '{"spec":{"selector":{"app":"wbe"}}}'""", 0),
        ("""kubectl patch service web -n shop -p '{"spec":{"selector":{"no":null}}}'""", 2),
        ("kubectl label service web -n shop a=b", 2),
    ],
)
def test_a_service_that_is_deleted_or_chooses_others_has_no_endpoints(
    command: str, after: int
) -> None:
    """Its pods are well; whoever calls it is not. That closes a gate."""
    objects = [node("one"), *deployment("web", ["one", "one"]), service("web")]
    answer = run(objects, command)
    (found,) = answer.services
    assert (found.before, found.after) == (2, after)
    assert found.empty == ((0.0, None) if after == 0 else None)
    assert bool(closed(toll(answer), ["unavailable"])) == (after == 0)
    assert answer.single_points == ()


def test_a_service_that_comes_to_choose_other_pods_goes_on_without_a_gap() -> None:
    """As in a switch from blue to green, and the pods that it left may then go."""
    objects = [
        *(node("one"), *deployment("blue", ["one"]), *deployment("green", ["one", "one"])),
        {**service("blue"), "metadata": {"name": "web", "namespace": "shop", "uid": "uid-web"}},
    ]
    answer = run(
        objects,
        """kubectl patch service web -n shop -p '{"spec":{"selector":{"app":"green"}}}'""",
        "kubectl delete deployment blue -n shop",
    )
    (found,) = answer.services
    assert (found.before, found.least, found.after, found.empty) == (1, 1, 2, None)
