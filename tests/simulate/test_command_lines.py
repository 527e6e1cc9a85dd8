"""Lines that people write: what is read of them, and what is said of those that cannot be."""

from __future__ import annotations

import json
import shlex
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from kubectl_lines import FILES, LINES
from small_cluster import Held, objects

from kubectl_smart.memory.records.errors import BadInput
from kubectl_smart.simulate.commands import Command, Delete, Evict, Put, Refused, effects, parse

HELD = Held(objects())
_WORDS = sorted({word for line in LINES for word in shlex.split(line)} | {"-", "--", "-A", "a=b"})


def _files(name: str) -> bytes:
    if name not in FILES:
        raise BadInput(f"no file {name}", "Name one that is there.")
    return FILES[name].encode()


def _or_sentence(do: Callable[[], Any]) -> Any:
    """What comes of it, or the sentence that is said instead; nothing else may be raised."""
    try:
        return do()
    except BadInput as problem:
        if not (problem.message and problem.remedy):
            raise AssertionError(f"says too little: {problem!r}") from problem
        return problem


@given(st.text(max_size=80))
def test_any_text_is_a_command_or_a_sentence(line: str) -> None:
    """Whatever is written, it is read or refused in words."""
    read = _or_sentence(lambda: parse(line))

    assert isinstance(read, Command | BadInput)


@given(st.lists(st.sampled_from(_WORDS), max_size=7))
def test_any_words_have_effects_or_a_sentence(words: list[str]) -> None:
    """Words of real commands in any order are read and worked out, or refused in words."""
    found = _or_sentence(lambda: effects(parse(shlex.join(words), _files), HELD))

    if not isinstance(found, BadInput):
        assert all(isinstance(one, Put | Delete | Evict | Refused) for one in found)


