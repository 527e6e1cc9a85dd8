"""What we say a command asks of the API is what the real kubectl asks of it."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterator
from copy import deepcopy
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from asked_cluster import AskedCluster, Ran, Write, asked
from kubectl_lines import FILES, LINES
from small_cluster import Held, objects

from kubectl_smart.memory.records.errors import BadInput
from kubectl_smart.simulate.admission import defaulted
from kubectl_smart.simulate.commands import Delete, Evict, Put, Refused, effects, parse

pytestmark = pytest.mark.skipif(shutil.which("kubectl") is None, reason="kubectl is not installed")
_FLAGS = {
    "delete": "--wait=false",
    **dict.fromkeys(("apply", "create", "replace"), "--validate=false"),
}
_QUICKLY = re.compile(r"(?<= )(delete|apply|create(?= -f)|replace)(?= |$)")
_MADE = re.compile(r" (create [a-z]+|run) (?!-f)")
_RESTARTED = re.compile(r'"kubectl.kubernetes.io/restartedAt": "([^"]+)"')


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[AskedCluster]:
    """The stand-in that kubectl talks to, with the files that some lines name."""
    folder = tmp_path_factory.mktemp("kubectl")
    for name, text in FILES.items():
        (folder / name).write_text(text)
    with asked(objects(), folder) as cluster:
        yield cluster


@pytest.mark.parametrize("line", LINES)
def test_asks_what_kubectl_asks(line: str, server: AskedCluster) -> None:
    """The same objects are written, deleted and evicted, in the same order, and as much refused."""
    if _MADE.search(line):  # its client speaks protobuf: what it makes is printed instead
        ran = server.run(
            _MADE.sub(lambda verb: f"{verb[0]}--dry-run=client -o json ", line, count=1)
        )
        made = json.loads(ran.out)
        made.pop("status", None)  # the API server takes none of a new object
        place = made["metadata"].get("namespace", "")
        ran.writes.append(Write("POST", made["kind"], place, made["metadata"]["name"], "", made))
    else:
        ran = server.run(_QUICKLY.sub(lambda verb: f"{verb[0]} {_FLAGS[verb[1]]}", line, count=1))
    held = Held(objects())

    ours, refused = _ours(line, held, server.folder, ran)

    assert server.unknown == []
    assert ours == _theirs(server, ran.writes), ran
    assert bool(refused) == bool(ran.code), (refused, ran)


def _ours(line: str, held: Held, folder: Path, ran: Ran) -> tuple[list[Any], list[str]]:
    stamp = _RESTARTED.search(json.dumps([one.body for one in ran.writes]))
    now = datetime.fromisoformat(stamp[1]) if stamp else datetime(2026, 11, 27, tzinfo=UTC)
    try:
        found = effects(parse(line, files=lambda name: (folder / name).read_bytes()), held, now)
    except BadInput as problem:
        return [], [problem.message]
    asked_for: list[Any] = []
    moved: list[Any] = []
    for one in found:
        if isinstance(one, Put):
            asked_for.append(("put", _comparable(one.obj, held)))
        elif isinstance(one, Delete):
            key = (one.kind, one.namespace, one.name)
            asked_for.append(("delete", key, one.grace_seconds, one.propagation))
        elif isinstance(one, Evict):
            word = "delete" if one.disable_eviction else "evict"
            moved += ((word, pod, one.grace_seconds) for pod in one.pods)
    refused = [one.message for one in found if isinstance(one, Refused)]
    return [*asked_for, *sorted(moved)], refused


def _theirs(server: AskedCluster, writes: list[Write]) -> list[Any]:
    state = {key: deepcopy(one) for key, one in server.objects.items()}
    found: list[Any] = []
    moved: list[Any] = []
    for one in writes:
        key = (one.kind, one.namespace, one.name)
        if one.method == "DELETE":
            options = one.body or {}
            cascade = options.get("propagationPolicy")
            grace = options.get("gracePeriodSeconds")
            if cascade is None:  # drain's own deletions say nothing of a cascade
                moved.append(("delete", key[1:], grace))
            else:
                found.append(("delete", key, grace, cascade.lower()))
        elif one.sort == "eviction":
            grace = (one.body.get("deleteOptions") or {}).get("gracePeriodSeconds")
            moved.append(("evict", key[1:], grace))
        else:
            after = _after(server, one, state.get(key))
            if key not in state or after != state[key]:
                found.append(("put", _comparable(after, Held(objects()))))
            state[key] = after
    return [*found, *sorted(moved)]


def _after(server: AskedCluster, write: Write, held: dict[str, Any] | None) -> dict[str, Any]:
    if write.sort == "scale":
        assert held is not None
        return {**held, "spec": {**held["spec"], "replicas": write.body["spec"]["replicas"]}}
    if write.method == "PATCH":
        assert held is not None
        return server.patched(held, write.sort, write.body)
    sent: dict[str, Any] = write.body
    if held is None:
        return sent
    kept = {k: held["metadata"][k] for k in ("uid", "creationTimestamp", "resourceVersion")}
    status = {"status": held["status"]} if "status" in held else {}
    return {**sent, "metadata": {**sent["metadata"], **kept}, **status}


def _comparable(obj: Any, held: Held) -> Any:
    """As it is stored, without what a typed client adds although it says nothing."""
    made = json.loads(json.dumps(defaulted(obj, held)))
    if made.get("status") == {}:
        del made["status"]
    for metadata in _metadata(made):
        if metadata.get("creationTimestamp", "") is None:
            del metadata["creationTimestamp"]
        for field in ("annotations", "labels"):
            if metadata.get(field) == {}:
                del metadata[field]
    return made


def _metadata(value: Any) -> Iterator[dict[str, Any]]:
    if isinstance(value, dict):
        for key, one in value.items():
            if key == "metadata" and isinstance(one, dict):
                yield one
            yield from _metadata(one)
    elif isinstance(value, list):
        for one in value:
            yield from _metadata(one)
