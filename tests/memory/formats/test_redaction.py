"""Credentials become keyed fingerprints; everything else stays exactly as it is."""

from __future__ import annotations

import base64
import copy
import gzip
import json
import time
from pathlib import Path
from typing import Any

import pytest

from kubectl_smart.memory.formats.credentials import FINGERPRINT
from kubectl_smart.memory.formats.redaction import LAST_APPLIED, Redactor

KEY = b"0123456789abcdef0123456789abcdef"
JWT = "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiIxMjM0In0.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9"
CERTIFICATE = (
    "-----BEGIN CERTIFICATE-----\n"
    "MIIDdzCCAl+gAwIBAgIEAgAAuTANBgkqhkiG9w0BAQUFADBaMQswCQYDVQQGEwJJ\n"
    "RTESMBAGA1UEChMJQmFsdGltb3JlMRMwEQYDVQQLEwpDeWJlclRydXN0MSIwIAYD\n"
    "-----END CERTIFICATE-----\n"
)
PRIVATE_KEY = (
    "-----BEGIN RSA PRIVATE KEY-----\nMIIEowIBAAKCAQEA7\nabc=\n-----END RSA PRIVATE KEY-----"
)
HEX = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"


@pytest.fixture
def redactor() -> Redactor:
    """A redactor with a fixed key."""
    return Redactor(KEY)


def encoded(text: str) -> str:
    """Base64, as in a Secret's data."""
    return base64.b64encode(text.encode()).decode()


def test_a_secret_loses_every_value(redactor: Redactor) -> None:
    """Data, stringData and the copy kubectl apply keeps are fingerprints, and agree."""
    applied = {"apiVersion": "v1", "kind": "Secret", "stringData": {"a": "hunter2"}}
    secret = {
        "kind": "Secret",
        "type": "Opaque",
        "data": {"a": encoded("hunter2"), "b": encoded("other"), "raw": "not base64!", "no": None},
        "stringData": {"a": "hunter2"},
        "metadata": {
            "name": "db",
            "annotations": {LAST_APPLIED: json.dumps(applied) + "\n", "x": "y"},
        },
    }
    before = copy.deepcopy(secret)

    found = redactor.redact(secret)

    text = json.dumps(found)
    assert secret == before
    assert "hunter2" not in text
    assert encoded("hunter2") not in text
    assert "not base64!" not in text
    assert found["data"]["a"] == found["stringData"]["a"] == redactor.fingerprint(b"hunter2")
    assert found["data"]["b"] != found["data"]["a"]
    assert found["data"]["no"] is None
    assert list(found) == list(secret)
    assert found["metadata"]["annotations"]["x"] == "y"
    kept = json.loads(found["metadata"]["annotations"][LAST_APPLIED])
    assert kept["stringData"] == {"a": redactor.fingerprint(b"hunter2")}


@pytest.mark.parametrize(
    "wrap",
    [
        lambda secret: {"kind": "List", "items": [secret]},
        lambda secret: {"kind": "SecretList", "items": [{k: secret[k] for k in ("data",)}]},
        lambda secret: [secret],
        lambda secret: {"spec": {"template": secret}},
    ],
)
def test_secrets_inside_other_objects_lose_their_values(redactor: Redactor, wrap: Any) -> None:
    """A Secret in a list or a template is a Secret."""
    found = redactor.redact(wrap({"kind": "Secret", "data": {"a": encoded("hunter2")}}))

    assert encoded("hunter2") not in json.dumps(found)


def test_patches_to_secrets_lose_their_values(redactor: Redactor) -> None:
    """Merge patches and JSON patches to a Secret have no kind: the caller says what they are."""
    merge = redactor.secret({"data": {"a": encoded("hunter2")}})
    operations = [
        {"op": "replace", "path": "/data/a", "value": encoded("hunter2")},
        {"op": "add", "path": "/stringData", "value": {"a": "hunter2"}},
        {"op": "add", "path": "", "value": {"data": {"a": encoded("hunter2")}}},
        {"op": "remove", "path": "/data/b"},
    ]

    mark = redactor.fingerprint(b"hunter2")
    assert merge == {"data": {"a": mark}}
    assert redactor.secret(operations) == [
        {"op": "replace", "path": "/data/a", "value": mark},
        {"op": "add", "path": "/stringData", "value": {"a": mark}},
        {"op": "add", "path": "", "value": {"data": {"a": mark}}},
        {"op": "remove", "path": "/data/b"},
    ]


def test_an_unreadable_applied_configuration_of_a_secret_goes_whole(redactor: Redactor) -> None:
    """What cannot be parsed cannot be trusted."""
    secret = {"kind": "Secret", "metadata": {"annotations": {LAST_APPLIED: '{"data": {"a": "aHVu'}}}

    found = redactor.redact(secret)["metadata"]["annotations"][LAST_APPLIED]

    assert FINGERPRINT.fullmatch(found)


