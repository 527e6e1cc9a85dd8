"""The recorded hour's incidents as bundles: where it hurts comes first, and no secret is in them.

Everything in the recording happened within three minutes, a change nearly each second; so close
before by accident a change falls nearly always, and by its time alone none could be accused. What
the memory knows of each change goes along, and by that the true one is.
"""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from kubectl_smart.memory.formats.bundle_writing import bundle_bytes, bundle_document
from kubectl_smart.memory.formats.bundles import parse_bundle
from kubectl_smart.memory.formats.redaction import Redactor
from kubectl_smart.memory.opening import Memory, open_memory
from kubectl_smart.memory.questions.bundle import bundle_of_window
from kubectl_smart.memory.questions.bundle_trace import trace_bundle
from kubectl_smart.memory.records.errors import NothingKnown
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
    """What suffers comes first, and the true change, by whom, is accused from the file alone."""
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
    assert answer.change is not None
    assert answer.change.id in {one.id for one in near}
    # by its time alone, none
    alone = replace(found, weighed="", edits=tuple(one._replace(effects=()) for one in found.edits))
    assert trace_bundle(alone).change is None


def test_ordinary_work_accuses_nobody(memory: Memory, key: list[dict[str, Any]]) -> None:
    """Half a minute in which pods came and went and nothing broke: no trouble, or no change."""
    deed = next(one for one in key if "rc" in one and "team=blue" in " ".join(one["argv"]))
    try:
        found = bundle(memory, deed["at"], 5)
    except NothingKnown:
        return
    assert trace_bundle(found).change is None


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
