"""Which pods the API server takes none of, in its words, and what it gives those that it takes."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from small_cluster import Held, thing

from kubectl_smart.memory.formats.quantities import quantity
from kubectl_smart.simulate.admission import defaulted, refusals
from kubectl_smart.simulate.admission.amounts import Amount, amount


def _pod(name: str, *, phase: str = "Running", **fields: Any) -> dict[str, Any]:
    """A pod of one container; `requests` and `limits` are of it, the rest of the pod's spec."""
    resources = {key: fields.pop(key) for key in ("requests", "limits") if key in fields}
    container = {"name": "main", "image": "x", "resources": resources}
    return thing(
        "Pod", name, spec={"containers": [container], **fields}, status={"phase": phase}
    )  # fmt: skip


def _quota(name: str, hard: dict[str, str], **spec: Any) -> dict[str, Any]:
    return thing("ResourceQuota", name, spec={"hard": hard, **spec})


def _range(**limit: Any) -> dict[str, Any]:
    return thing("LimitRange", "range", spec={"limits": [{"type": "Container", **limit}]})


@pytest.mark.parametrize(
    ("hard", "others", "pod", "words"),
    [
        (
            {"limits.cpu": "6", "limits.memory": "12Gi"},
            [_pod(f"p{n}", limits={"cpu": "1", "memory": "2Gi"}) for n in range(6)],
            _pod("new", limits={"cpu": "1", "memory": "2Gi"}),
            "exceeded quota: q, requested: limits.cpu=1,limits.memory=2Gi, "
            "used: limits.cpu=6,limits.memory=12Gi, limited: limits.cpu=6,limits.memory=12Gi",
        ),
        (
            {"requests.cpu": "50", "requests.memory": "140Gi"},
            [_pod("p", requests={"cpu": "32575m", "memory": "90368Mi"})],
            _pod("new", requests={"cpu": "20", "memory": "60Gi"}),
            "exceeded quota: q, requested: requests.cpu=20,requests.memory=60Gi, "
            "used: requests.cpu=32575m,requests.memory=90368Mi, "
            "limited: requests.cpu=50,requests.memory=140Gi",
        ),
        (
            {"pods": "2", "requests.cpu": "9"},
            [_pod("a", requests={"cpu": "1"}), _pod("b", requests={"cpu": "1"})],
            _pod("new", requests={"cpu": "1"}),
            "exceeded quota: q, requested: pods=1, used: pods=2, limited: pods=2",
        ),
        (
            {"pods": "2"},
            [_pod("a"), _pod("b", phase="Succeeded")],
            _pod("new"),
            None,
        ),
        (
            {"requests.cpu": "1", "limits.memory": "1Gi"},
            [],
            _pod("new"),
            "failed quota: q: must specify limits.memory for: main; requests.cpu for: main",
        ),
        ({"requests.nvidia.com/gpu": "1", "services": "0"}, [], _pod("new"), None),
        (
            {"requests.nvidia.com/gpu": "1"},
            [],
            _pod("new", limits={"nvidia.com/gpu": "2"}),
            "exceeded quota: q, requested: requests.nvidia.com/gpu=2, "
            "used: requests.nvidia.com/gpu=0, limited: requests.nvidia.com/gpu=1",
        ),
    ],
)
def test_quotas_refuse_in_their_words(
    hard: dict[str, str], others: list[dict[str, Any]], pod: dict[str, Any], words: str | None
) -> None:
    """A pod that a quota has no room for is refused with all that is asked, used and allowed."""
    held = Held([_quota("q", hard), *others])

    said = refusals(defaulted(pod, held), held)

    assert said == (words and f'pods "new" is forbidden: {words}')


@pytest.mark.parametrize(
    ("scope", "counted"),
    [
        ({"scopes": ["BestEffort"]}, True),
        ({"scopes": ["NotBestEffort"]}, False),
        ({"scopes": ["Terminating"]}, False),
        ({"scopes": ["NotTerminating"]}, True),
        ({"scopeSelector": {"matchExpressions": [
            {"scopeName": "PriorityClass", "operator": "In", "values": ["high"]}]}}, False),
        ({"scopeSelector": {"matchExpressions": [
            {"scopeName": "PriorityClass", "operator": "NotIn", "values": ["high"]}]}}, True),
        ({"scopes": ["CrossNamespacePodAffinity"]}, False),
    ],
)  # fmt: skip
def test_quotas_count_what_their_scopes_say(scope: dict[str, Any], counted: bool) -> None:
    """A quota without room refuses a plain pod only if its scope takes that pod in."""
    held = Held([_quota("q", {"pods": "0"}, **scope)])

    assert (refusals(defaulted(_pod("new"), held), held) is not None) == counted


@pytest.mark.parametrize(
    ("limit", "pod", "words"),
    [
        (
            {"max": {"cpu": "800m"}, "min": {"cpu": "200m"}},
            _pod("new", requests={"cpu": "500m"}, limits={"cpu": "1500m"}),
            "maximum cpu usage per Container is 800m, but limit is 1500m",
        ),
        (
            {"max": {"cpu": "800m"}, "min": {"cpu": "200m"}},
            _pod("new", requests={"cpu": "100m"}, limits={"cpu": "800m"}),
            "minimum cpu usage per Container is 200m, but request is 100m",
        ),
        (
            {"maxLimitRequestRatio": {"cpu": "10"}},
            _pod("new", requests={"cpu": "10m"}, limits={"cpu": "1"}),
            "cpu max limit to request ratio per Container is 10, but provided ratio is 100.000000",
        ),
        (
            {"type": "Pod", "max": {"memory": "1Gi", "cpu": "1"}},
            _pod("new", limits={"memory": "2Gi"}),
            "[maximum cpu usage per Pod is 1.  No limit is specified, "
            "maximum memory usage per Pod is 1Gi, but limit is 2Gi]",
        ),
        ({"default": {"cpu": "1"}, "max": {"cpu": "1"}}, _pod("new"), None),
    ],
)
def test_limit_ranges_refuse_in_their_words(
    limit: dict[str, Any], pod: dict[str, Any], words: str | None
) -> None:
    """A pod outside of a LimitRange is refused with the bound and what it asked."""
    held = Held([defaulted(_range(**limit), Held([]))])

    said = refusals(defaulted(pod, held), held)

    assert said == (words and f'pods "new" is forbidden: {words}')


