"""What kubectl-smart answers of the past, plain git and other YAML readers say as well."""

from __future__ import annotations

import datetime as dt
import json
import subprocess
from pathlib import Path
from typing import Any

import yaml
from recordings import Truth, comparable, smart
from ruamel.yaml import YAML


def _git(memory: Path, *words: str) -> bytes:
    return subprocess.run(
        ["git", "-C", str(memory), *words], capture_output=True, check=True
    ).stdout


def _rfc3339(at: float) -> str:
    return dt.datetime.fromtimestamp(at, dt.UTC).isoformat().replace("+00:00", "Z")


def _state_tree(memory: Path, branch: str, at: float) -> dict[str, bytes]:
    """The files under state/ in the last change of `branch` authored not after `at`.

    Steps are left aside: one is committed when it can no longer be repeated, dated when it began.
    """
    log = _git(
        memory, "log", "--first-parent", "--grep=^Change-Id: ", "--format=%at %H", branch
    ).decode().split("\n")  # fmt: skip
    commit = next(line.split()[1] for line in log if line and int(line.split()[0]) <= at)
    listing = _git(memory, "ls-tree", "-r", "-z", commit, "state/").decode()
    blobs = {
        path: entry.split()[2]
        for entry, path in (row.split("\t", 1) for row in listing.split("\0") if row)
    }
    batch = subprocess.run(
        ["git", "-C", str(memory), "cat-file", "--batch"],
        input="\n".join(blobs.values()).encode() + b"\n",
        capture_output=True,
        check=True,
    ).stdout
    files, position = {}, 0
    for path in blobs:
        end = batch.index(b"\n", position)
        size = int(batch[position:end].split()[2])
        files[path] = batch[end + 1 : end + 1 + size]
        position = end + 1 + size + 1
    return files


def _identity(obj: dict[str, Any]) -> tuple[str, str, str]:
    metadata = obj["metadata"]
    return (obj["kind"], metadata.get("namespace", ""), metadata["name"])


def test_plain_git_reaches_the_state_of_every_truth(
    story_memory: Path, truths: list[Truth]
) -> None:
    """For every truth, the files of main at that moment are the declared objects, exactly."""
    for truth in truths:
        real = {_identity(item): comparable(item) for item in truth.items}
        files = _state_tree(story_memory, "main", truth.at)
        mine = {}
        for content in files.values():
            obj = yaml.load(content, Loader=yaml.CSafeLoader)
            mine[_identity(obj)] = comparable(obj)
        kinds = {key[0] for key in real}
        shared = {key: value for key, value in mine.items() if key[0] in kinds}

        assert shared, truth.label
        assert {key: real.get(key) for key in shared} == shared, truth.label


def test_at_prints_the_very_bytes_that_git_holds(story_memory: Path, truths: list[Truth]) -> None:
    """`at T get deployment X -o yaml` and `git show` of the state file are the same bytes."""
    truth = truths[-1]
    files = _state_tree(story_memory, "main", truth.at)
    deployments = [item for item in truth.items if item["kind"] == "Deployment"]
    for item in deployments:
        namespace, name = item["metadata"]["namespace"], item["metadata"]["name"]
        printed = smart(
            "at", _rfc3339(truth.at), "get", "deployment", name, "-n", namespace, "-o", "yaml",
            memory=story_memory,
        ).stdout  # fmt: skip

        assert printed.encode() == files[f"state/{namespace}/Deployment.apps/{name}.yaml"]
    assert deployments


def test_every_yaml_reader_sees_the_same_object(story_memory: Path, truths: list[Truth]) -> None:
    """YAML 1.1 (as kubectl reads) and YAML 1.2 readers agree on every state file."""
    readers = [YAML(typ="safe", pure=True), YAML(typ="safe", pure=True)]
    readers[0].version, readers[1].version = (1, 1), (1, 2)
    # the largest and the last truth hold every kind there is; ruamel takes 30 ms an object
    files = _state_tree(story_memory, "main", truths[-1].at)
    for path, content in sorted(files.items())[::3]:
        expected = yaml.load(content, Loader=yaml.CSafeLoader)
        for reader in readers:
            assert reader.load(content) == expected, path


def test_kubectl_reads_what_at_prints(
    story_memory: Path, truths: list[Truth], tmp_path: Path
) -> None:
    """The real kubectl parses the YAML of a past Deployment into the very object that was."""
    truth = truths[len(truths) // 2]
    for item in (item for item in truth.items if item["kind"] == "Deployment"):
        namespace, name = item["metadata"]["namespace"], item["metadata"]["name"]
        file = tmp_path / f"{namespace}-{name}.yaml"
        file.write_text(
            smart(
                "at", _rfc3339(truth.at), "get", f"deployment/{name}", "-n", namespace,
                "-o", "yaml", memory=story_memory,
            ).stdout
        )  # fmt: skip
        printed = subprocess.run(
            ["kubectl", "annotate", "--local", "-f", str(file), "x=y", "-o", "json"],
            capture_output=True,
            check=True,
        ).stdout
        seen = json.loads(printed)
        del seen["metadata"]["annotations"]["x"]

        assert comparable(seen) == comparable(item)
