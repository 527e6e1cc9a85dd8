"""A made-up manifest repository: people and robots, merges, a chart, a file that is broken."""

from __future__ import annotations

import random
import subprocess
from pathlib import Path

PEOPLE = [
    ("Sarah Lee", "sarah@example.com"),
    ("Omar Haddad", "omar@example.com"),
    ("Ana Ruiz", "ana@example.com"),
    ("renovate[bot]", "29139614+renovate[bot]@users.noreply.example.com"),
]
_START = 1_577_836_800
"""2020-01-01 UTC."""


def make(folder: Path, commits: int, seed: int = 1) -> None:
    """A bare repository in `folder` with that many commits on main, merges among them."""
    subprocess.run(["git", "init", "-q", "--bare", "-b", "main", str(folder)], check=True)
    stream = _Stream(random.Random(seed))
    stream.write(commits)
    subprocess.run(
        ["git", f"--git-dir={folder}", "fast-import", "--quiet"],
        input="".join(stream.out).encode(),
        check=True,
    )


class _Stream:
    """What git fast-import reads."""

    def __init__(self, chance: random.Random) -> None:
        self._chance = chance
        self.out: list[str] = []
        self._marks = 0
        self._at = _START
        self._replicas: dict[str, int] = {}

    def write(self, commits: int) -> None:
        """All of it. A merge names the files it brings: fast-import merges no trees."""
        self._commit("main", self._files_at_first(), "Begin")
        while self._marks < commits:
            if self._marks % 50 == 40 and self._marks + 4 < commits:
                self._branch()
            else:
                self._commit("main", self._edit(), f"Change number {self._marks}")

    def _branch(self) -> None:
        base = self._marks
        one, other = self._edit(), self._edit()
        first = self._commit("topic", one, "On a branch", parents=[base])
        second = self._commit("topic", other, "On it still", parents=[first])
        self._commit("main", one | other, "Merge topic", parents=[base, second])

    def _commit(
        self, branch: str, files: dict[str, str | None], said: str, parents: list[int] | None = None
    ) -> int:
        self._marks += 1
        self._at += self._chance.randrange(60, 7_200)
        name, email = self._chance.choice(PEOPLE)
        zone = self._chance.choice(["+0000", "+0200", "-0700"])
        words = f"{said}\n\nBecause of ticket {self._marks}.\n"
        self.out.append(f"commit refs/heads/{branch}\nmark :{self._marks}\n")
        self.out.append(f"author {name} <{email}> {self._at} {zone}\n")
        self.out.append(f"committer CI <ci@example.com> {self._at + 600} +0000\n")
        self.out.append(f"data {len(words.encode())}\n{words}")
        for at, parent in enumerate(parents or []):
            self.out.append(f"{'merge' if at else 'from'} :{parent}\n")
        for path, content in files.items():
            if content is None:
                self.out.append(f"D {path}\n")
            else:
                self.out.append(
                    f"M 100644 inline {path}\ndata {len(content.encode())}\n{content}\n"
                )
        self.out.append("\n")
        return self._marks

    def _files_at_first(self) -> dict[str, str | None]:
        files: dict[str, str | None] = {
            "apps/kustomization.yaml": "namespace: payments\nresources: [web.yaml]\n",
            "chart/Chart.yaml": "apiVersion: v2\nname: web\n",
            "chart/templates/web.yaml": "kind: {{ .Values.kind }}\n",
            "notes/broken.yaml": "a: [1\n",
        }
        for number in range(30):
            files[f"apps/web-{number}.yaml"] = self._manifest(f"web-{number}", 1)
        return files

    def _edit(self) -> dict[str, str | None]:
        number = self._chance.randrange(30)
        name = f"web-{number}"
        replicas = self._replicas[name] = self._replicas.get(name, 1) + 1
        path = f"apps/{name}.yaml"
        return {path: self._manifest(name, replicas)}

    def _manifest(self, name: str, replicas: int) -> str:
        return (
            f"apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: {name}\nspec:\n"
            f"  replicas: {replicas}\n  template:\n    spec:\n      containers:\n"
            f"      - name: main\n        image: registry.example.com/{name}:{replicas}\n---\n"
            f"apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: {name}\ndata:\n"
            f'  CACHE_SIZE: "64"\n'
        )
