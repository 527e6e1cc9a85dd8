"""Commands that were really run, and manifests that a real API server took."""

from __future__ import annotations

import gzip
import json
import shlex
from collections.abc import Iterator
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

import pytest
from small_cluster import LAST, Held

from kubectl_smart.simulate.admission import defaulted
from kubectl_smart.simulate.commands import Delete, Evict, Put, Refused, effects, parse

_DECIDED_LATER = {
    "PersistentVolume": ("claimRef",),
    "Pod": ("nodeName",),
    "Job": ("selector",),
}
_TOKEN = "/var/run/secrets/kubernetes.io/serviceaccount"


@lru_cache(maxsize=1)
def _cases(folder: Path) -> list[dict[str, Any]]:
    return [json.loads(gzip.open(file).read()) for file in sorted(folder.glob("*.json.gz"))]


@pytest.fixture
def cases(corpus: Path) -> list[dict[str, Any]]:
    """Each: the cluster before, the commands, what they said, the cluster after."""
    return _cases(corpus / "scheduling")


def test_every_recorded_command_does_what_was_recorded(cases: list[dict[str, Any]]) -> None:
    """What kubectl said it did is what we say it asks for, object by object."""
    for case in cases:
        held = Held(case["before"]["items"])
        for ran in case["commands"]:
            found = effects(parse(shlex.join(ran["argv"])), held)
            said = set(ran["stdout"].splitlines())
            for one in found:
                if isinstance(one, Delete):
                    assert f'{one.kind.lower()} "{one.name}" deleted' in said
                elif isinstance(one, Evict):
                    evicting = {line for line in said if line.startswith("evicting pod ")}
                    assert {f"evicting pod {'/'.join(pod)}" for pod in one.pods} == evicting
                elif isinstance(one, Refused):
                    assert one.message in ran["stderr"]
            done = sum(not line.startswith(("evicting ", "pod/")) for line in said)
            finished = sum(line.endswith(" drained") for line in said)
            unchanged = not found and ran["argv"][1] == "scale"
            evictions = sum(isinstance(one, Evict | Refused) for one in found)
            assert len(found) - evictions + unchanged == done - finished


def test_recorded_writes_end_as_recorded(cases: list[dict[str, Any]]) -> None:
    """What we put is the spec that the object then had (a rollout that was undone would differ)."""
    seen = 0
    for case in cases:
        held = Held(case["before"]["items"])
        after = Held(case["after"]["items"])
        for ran in case["commands"]:
            for one in effects(parse(shlex.join(ran["argv"])), held, _restarted(case, ran)):
                if not isinstance(one, Put) or one.obj["kind"] == "Node":
                    continue
                seen += 1
                metadata = one.obj["metadata"]
                stored = after.get(one.obj["kind"], metadata["namespace"], metadata["name"])
                assert stored is not None
                assert defaulted(one.obj, held)["spec"] == stored["spec"]
    assert seen > 20


def _restarted(case: dict[str, Any], ran: dict[str, Any]) -> datetime:
    """When the restart was, as the template says since."""
    kind, _, name = ran["argv"][3].partition("/") if "restart" in ran["argv"] else ("", "", "")
    for one in case["after"]["items"]:
        if (one["kind"].lower(), one["metadata"]["name"]) == (kind, name):
            annotations = one["spec"]["template"]["metadata"].get("annotations") or {}
            stamp = annotations.get("kubectl.kubernetes.io/restartedAt")
            if stamp:
                return datetime.fromisoformat(stamp)
    return datetime.fromisoformat("2026-11-27T00:00:00Z")


def test_defaults_are_those_of_a_real_api_server(cases: list[dict[str, Any]]) -> None:
    """A manifest that was applied becomes what the API server then held, field for field."""
    seen = 0
    for case in cases:
        held = Held(case["before"]["items"])
        for obj, manifest in _applied(case):
            seen += 1
            made = defaulted(manifest, held)
            for field in obj.keys() - {"metadata", "status"}:
                assert _comparable(made, field) == _comparable(obj, field)
    assert seen > 1_000


def _applied(case: dict[str, Any]) -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
    for obj in case["before"]["items"]:
        text = (obj["metadata"].get("annotations") or {}).get(LAST)
        if text:
            manifest = json.loads(text)
            if obj["kind"] == "Job":
                manifest["metadata"]["uid"] = obj["metadata"]["uid"]
            yield obj, manifest


def _comparable(obj: dict[str, Any], field: str) -> Any:
    """Without what is decided later (a node, a claim), and without the account's token."""
    value = json.loads(json.dumps(obj.get(field)))
    if field == "spec":
        for later in _DECIDED_LATER.get(obj["kind"], ()):
            value.pop(later, None)
    if obj["kind"] == "Pod" and field == "spec":
        value["volumes"] = [
            one for one in value.get("volumes") or [] if not one["name"].startswith("kube-api-")
        ]
        for one in [*value["containers"], *value.get("initContainers", [])]:
            mounts = [m for m in one.pop("volumeMounts", []) if m["mountPath"] != _TOKEN]
            one["volumeMounts"] = mounts
    return value


def test_what_is_stored_is_defaulted_already(cases: list[dict[str, Any]]) -> None:
    """Objects of a real cluster stay as they are: twice is once."""
    for case in cases[::5]:
        held = Held(case["before"]["items"])
        for obj in case["before"]["items"]:
            assert defaulted(obj, held) == obj


def test_the_annotation_of_apply_is_kubectls_own(cases: list[dict[str, Any]]) -> None:
    """A manifest applied anew to where it was applied changes nothing, and is noted to the byte."""
    seen = 0
    for case in cases[::7]:
        held = Held(case["before"]["items"])
        empty = Held([])
        for obj, manifest in _applied(case):
            text = obj["metadata"]["annotations"][LAST]
            again = parse("apply -f it.json", lambda _, text=text: text.encode())
            seen += 1
            (put,) = effects(again, empty)
            assert isinstance(put, Put)
            assert put.obj["metadata"]["annotations"][LAST] == text
            if defaulted(manifest, held).get("spec") == obj.get("spec"):  # not changed since
                assert effects(again, held) == ()
    assert seen > 100
