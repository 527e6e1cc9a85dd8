"""Certificates and credentials that were changed: who reads them, who has started since."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from built_memory import CONTROLLER, MINUTE, SARAH, TOM, Past, minutes, pod
from outage_story import API, API_CONFIG, GATEWAY, SLOW, shop

from kubectl_smart.memory.answers.causes import Chain, StepKind
from kubectl_smart.memory.graph.symptoms import Symptom
from kubectl_smart.memory.graph.ties import ties_of
from kubectl_smart.memory.opening import Memory
from kubectl_smart.memory.questions.tracing import trace
from kubectl_smart.memory.records.objects import ObjectRef

Open = Callable[[Past], Memory]
AT = minutes(SLOW)
ROTATED = AT - 12 * MINUTE
PASSWORD = ObjectRef("", "Secret", "prod", "db-password")
TLS = ObjectRef("", "Secret", "prod", "api-tls")
CERTIFICATE = ObjectRef("cert-manager.io", "Certificate", "prod", "api")
ISSUER = ObjectRef("cert-manager.io", "Issuer", "prod", "internal")
EXTERNAL = ObjectRef("external-secrets.io", "ExternalSecret", "prod", "from-vault")
SEALED = ObjectRef("bitnami.com", "SealedSecret", "prod", TLS.name)
REFUSED = "Readiness probe failed: password authentication failed for user app"
EXPIRED = "Readiness probe failed: tls: x509: certificate signed by unknown authority"


def reader(past: Past, ref: ObjectRef, *, mounts: str = "") -> None:
    """A workload that reads the password, or mounts a certificate."""
    labels = {"app": ref.name}
    main: dict[str, Any] = {"name": "main", "image": "shop:1"}
    spec: dict[str, Any] = {"containers": [main]}
    if mounts:
        spec["volumes"] = [{"name": "tls", "secret": {"secretName": mounts}}]
    else:
        main["env"] = [{"name": "PASSWORD", "valueFrom": {
            "secretKeyRef": {"name": PASSWORD.name, "key": "password"}}}]  # fmt: skip
    main["envFrom"] = [{"configMapRef": {"name": "api-config"}}]
    past.write(ref, AT - 200 * MINUTE, selector={"matchLabels": labels},
               template={"metadata": {"labels": labels}, "spec": spec})  # fmt: skip


def made(past: Past, ref: ObjectRef, at: int) -> ObjectRef:
    """A pod of it."""
    one = pod(f"{ref.name}-{at - AT}", ref.namespace)
    past.write(one, at, by=CONTROLLER, derived=True, owner=ref, containers=())
    return one


def failing(past: Past, one: ObjectRef, owner: ObjectRef, message: str) -> None:
    """It is not ready, and says why."""
    past.seen(one, AT, "Unhealthy", owner=owner, count=30, message=message, lasts=5 * MINUTE)


def traced(memory: Memory) -> Chain:
    """`trace availability deployment/api`: the one chain."""
    answer = trace(memory.store, memory.index, ties_of(memory.index), ref=API,
                   symptom=Symptom.AVAILABILITY, at=AT + MINUTE)  # fmt: skip
    assert answer.causes.chains, [(one.sentence, one.why) for one in answer.causes.ruled_out]
    return answer.causes.chains[0]


def rotated(past: Past) -> None:
    """The password is changed, and a setting after it."""
    past.write(PASSWORD, minutes(10), data={"password": "redacted:1"})
    past.write(PASSWORD, ROTATED, by=TOM, data={"password": "redacted:2"})
    past.write(API_CONFIG, AT - MINUTE, by=SARAH, data={"CACHE_SIZE": "1", "TIMEOUT_MS": "815"})


def test_who_has_not_started_since_holds_the_old_one(opened: Open) -> None:
    """The old pods of the api are refused; those of the gateway were restarted and are fine."""
    past = shop()
    reader(past, API)
    reader(past, GATEWAY)
    old = made(past, API, AT - 90 * MINUTE)
    rotated(past)
    made(past, GATEWAY, ROTATED + MINUTE)
    failing(past, old, API, REFUSED)
    chain = traced(opened(past))
    assert (chain.root.object, chain.root.actor) == (PASSWORD, TOM)
    assert "hold the old one" in " ".join(one.words for one in chain.factors)
    (said,) = [
        step.sentence for step in chain.steps
        if step.kind is StepKind.EFFECT and step.object == PASSWORD
    ]  # fmt: skip
    assert "deployment api, not started since" in said
    assert "deployment api-gateway, 1 pod started since" in said


def test_without_such_words_old_pods_have_not_read_it(opened: Open) -> None:
    """Then the rotation is ruled out: what they read is what they had."""
    past = shop()
    reader(past, API)
    old = made(past, API, AT - 90 * MINUTE)
    rotated(past)
    failing(past, old, API, "Readiness probe failed: timeout")
    memory = opened(past)
    answer = trace(memory.store, memory.index, ties_of(memory.index), ref=API,
                   symptom=Symptom.AVAILABILITY, at=AT + MINUTE)  # fmt: skip
    roots = [one.root.object for one in answer.causes.chains]
    assert PASSWORD not in roots
    assert "the pods in trouble are older" in [one.why for one in answer.causes.ruled_out]


def certificate(past: Past, at: int, issuer: str, **more: Any) -> None:
    """The certificate of the api, by an issuer."""
    past.write(CERTIFICATE, at, secretName=TLS.name, issuerRef={"name": issuer, "kind": "Issuer"},
               **more)  # fmt: skip


@pytest.mark.parametrize("changed", [TLS, CERTIFICATE, ISSUER, EXTERNAL, SEALED])
def test_a_certificate_leads_to_what_it_is_made_from(opened: Open, changed: ObjectRef) -> None:
    """The Secret itself, what keeps it filled, or the issuer of a Certificate."""
    past = shop()
    reader(past, API, mounts=TLS.name)
    one = made(past, API, AT - 90 * MINUTE)
    past.write(TLS, minutes(20), data={"tls.crt": "redacted:1"})
    past.write(ISSUER, minutes(20), ca={"secretName": "root"})
    certificate(past, minutes(20), "internal")
    if changed == TLS:
        past.write(TLS, ROTATED, by=TOM, data={"tls.crt": "redacted:2"})
    elif changed == CERTIFICATE:
        certificate(past, ROTATED, "internal", by=TOM, duration="1h")
    elif changed == EXTERNAL:
        past.write(EXTERNAL, minutes(20), target={"name": TLS.name}, refreshInterval="1h")
        past.write(EXTERNAL, ROTATED, by=TOM, target={"name": TLS.name}, refreshInterval="1m")
    elif changed == SEALED:
        past.write(SEALED, minutes(20), encryptedData={"tls.crt": "a"})
        past.write(SEALED, ROTATED, by=TOM, encryptedData={"tls.crt": "b"})
    else:
        past.write(ISSUER, ROTATED, by=TOM, ca={"secretName": "another-root"})
    past.write(API_CONFIG, AT - 2 * MINUTE, by=SARAH,
               data={"CACHE_SIZE": "1", "TIMEOUT_MS": "815"})  # fmt: skip
    failing(past, one, API, EXPIRED)
    chain = traced(opened(past))
    assert (chain.root.object, chain.root.actor) == (changed, TOM)