CREDENTIALS = [
    ("password=hunter2", "hunter2"),
    ("DB_PASSWORD: 'hunter2 too'", "hunter2 too"),
    ('{"password": "hunter2", "user": "x"}', "hunter2"),
    ('{\\"api_key\\": \\"hunter2\\"}', "hunter2"),
    ("kubectl create secret generic db --from-literal=password=hunter2 -n a", "hunter2"),
    (
        "kubectl create secret docker-registry r --docker-password hunter2 --docker-email a",
        "hunter2",
    ),
    ("postgres://app:hunter2@db:5432/x", "hunter2"),
    ("redis://:hunter2@cache", "hunter2"),
    ("amqp://u:hunter2/x@mq", "hunter2"),
    ("Authorization: Bearer abcdef123456", "abcdef123456"),
    ("curl -H 'Authorization: Basic dXNlcjpodW50ZXIy'", "dXNlcjpodW50ZXIy"),
    ("curl -u bob:hunter2 http://x", "hunter2"),
    ("AKIAIOSFODNN7EXAMPLE", "AKIAIOSFODNN7EXAMPLE"),
    ("aws wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", "wJalrXUtnFEMI"),
    ("ghp_" + "aB1" * 12, "aB1aB1"),
    ("glpat-abcdefghij1234567890", "abcdefghij"),
    ("xoxb-123456789012-abcdefghij", "abcdefghij"),
    ("https://hooks.slack.com/services/T000/B000/abcdefgh", "abcdefgh"),
    ("sk_live_abcdefghijklmnop", "abcdefghijklmnop"),
    (f"token is here: {JWT}.", JWT),
    (f"x\n{PRIVATE_KEY}\ny", "MIIEowIBAAKCAQEA7"),
    (PRIVATE_KEY[:60], "MIIEowIBAAKCAQEA7"),
    ("the password is hunter2!", "hunter2"),
    ("key q8Zk3mNv7RtY2wXp9LsD4fGh6JbC1aEu here", "q8Zk3mNv7RtY2wXp9LsD4fGh6JbC1aEu"),
]


@pytest.mark.parametrize(("text", "credential"), CREDENTIALS)
def test_a_credential_in_text_becomes_a_fingerprint(
    redactor: Redactor, text: str, credential: str
) -> None:
    """The credential goes, the rest of the text stays; doing it twice changes nothing."""
    found = redactor.redact_text(text)

    assert credential not in found
    assert FINGERPRINT.search(found)
    assert found == redactor.redact_text(found)


HARMLESS = [
    "",
    "replicas 3 to 5",
    f"registry:5000/api@sha256:{HEX}",
    f"http://registry:5000/api@sha256:{HEX}",
    f"checksum/config: {HEX}",
    "commit 3f786850e387550fdab836ed7e6dc881de23001b",
    "a11b612d-b6e4-42ee-a071-529fb027cd74",
    "api-6489644bfc-tntl9",
    CERTIFICATE,
    f"data:\n{CERTIFICATE}{CERTIFICATE}",
    encoded(CERTIFICATE),
    "ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAABgQC7vbqajDhA9Zk3mNv7RtY2wXp9LsD4fGh6",
    "the token: it expires soon",
    "password reset is needed",
    "Basic authentication. Bearer authentication.",
    "secretName: db-credentials",
    "existingSecret: db-credentials",
    "passwordFile=/etc/password",
    "password: /run/secrets/db_password",
    "PASSWORD=$(DB_PASSWORD)",
    "password: {{ .Values.password }}",
    "https://example.com/a@b",
    "http://user:$(PASS)@host",
    "git@github.com:acme/infra.git",
    "ssh://git@github.com/acme/infra.git",
    'MountVolume.SetUp failed for volume "kube-api-access-token" : object not registered',
    "MyVeryLongResourceName2WithManyWordsInsideOfItV2Controller3",
    "/apis/rbac.authorization.k8s.io/v1/namespaces/Default/RoleBindings/ReadOnly2",
    "CN=kube-apiserver-kubelet-client,O=system:masters",
    "automountServiceAccountToken: false",
    "tokenExpirationSeconds: 3607",
]


@pytest.mark.parametrize("text", HARMLESS)
def test_harmless_text_stays_as_it_is(redactor: Redactor, text: str) -> None:
    """Digests, uids, certificates, references and prose are nobody's credentials."""
    assert text == redactor.redact_text(text)


