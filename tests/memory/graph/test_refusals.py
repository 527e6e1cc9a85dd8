"""What cannot be made: the chain ends at who refuses it, and at the change since which it does."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import pytest
from built_memory import MINUTE, SARAH, TOM, Past, container, deployment, minutes
from outage_story import API, JENKINS, SLOW, service, shop, workload

from kubectl_smart.memory.graph.refusals import _Search
from kubectl_smart.memory.graph.symptoms import Symptom
from kubectl_smart.memory.graph.ties import ties_of
from kubectl_smart.memory.opening import Memory
from kubectl_smart.memory.questions.tracing import trace
from kubectl_smart.memory.records.changes import Change
from kubectl_smart.memory.records.objects import CLUSTER, ObjectRef

Open = Callable[[Past], Memory]
AT = minutes(SLOW)
ADMISSION = "admissionregistration.k8s.io"
RBAC = "rbac.authorization.k8s.io"
LIMITS = ObjectRef("", "LimitRange", "prod", "sizes")
QUOTA = ObjectRef("", "ResourceQuota", "prod", "quota")
HOOK = ObjectRef(ADMISSION, "ValidatingWebhookConfiguration", CLUSTER, "checks")
POLICY = ObjectRef(ADMISSION, "ValidatingAdmissionPolicy", CLUSTER, "no-latest")
KYVERNO = ObjectRef("kyverno.io", "ClusterPolicy", CLUSTER, "require-team")
ROLE = ObjectRef(RBAC, "Role", "prod", "operator")
BINDING = ObjectRef(RBAC, "RoleBinding", "prod", "operator")
PLACE = ObjectRef("", "Namespace", CLUSTER, "prod")
ACCOUNT = ObjectRef("", "ServiceAccount", "prod", "operator")
USER = "system:serviceaccount:prod:operator"
CANNOT = (
    f'pods is forbidden: User "{USER}" cannot create resource "pods" in API group "" '
    'in the namespace "prod"'
)


class Case(NamedTuple):
    """before, after: what stands, and what is written ten minutes before nothing can be made."""

    ref: ObjectRef
    before: dict[str, Any]
    after: dict[str, Any]
    message: str


def limits(cpu: str) -> dict[str, Any]:
    """A LimitRange of containers."""
    return {"limits": [{"type": "Container", "max": {"cpu": cpu, "memory": "8Gi"}}]}


def hooks(policy: str) -> dict[str, Any]:
    """Two webhooks, one of them with that failure policy."""
    found = [
        {"name": name, "failurePolicy": how, "clientConfig": {"service": {
            "name": "checker", "namespace": "ops"}}}
        for name, how in (("pods.checks.example", policy), ("other.checks.example", "Fail"))
    ]  # fmt: skip
    return {"members": {"webhooks": found}}


def rules(*verbs: str) -> dict[str, Any]:
    """A role for pods."""
    return {"members": {"rules": [
        {"apiGroups": [""], "resources": ["pods"], "verbs": list(verbs)}]}}  # fmt: skip


def subjects(name: str) -> dict[str, Any]:
    """A binding of the role."""
    return {"members": {
        "roleRef": {"apiGroup": RBAC, "kind": "Role", "name": "operator"},
        "subjects": [{"kind": "ServiceAccount", "name": name, "namespace": "prod"}]}}  # fmt: skip


def level(name: str) -> dict[str, Any]:
    """What a namespace enforces."""
    return {"metadata": {"labels": {"pod-security.kubernetes.io/enforce": name}}}


CASES = {
    "limit range": Case(
        LIMITS, limits("4"), limits("500m"),
        'Error creating: pods "api-1" is forbidden: [maximum cpu usage per Container is 500m, but '
        "limit is 1, maximum memory usage per Pod is 1Gi, but limit is 2Gi]",
    ),
    "quota": Case(
        QUOTA, {"hard": {"pods": "40"}}, {"hard": {"pods": "40", "limits.cpu": "20"}},
        'Error creating: pods "api-1" is forbidden: failed quota: quota: must specify limits.cpu',
    ),
    "webhook": Case(
        HOOK, hooks("Ignore"), hooks("Fail"),
        'Error creating: admission webhook "pods.checks.example" denied the request: no team',
    ),
    "admission policy": Case(
        POLICY, {"validations": []}, {"validations": [{"expression": "false"}]},
        'Error creating: pods "api-1" is forbidden: ValidatingAdmissionPolicy \'no-latest\' with '
        "binding 'no-latest-prod' denied request: failed expression: false",
    ),
    "policy of an engine": Case(
        KYVERNO, {"validationFailureAction": "Audit"}, {"validationFailureAction": "Enforce"},
        'Error creating: admission webhook "validate.kyverno.svc-fail" denied the request: \n\n'
        "resource Pod/prod/api-1 was blocked due to the following policies \n\nrequire-team:\n"
        "  check: a team is missing",
    ),
    "role": Case(ROLE, rules("get", "create"), rules("get"), CANNOT),
    "binding": Case(BINDING, subjects("operator"), subjects("operator-2"), CANNOT),
    "pod security": Case(
        PLACE, level("privileged"), level("restricted"),
        'Error creating: pods "api-1" is forbidden: violates PodSecurity "restricted:latest": '
        "allowPrivilegeEscalation != false",
    ),
}  # fmt: skip


def refused(past: Past, message: str) -> None:
    """The api is rolled out, and its pods are not made; a colleague is at work elsewhere."""
    replica_set = ObjectRef("apps", "ReplicaSet", "prod", "api-7")
    workload(past, API, AT - MINUTE // 2, by=TOM, image="shop:2", reads="api-config",
             USERS="http://user-service:80")  # fmt: skip
    past.seen(replica_set, AT, "FailedCreate", owner=API, count=12, message=message,
              lasts=10 * MINUTE)  # fmt: skip


def planted(name: str) -> tuple[Past, Change]:
    """What stood, what was changed ten minutes before, and what an edit after that left as is."""
    case = CASES[name]
    past = shop()
    past.write(ACCOUNT)
    past.write(ROLE, **rules("get", "create"))
    past.write(BINDING, **subjects("operator"))
    past.write(case.ref, minutes(60), **case.before)
    root = past.write(case.ref, AT - 10 * MINUTE, by=JENKINS, **case.after)
    refused(past, case.message)
    return past, root


@pytest.mark.parametrize("name", sorted(CASES))
def test_what_cannot_be_made_leads_to_who_refuses_it(opened: Open, name: str) -> None:
    """Not to the rollout half a minute before, which only asked for it."""
    past, root = planted(name)
    answer = asked(opened(past))
    assert answer.causes.chains, [one.why for one in answer.causes.ruled_out]
    chain = answer.causes.chains[0]
    assert (chain.root.object, chain.root.actor) == (root.object, JENKINS)
    assert chain.root.at == root.happened_at


def asked(memory: Memory) -> Any:
    """`trace availability deployment/api`."""
    return trace(memory.store, memory.index, ties_of(memory.index), ref=API,
                 symptom=Symptom.AVAILABILITY, at=AT + 2 * MINUTE)  # fmt: skip


def test_a_refused_write_of_a_person_leads_there_too(opened: Open) -> None:
    """Nothing was seen but that somebody could not scale the api: forbidden since that edit."""
    past = shop()
    past.write(ROLE, **rules("get", "create"))
    past.write(BINDING, **subjects("operator"))
    root = past.write(ROLE, AT - 10 * MINUTE, by=JENKINS, **rules("get"))
    past.tried(AT, f"kubectl scale deployment/{API.name}", API, outcome=CANNOT, status=403)
    answer = asked(opened(past))
    assert answer.known_from == "refused writes"
    (chain,) = answer.causes.chains
    assert (chain.root.object, chain.root.at) == (ROLE, root.happened_at)


def test_an_edit_of_another_part_is_not_meant(opened: Open) -> None:
    """The memory of the LimitRange was edited later than the bound that the words name."""
    past, root = planted("limit range")
    bigger = {"limits": [{"type": "Container", "max": {"cpu": "500m", "memory": "9Gi"}}]}
    past.write(LIMITS, AT - 2 * MINUTE, by=SARAH, **bigger)
    (chain,) = asked(opened(past)).causes.chains
    assert (chain.root.at, chain.root.actor) == (root.happened_at, JENKINS)


def test_a_webhook_that_does_not_answer_leads_to_what_is_behind_it(opened: Open) -> None:
    """Its configuration is old; the program that should answer was given a bad image."""
    past = shop()
    checker = deployment("checker", "ops")
    workload(past, checker, minutes(30), image="checker:1")
    past.write(service("checker", "ops"), minutes(30), selector={"app": "checker"},
               ports=[{"port": 443}])  # fmt: skip
    past.write(HOOK, minutes(60), **hooks("Fail"))
    workload(past, checker, AT - 3 * MINUTE, by=TOM, image="checker:2")
    one = ObjectRef("", "Pod", "ops", "checker-2")
    past.write(one, AT - 2 * MINUTE, derived=True, owner=checker,
               containers=[container("main", "checker:2")])  # fmt: skip
    past.seen(one, AT - MINUTE, "CrashLoopBackOff", owner=checker, count=5)
    refused(past, 'Error creating: Internal error occurred: failed calling webhook '
            '"pods.checks.example": failed to call webhook: Post "https://checker.ops.svc:443/": '
            'no endpoints available for service "checker"')  # fmt: skip
    (chain,) = asked(opened(past)).causes.chains
    assert (chain.root.object, chain.root.actor) == (checker, TOM)
    assert HOOK in [step.object for step in chain.steps]


def test_what_is_said_of_each_pod_is_looked_up_once(
    opened: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A ReplicaSet tries again under another name each time; who refuses is the same."""
    past, root = planted("limit range")
    replica_set = ObjectRef("apps", "ReplicaSet", "prod", "api-7")
    for number in range(2, 7):
        past.seen(
            replica_set,
            AT + number,
            "FailedCreate",
            owner=API,
            message=CASES["limit range"].message.replace("api-1", f"api-{number}"),
        )
    asked_of: list[object] = []
    of_one = _Search.by_words

    def counted(self: _Search, said: Any) -> Any:
        asked_of.append(said)
        return of_one(self, said)

    monkeypatch.setattr(_Search, "by_words", counted)
    (chain,) = asked(opened(past)).causes.chains
    assert (chain.root.object, chain.root.at) == (LIMITS, root.happened_at)
    assert len(asked_of) == 1