_FIELDS = (
    "spec template metadata containers name env volumes $patch labels finalizers image "
    "$setElementOrder/containers $retainKeys $deleteFromPrimitiveList/finalizers "
    "replicas strategy ports containerPort resources annotations selector"
)
_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-3, 9) | st.sampled_from(["web", "main", "delete", ""]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(_FIELDS.split()),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


@given(_VALUES, st.sampled_from(["strategic", "merge"]))
def test_any_patch_has_an_outcome(patch: object, sort: str) -> None:
    """A patch of any shape is applied to an object of the right shape, or refused in words."""
    line = f"patch deploy web -n prod --type={sort} -p {shlex.quote(json.dumps(patch))}"
    before = json.dumps(objects(), sort_keys=True)
    held = Held(objects())

    found = _or_sentence(lambda: effects(parse(line), held))

    assert json.dumps(list(held.by_name.values()), sort_keys=True) == before
    for one in found if isinstance(found, tuple) else ():
        assert isinstance(one, Put)
        assert one.obj["metadata"]["name"] == "web"


@given(st.dictionaries(st.sampled_from(["a", "b", "c/d"]), st.sampled_from(["x", "y", ""])))
def test_set_and_equality_selectors_agree(labels: dict[str, str]) -> None:
    """`a=x` is `a in (x)`, `a!=x` is `a notin (x)`, and `!a` what `a` is not."""
    from kubectl_smart.simulate.commands.selectors import chosen, label_selector

    def picks(text: str) -> bool:
        return chosen(label_selector(text), labels)

    for key in ("a", "b", "c/d"):
        assert picks(f"{key}=x") == picks(f"{key} in (x)") == (labels.get(key) == "x")
        assert picks(f"{key}!=x") == picks(f"{key} notin (x)") == (labels.get(key) != "x")
        assert picks(key) == (not picks(f"!{key}")) == (key in labels)
        assert picks(f"{key} in (x,y)") == (picks(f"{key}=x") or picks(f"{key}==y"))
        assert picks(f"{key}=x,{key}") == picks(f"{key}=x")


@pytest.mark.parametrize(
    ("line", "part"),
    [
        ("kubectl get pods | grep web", "a pipe"),
        ("kubectl delete pod a; kubectl delete pod b", "';'"),
        ("kubectl delete pod a && echo", "'&'"),
        ("kubectl delete pod $(kubectl get pods)", "'$'"),
        ('kubectl delete pod "`x`"', "substitution"),
        ("kubectl delete pod 'a", "never closed"),
        ("kubectl delete pod a > file", "'>'"),
        ("kubectl exec web -- sh", "exec"),
        ("kubectl cp a b", "cp"),
        ("kubectl port-forward web 80", "port-forward"),
        ("kubectl get pods", "changes nothing"),
        ("kubectl delte pod a", "delte"),
        ("kubectl", "no kubectl command"),
        ("", "no kubectl command"),
        ("X=1 kubectl delete pod a", "X=1"),
        ("kubectl delete pod a --forse", "--forse"),
        ("kubectl delete pod a --grace-period=soon", "soon"),
        ("kubectl drain n1 --timeout=5", '"5"'),
        ("kubectl apply -f x.yaml", "x.yaml"),
        ("kubectl apply -k .", "-k"),
        ("kubectl rollout", "rollout"),
        ("kubectl set frob x", "frob"),
        ("kubectl scale deploy/web --replicas=-1", "COUNT"),
        ("kubectl delete pods -l 'a in'", "parentheses"),
        ("kubectl delete pods -l 'a=b=c'", "a=b=c"),
        ("kubectl delete pods --field-selector=spec.color=red", "spec.color"),
        ("kubectl delete frobs x", "frobs"),
        ("kubectl delete deployment nope -n prod", 'deployments.apps "nope" not found'),
        ("kubectl delete ns kube-system", "kube-system"),
        ('kubectl patch sts db -n prod -p \'{"spec":{"serviceName":"x"}}\'', "Forbidden"),
        ('kubectl patch deploy web -n prod -p \'{"spec":{"replicas":"x"}}\'', "spec.replicas"),
        ("kubectl patch wd w1 -n prod -p '{\"spec\":{}}'", "strategic-merge-patch"),
        ("kubectl create deployment web --image=nginx -n prod", "already exists"),
    ],
)
def test_what_is_wrong_is_named(line: str, part: str) -> None:
    """The sentence names the part of the line that cannot be simulated, and what to do."""
    held = Held([*objects(), {"kind": "Namespace", "metadata": {"name": "kube-system"}}])
    with pytest.raises(BadInput) as refused:
        effects(parse(line), held)

    assert part in refused.value.message
    assert refused.value.remedy


@pytest.mark.parametrize(
    "line",
    [
        "kubectl delete pod web-1 -n prod",
        "k delete pod web-1 -nprod",
        "/usr/local/bin/kubectl --namespace=prod delete po/web-1",
        "delete pods -n prod web-1  # that one",
        "kubectl delete \\\n  pod 'web-1' -n \"prod\" --as=me --context c -v=6 --wait=false",
        "kubectl -n other delete -n prod pod.v1. web-1 --dry-run=server",
    ],
)
def test_ways_to_write_the_same(line: str) -> None:
    """A command may be written in each way that kubectl takes."""
    assert effects(parse(line), HELD) == (Delete("Pod", "prod", "web-1"),)


def test_a_file_is_read_once_and_only_if_allowed(tmp_path: Path) -> None:
    """The content of a file is that of the time when the line was read."""
    file = tmp_path / "pod.yaml"
    file.write_text(FILES["pod.yaml"])

    command = parse(f"delete -f {file}", lambda name: Path(name).read_bytes())
    file.unlink()

    assert effects(command, HELD) == (Delete("Pod", "prod", "alone"),)


def test_a_drain_that_is_refused_has_cordoned() -> None:
    """What kubectl says is said in its words, and the cordon before it has happened."""
    put, refused = effects(parse("kubectl drain n2"), HELD)

    assert isinstance(put, Put)
    assert put.obj["spec"]["unschedulable"] is True
    assert refused == Refused(
        'error: unable to drain node "n2" due to error: [cannot delete cannot delete Pods that '
        "declare no controller (use --force to override): prod/alone, cannot delete Pods with "
        "local storage (use --delete-emptydir-data to override): prod/scratch]"
    )


def test_what_drain_is_to_do_is_handed_on() -> None:
    """The options of a drain are with the pods that it moves."""
    line = "drain n4 --timeout=1m30s --grace-period=9 --disable-eviction"

    assert effects(parse(line), HELD)[-1] == Evict((("other", "web-3"),), "n4", 9, 90.0, True)


def test_autoscale_makes_an_autoscaler() -> None:
    """Percentages become utilisation, amounts an average value, bare numbers milli-CPUs."""
    (put,) = effects(
        parse("autoscale deploy web -n prod --max=9 --min=2 --cpu=70% --memory=200"), HELD
    )

    assert isinstance(put, Put)
    assert put.obj["spec"] == {
        "scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": "web"},
        "minReplicas": 2,
        "maxReplicas": 9,
        "metrics": [
            {"type": "Resource", "resource": {"name": "cpu", "target": {
                "type": "Utilization", "averageUtilization": 70}}},
            {"type": "Resource", "resource": {"name": "memory", "target": {
                "type": "AverageValue", "averageValue": "200Mi"}}},
        ],
    }  # fmt: skip
