"""`import gitops`: the history of a manifest repository in the memory, read with plain git."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest
from tests.support.recordings import smart

API = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: api}}\nspec: {{replicas: {n}}}\n"


class Repository:
    """A repository of the test's own; every commit has an author and a date."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.hours = 0
        folder.mkdir()
        self.git("init", "-q", "-b", "main")

    def git(self, *words: str, **environment: str) -> str:
        """A command."""
        quiet = {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_SYSTEM": os.devnull}
        done = subprocess.run(
            ["git", "-C", str(self.folder), "-c", "user.name=CI", "-c",
             "user.email=ci@example.com", *words],
            check=True, capture_output=True, text=True,
            env={**os.environ, **quiet, **environment},
        )  # fmt: skip
        return done.stdout.strip()

    def commit(self, said: str, who: str = "sarah", **files: str | None) -> str:
        """Write the files (a__b is a/b.yaml), and commit them; the commit's id."""
        for name, text in files.items():
            path = self.folder / (name.replace("__", "/") + ".yaml")
            if text is None:
                path.unlink()
            else:
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(text)
        self.hours += 1
        self.git("add", "-A")
        author = f"{who.title()} <{who}@example.com>"
        date = f"2021-01-01T{self.hours:02d}:00:00+0200"
        when = (f"--author={author}", f"--date={date}")
        self.git("commit", "-q", "--allow-empty", "-m", said, *when)
        return self.git("rev-parse", "HEAD")


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    """With a namespace for what names none."""
    made = Repository(tmp_path / "manifests")
    made.commit("Begin", apps__kustomization="namespace: payments\n", apps__api=API.format(n=3))
    return made


def history(memory: Path, *more: str) -> list[dict[str, Any]]:
    """The changes that `why` tells of the Deployment."""
    told = smart("why", "deployment/api", *more, "-n", "payments", "-o", "json", memory=memory)
    changes: list[dict[str, Any]] = json.loads(told.stdout)["changes"]
    return changes


def test_authors_dates_and_words(repository: Repository, tmp_path: Path) -> None:
    """As they were; in git as in the answer, which finds who set five, and why."""
    memory = tmp_path / "memory"
    commit = repository.commit("Five: two zones\n\nSee INC-12.", "omar", apps__api=API.format(n=5))
    smart("import", "gitops", str(repository.folder), memory=memory)

    (_, five) = history(memory, "--replicas")
    assert (five["before"], five["after"]) == (3, 5)
    assert five["actor"] == "omar@example.com"
    assert five["at"] == "2021-01-01T00:00:00Z"
    assert five["reason"] == "Five: two zones\n\nSee INC-12."
    assert five["via"] == f"git commit {commit[:12]} in manifests"
    log = subprocess.run(
        ["git", "-C", str(memory), "log", "-1", "--format=%ae %aI %s"],
        check=True, capture_output=True, text=True,
    ).stdout  # fmt: skip
    when = "2021-01-01T00:00:00+00:00"
    assert log == f"omar@example.com {when} payments/deployment api: replicas 3 → 5\n"
    assert smart("verify", memory=memory).returncode == 0


def test_moves_merges_and_removals(repository: Repository, tmp_path: Path) -> None:
    """A move is no change; what a merge brought is told once, by who wrote it."""
    memory = tmp_path / "memory"
    repository.commit("Move", apps__api=None, apps__moved=API.format(n=3))
    repository.git("checkout", "-q", "-b", "topic")
    repository.commit("Four", "omar", apps__moved=API.format(n=4))
    repository.git("checkout", "-q", "main")
    service = "apiVersion: v1\nkind: Service\nmetadata: {name: s}\n"
    repository.commit("Beside", "ana", apps__other=service)
    repository.git("merge", "-q", "--no-ff", "-m", "Merge", "topic")
    repository.commit("Remove", "ana", apps__moved=None)
    done = smart("import", "gitops", str(repository.folder), memory=memory)

    assert "read 6 commits" in done.stdout
    verbs = [(one["verb"], one["actor"]) for one in history(memory, "--replicas")]
    assert verbs == [
        ("create", "sarah@example.com"), ("update", "omar@example.com"),
        ("delete", "ana@example.com"),
    ]  # fmt: skip
    assert smart("verify", memory=memory).returncode == 0


def test_an_object_in_two_files(repository: Repository, tmp_path: Path) -> None:
    """A copy is no creation, and its removal no deletion; a patch tells what only it says."""
    memory = tmp_path / "memory"
    repository.commit("Copy", "omar", apps__copy=API.format(n=3))
    repository.commit("Remove the first", "ana", apps__api=None)
    patch = API.replace("{{replicas: {n}}}", "{{replicas: 7, paused: true}}").format()
    smart("import", "gitops", str(repository.folder), memory=memory)
    repository.commit("Patch", "omar", apps__patch=patch)
    repository.commit("Without the patch", "ana", apps__patch=None)
    repository.commit("Remove", "ana", apps__copy=None)
    smart("import", "gitops", str(repository.folder), memory=memory)

    told = [(one["verb"], one["reason"]) for one in history(memory, "--replicas")]
    assert told == [
        ("create", "Begin"), ("update", "Patch"), ("update", "Without the patch"),
        ("delete", "Remove"),
    ]  # fmt: skip
    values = [(one["before"], one["after"]) for one in history(memory, "--replicas")[1:3]]
    assert values == [(3, 7), (7, 3)]
    text = smart("why", "deployment/api", "-n", "payments", memory=memory).stdout
    assert "by git's word" in text
    assert "known in part" not in text


def test_another_namespace_moves_what_is_below(repository: Repository, tmp_path: Path) -> None:
    """Objects that name none go from the one to the other; others stay where they are."""
    memory = tmp_path / "memory"
    other = "apiVersion: v1\nkind: Service\nmetadata: {name: s, namespace: own}\n"
    nested = "apiVersion: v1\nkind: Service\nmetadata: {name: t}\n"
    repository.commit("More", apps__other=other, apps__sub__t=nested)
    repository.commit("Elsewhere", other__api=API.format(n=1))
    smart("import", "gitops", str(repository.folder), memory=memory)
    repository.commit("Move", "omar", apps__kustomization="namespace: shop\n")
    done = smart("import", "gitops", str(repository.folder), memory=memory)

    assert "4 changes recorded" in done.stdout
    assert [one["verb"] for one in history(memory)] == ["create", "delete"]
    told = smart("log", "-A", "--since=2020-01-01", memory=memory).stdout
    for moved in ("payments/service t", "shop/service t", "shop/deployment api"):
        assert moved in told
    assert smart("verify", memory=memory).returncode == 0


def test_the_next_run_goes_on(repository: Repository, tmp_path: Path) -> None:
    """What is new is read; a rewritten branch adds only what is new in it."""
    memory = tmp_path / "memory"
    assert (
        "read 1 commits" in smart("import", "gitops", str(repository.folder), memory=memory).stdout
    )
    again = smart("import", "gitops", str(repository.folder), memory=memory).stdout
    assert "read 0 commits (since the last import)" in again
    repository.commit("Four", apps__api=API.format(n=4))
    more = smart("import", "gitops", str(repository.folder), memory=memory).stdout
    assert "read 1 commits (since the last import)\n  1 changes recorded" in more
    repository.commit("Five", apps__api=API.format(n=5))
    later = "2030-01-01T00:00:00Z"
    repository.git("commit", "-q", "--amend", "--no-edit", GIT_COMMITTER_DATE=later)
    repository.git("rebase", "-q", "--force-rebase", "--committer-date-is-author-date", "--root")
    rewritten = smart("import", "gitops", str(repository.folder), memory=memory).stdout
    assert "1 changes recorded, 1 known already" in rewritten or (
        "1 changes recorded, 2 known already" in rewritten
    )
    assert [one["after"] for one in history(memory, "--replicas")] == [3, 4, 5]


def test_a_url_is_cloned_and_only_the_folder_is_read(
    repository: Repository, tmp_path: Path
) -> None:
    """The clone stays beside the memory, and is fetched the next time."""
    memory = tmp_path / "memory"
    url = f"file://{repository.folder}"
    repository.commit("Elsewhere", staging__api=API.format(n=1))
    smart("import", "gitops", url, "--path", "apps", memory=memory)
    repository.commit("Six", apps__api=API.format(n=6))
    smart("import", "gitops", url, "--path", "apps", memory=memory)
    assert [one["after"] for one in history(memory, "--replicas")] == [3, 6]


def test_it_says_nothing_of_the_cluster(
    repository: Repository, corpus: Path, tmp_path: Path
) -> None:
    """Beside what was heard of the same objects: their state and their history stay as they are."""
    memory = tmp_path / "memory"
    log = str(corpus / "story" / "audit.jsonl.gz")
    smart("import", "audit", log, memory=memory)
    asked = ("at", "2026-11-23 03:30", "get", "deployments", "-A", "-o", "json")
    before = json.loads(smart(*asked, memory=memory).stdout)
    of_payments = ["payment-api", "nothing-else"]
    for name in of_payments:
        text = API.replace("name: api", f"name: {name}").format(n=99)
        repository.commit(f"Set {name}", **{f"apps__{name.replace('-', '_')}": text})
    repository.commit("Remove", apps__payment_api=None)
    smart("import", "gitops", str(repository.folder), memory=memory)
    after = json.loads(smart(*asked, memory=memory).stdout)
    assert after["items"] == before["items"]
    told = smart(
        "why", "deployment/payment-api", "--replicas", "-n", "payments", memory=memory
    ).stdout
    assert "Set payment-api" in told
    assert "(gone)" not in told.splitlines()[0]
    assert "99" not in told.splitlines()[0]
    assert smart("verify", memory=memory).returncode == 0


@pytest.mark.parametrize(
    ("place", "said"),
    [("/nowhere/at/all", "there is no"), (".", "cannot be read as a git repository"),
     ("file:///nowhere.git", "git cannot read")],
)  # fmt: skip
def test_what_is_no_repository(place: str, said: str, tmp_path: Path) -> None:
    """One sentence, exit code 2."""
    where = str(tmp_path) if place == "." else place
    done = smart("import", "gitops", where, memory=tmp_path / "memory", check=False)
    assert done.returncode == 2
    assert said in done.stderr
    assert done.stderr.count("\n") == 1