FIELDS: list[tuple[Any, bool]] = [
    ({"name": "DB_PASSWORD", "value": "x"}, True),
    ({"name": "AUTH", "value": "x"}, True),
    ({"name": "S3_SECRET_ACCESS_KEY", "value": "x"}, True),
    ({"name": "STRIPE_API_KEY_LIVE", "value": "x"}, True),
    ({"name": "TOKEN_TTL", "value": "3600"}, False),
    ({"name": "PASSWORD_FILE", "value": "x"}, False),
    ({"name": "DB_PASSWORD", "value": "$(FROM_ELSEWHERE)"}, False),
    ({"name": "AUTH", "value": "true"}, False),
    (
        {"name": "DB_PASSWORD", "valueFrom": {"secretKeyRef": {"name": "db", "key": "password"}}},
        False,
    ),
    ({"data": {"api-key": "x"}}, True),
    ({"data": {"secret": "x"}}, True),
    ({"data": {"app.conf": "user=a\npassword=b\n"}}, True),
    ({"data": {"ca.crt": CERTIFICATE, "CACHE_SIZE": "512"}}, False),
    ({"args": ["--token", "x"]}, True),
    ({"args": ["--token=x"]}, True),
    ({"args": ["--token-file", "x", "--auth-mode=oidc", "-c"]}, False),
    ({"command": ["sh", "-c", "export PASSWORD=x; run"]}, True),
    ({"spec": {"clientSecret": "x"}}, True),
    ({"spec": {"secretName": "x", "secretRef": {"name": "x"}, "existingSecret": "x"}}, False),
    ({"spec": {"volumes": [{"name": "a", "secret": {"secretName": "x"}}]}}, False),
    ({"spec": {"secret": "x", "secretKey": "x", "tokenKey": "x"}}, False),
    ({"spec": {"automountServiceAccountToken": False, "replicas": 3}}, False),
    ({"metadata": {"annotations": {"x.io/password": "x"}}}, True),
    (
        {"metadata": {"annotations": {"nginx.ingress.kubernetes.io/auth-secret": "basic-users"}}},
        False,
    ),
    ({"metadata": {"annotations": {"checksum/config": HEX}}}, False),
    (
        {
            "metadata": {
                "labels": {"pod-template-hash": "6489644bfc", "git": "3f786850e387550fdab8"}
            }
        },
        False,
    ),
    ({"webhooks": [{"clientConfig": {"caBundle": "q8Zk3mNv7RtY2wXp9LsD4fGh6JbC1aEu" * 4}}]}, False),
]


@pytest.mark.parametrize(("obj", "goes"), FIELDS)
def test_fields_are_judged_by_their_name(redactor: Redactor, obj: Any, goes: bool) -> None:
    """A name that says so and a value that can be one: then it goes, and only then."""
    before = copy.deepcopy(obj)

    found = redactor.redact(obj)

    assert obj == before
    assert (found != obj) == goes
    assert goes or found is obj
    assert found == redactor.redact(found)


def test_a_clean_applied_configuration_keeps_its_bytes(redactor: Redactor) -> None:
    """Odd spacing and key order stay where nothing had to go."""
    text = '{"b" : 1,\n "a":{"image":"x"} }  '

    assert redactor.redact({"metadata": {"annotations": {LAST_APPLIED: text}}}) == {
        "metadata": {"annotations": {LAST_APPLIED: text}}
    }


def test_an_applied_configuration_is_redacted_inside(redactor: Redactor) -> None:
    """The copy kubectl keeps of a Deployment loses the same variable as the Deployment."""
    env = [{"name": "DB_PASSWORD", "value": "hunter2"}]
    applied = json.dumps({"kind": "Deployment", "spec": {"env": env}}, separators=(",", ":")) + "\n"
    obj = {"metadata": {"annotations": {LAST_APPLIED: applied}}, "spec": {"env": env}}

    found = redactor.redact(obj)

    mark = redactor.fingerprint(b"hunter2")
    assert found["spec"]["env"][0]["value"] == mark
    assert found["metadata"]["annotations"][LAST_APPLIED] == applied.replace("hunter2", mark)


def test_fingerprints_depend_on_the_key_and_the_value(redactor: Redactor) -> None:
    """Equal values give equal fingerprints under one key, others under another."""
    other = Redactor(KEY[::-1])

    assert redactor.fingerprint(b"a") == Redactor(KEY).fingerprint(b"a")
    assert redactor.fingerprint(b"a") != redactor.fingerprint(b"b")
    assert redactor.fingerprint(b"a") != other.fingerprint(b"a")
    with pytest.raises(ValueError, match="16 bytes"):
        Redactor(b"short")


@pytest.mark.parametrize(
    "unit",
    [
        "a1",
        "0f",
        "x=1\n",
        "://a:b",
        "-----BEGIN CERTIFICATE-----\n",
        "sk-aa-",
        "password ",
        "token=",
        "eyJ",
    ],
)
def test_a_megabyte_takes_no_more_than_seconds(redactor: Redactor, unit: str) -> None:
    """No text makes redaction slow out of proportion."""
    text = unit * (1_000_000 // len(unit))
    start = time.process_time()

    redactor.redact({"data": {"blob": text}})

    assert time.process_time() - start < 20


def truths(corpus: Path) -> list[dict[str, Any]]:
    """Every object of every moment of the recording."""
    found: list[dict[str, Any]] = []
    for path in sorted((corpus / "story" / "truth").glob("*.json.gz")):
        with gzip.open(path) as file:
            truth = json.load(file)
        found += next(value for value in truth.values() if isinstance(value, list))
    return found


def test_no_real_object_but_secrets_changes(redactor: Redactor, corpus: Path) -> None:
    """Of a real cluster's objects, only Secrets differ after redaction."""
    objects = truths(corpus)

    changed = {obj["kind"] for obj in objects if redactor.redact(obj) != obj}

    assert len(objects) > 100
    assert changed <= {"Secret"}
