"""The recorded hour's incidents as bundles: where it hurts comes first, and no secret is in them.

Everything in the recording happened within three minutes, a change nearly each second; so close
before by accident a change falls nearly always, and a bundle without series accuses none of them.
That it says so, instead of the nearest, is what is held here.
"""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from kubectl_smart.memory.formats.bundle_writing import bundle_bytes, bundle_document
from kubectl_smart.memory.formats.bundles import parse_bundle
from kubectl_smart.memory.formats.redaction import Redactor
from kubectl_smart.memory.opening import Memory, open_memory
from kubectl_smart.memory.questions.bundle import bundle_of_window
from kubectl_smart.memory.questions.bundle_trace import trace_bundle
from kubectl_smart.memory.records.evidence import Evidence

SECOND = 1_000_000


@pytest.fixture(scope="module")
def memory(story_memory: Path) -> Iterator[Memory]:
    """The memory of the hour."""
    with open_memory(story_memory) as found:
        yield found


@pytest.fixture(scope="module")
def key(story: Path) -> list[dict[str, Any]]:
    """What each user ran, when, and why."""
    found: list[dict[str, Any]] = json.loads((story / "key.json").read_text())
    return found


def bundle(memory: Memory, at: float, lasting: int) -> Evidence:
    """The evidence of a window around a deed, written and read again."""
    found = bundle_of_window(
        memory.store, memory.index,
        since=int((at - 5) * SECOND), until=int((at + lasting) * SECOND),
    )  # fmt: skip
    read = parse_bundle(json.loads(bundle_bytes(found)))
    assert read == found
    return found


@pytest.mark.parametrize(
    ("words", "lasting", "suffers", "changed"),
    [
        ("5.1.0", 15, "payments/deployment/payment-api", "payments/deployment/payment-api"),
        ("tighten", 15, "prod/deployment/user-service", "data/networkpolicy/data-ingress"),
        ("unlimited", 20, "prod/deployment/api", "prod/configmap/api-config"),
        ("delete node", 60, "payments/deployment/payment-processor", "node/worker-5"),
    ],
)
def test_an_incident_as_a_file(
    memory: Memory, key: list[dict[str, Any]], words: str, lasting: int, suffers: str, changed: str
) -> None:
    """What suffers comes first; the true change, by whom, is in the file, and none is accused."""
    deed = next(
        one for one in key
        if one["rc"] == 0 and words in f"{' '.join(one['argv'])} {one['why']}"
    )  # fmt: skip
    found = bundle(memory, deed["at"], lasting)
    near = [
        one for one in found.edits
        if one.entity == changed and abs(one.at - deed["at"] * SECOND) < 2 * SECOND
    ]  # fmt: skip
    assert near, words
    assert {deed["user"] in one.actor for one in near} == {True}
    answer = trace_bundle(found)
    assert answer.causes[0].entity == suffers
    assert answer.change is None
    assert answer.verdict.endswith("no change found in the window that explains it")


def test_no_credential_is_in_a_bundle(memory: Memory, key: list[dict[str, Any]]) -> None:
    """Of the whole hour: nothing that the recording holds as a secret, nothing that looks so."""
    found = bundle(memory, key[0]["at"], 3600)
    data = bundle_bytes(found)
    assert b"payment-keys" in data
    assert b"hunter2" not in data
    document = bundle_document(found)
    redactor = Redactor(b"a key of this test only")
    for part in ("events", "changes", "alerts"):
        for one in document[part]:
            said = {key: value for key, value in one.items() if key != "id"}
            assert redactor.redact(said) == said
    assert gzip.decompress(bundle_bytes(found, packed=True)) == data