def test_limit_ranges_give_what_a_container_does_not_say() -> None:
    """Requests and limits of the range are taken where the container has none of its own."""
    held = Held([_range(default={"cpu": "1", "memory": "1Gi"}, defaultRequest={"cpu": "100m"})])

    given_ = defaulted(_pod("new", limits={"memory": "2Gi"}), held)

    assert given_["spec"]["containers"][0]["resources"] == {
        "limits": {"cpu": "1", "memory": "2Gi"},
        "requests": {"cpu": "100m", "memory": "2Gi"},
    }
    assert given_["metadata"]["annotations"] == {
        "kubernetes.io/limit-ranger": "LimitRanger plugin set: cpu request for container main; "
        "cpu limit for container main"
    }


def test_classes_give_priority_and_overhead() -> None:
    """A PriorityClass and a RuntimeClass are written into the pods that name them."""
    held = Held([
        thing("PriorityClass", "high", "", value=1000, preemptionPolicy="Never"),
        thing("PriorityClass", "usual", "", value=5, globalDefault=True),
        thing("RuntimeClass", "kata", "", overhead={"podFixed": {"cpu": "250m"}},
              scheduling={"nodeSelector": {"kata": "yes"}}),
    ])  # fmt: skip

    named = defaulted(_pod("a", priorityClassName="high", runtimeClassName="kata"), held)["spec"]
    plain = defaulted(_pod("b"), held)["spec"]
    system = defaulted(_pod("c", priorityClassName="system-node-critical"), held)["spec"]

    assert (named["priority"], named["preemptionPolicy"]) == (1000, "Never")
    assert (named["overhead"], named["nodeSelector"]) == ({"cpu": "250m"}, {"kata": "yes"})
    assert (plain["priority"], plain["priorityClassName"]) == (5, "usual")
    assert system["priority"] == 2_000_001_000


@pytest.mark.parametrize(
    ("spec", "words"),
    [
        ({"priorityClassName": "gone"}, "no PriorityClass with name gone was found"),
        (
            {"serviceAccountName": "gone"},
            'error looking up service account prod/gone: serviceaccount "gone" not found',
        ),
        ({"runtimeClassName": "gone"}, 'pod rejected: RuntimeClass "gone" not found'),
    ],
)
def test_pods_need_what_they_name(spec: dict[str, Any], words: str) -> None:
    """A pod is refused if its class or its account is not there."""
    held = Held([thing("ServiceAccount", "default")])

    assert refusals(_pod("new", **spec), held) == f'pods "new" is forbidden: {words}'


def test_host_ports_and_grace_and_requests_are_filled_in() -> None:
    """A pod on the host's network takes its ports there; limits are requests, too."""
    pod = _pod("new", limits={"cpu": "2"}, hostNetwork=True)
    pod["spec"]["containers"][0]["ports"] = [{"containerPort": 80}]

    spec = defaulted(pod, Held([]))["spec"]

    assert spec["containers"][0]["ports"] == [
        {"containerPort": 80, "hostPort": 80, "protocol": "TCP"}
    ]
    assert spec["containers"][0]["resources"]["requests"] == {"cpu": "2"}
    assert spec["terminationGracePeriodSeconds"] == 30
    assert [one["tolerationSeconds"] for one in spec["tolerations"]] == [300, 300]


@given(
    st.integers(0, 10**15),
    st.sampled_from(["n", "u", "m", "", "k", "M", "G", "Ki", "Mi", "Gi", "Ti"]),
)
def test_amounts_are_written_without_loss(number: int, suffix: str) -> None:
    """The canonical form of an amount stands for the same number, and is its own canonical form."""
    text = f"{number}{suffix}"
    read = quantity(text)
    assert read is not None
    written = str(amount(text))
    again = quantity(written)

    assert again is not None
    assert again.amount == read.amount
    assert str(amount(written)) == written


@pytest.mark.parametrize(
    ("text", "written"),
    [("1024Mi", "1Gi"), ("0.5", "500m"), ("2000m", "2"), ("1500Mi", "1500Mi"), ("0", "0"),
     ("1e3", "1k"), ("1.5Gi", "1536Mi"), ("100Ki", "100Ki"), ("1000Ki", "1000Ki"),
     ("0.1Ki", "102400m"), ("1500000", "1500k")],
)  # fmt: skip
def test_amounts_are_written_as_kubernetes_does(text: str, written: str) -> None:
    """The greatest unit that needs no fraction."""
    assert str(amount(text)) == written


def test_sums_keep_their_unit() -> None:
    """A sum is written like its first part."""
    both = amount("512Mi").plus(amount("512Mi"))

    assert str(both) == "1Gi"
    assert str(Amount(Fraction(0)).plus(amount("1Gi"))) == "1Gi"
