"""Whole answers, as they were once found good; a change of one shows in the diff of its file.

After a change that is meant: GOLDEN=write pytest tests/acceptance
"""

from __future__ import annotations

import os
import re
import shlex
from pathlib import Path

import pytest

from kubectl_smart.bot.cli.main import run

GOLDEN = Path(__file__).parents[1] / "golden"
_CACHE = "replay outage --timestamp=2026-11-23T02:50:46Z --window=40s -n prod"
_INDEX = "trace latency api-gateway --spike=2026-11-23T02:49:00Z"
QUESTIONS = {
    "why-replicas.txt": "why deployment/payment-api --replicas=5 --explain",
    "why-image.json": "why deployment/payment-api --image -o json",
    "why-configmap.md": "why cm/api-config -n prod -o md",
    "at-pods.txt": "at 2026-11-23T02:49:24Z get pods -n payments -o wide",
    "at-deployment.yaml": "at 2026-11-23T02:49:24Z get deployment payment-api -o yaml",
    "at-diff.txt": "at 2026-11-23T02:49:00Z diff 2026-11-23T02:50:00Z -n prod",
    "replay.txt": "replay outage --timestamp=2026-11-23T02:49:24Z --window=30s -n payments",
    "dependencies.txt": "dependencies deployment/payment-api -o wide",
    "dependencies.json": "dependencies svc/user-db -o json",
    "dependencies.md": "dependencies deployment/api-gateway --since=2026-11-23T02:49:00Z -o md",
    "replay-causes.txt": f"{_CACHE} --explain",
    "replay-causes.json": f"{_CACHE} -o json",
    "replay-causes.md": f"{_CACHE} -o md",
    "trace.txt": f"{_INDEX} --explain",
    "trace.json": f"{_INDEX} -o json",
    "trace.md": f"{_INDEX} -o md",
    "trace.mermaid": f"{_INDEX} -o mermaid",
    "trace.dot": f"{_INDEX} -o dot",
    "rules.md": "rules -o md",
    "log.txt": "log -n prod --limit=10 --derived",
}


@pytest.fixture(scope="module")
def memory(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The recording that comes with the package, imported."""
    folder = tmp_path_factory.mktemp("golden") / "memory"
    assert run(["demo", "--quiet", "--memory", str(folder)]) == 0
    return folder


def _comparable(text: str) -> str:
    """Commit ids depend on when the memory recorded them, and on nothing in the answer."""
    text = re.sub(r"\b[0-9a-f]{12}\+[0-9a-f]{12}\b", "(memory)", text)
    text = re.sub(r'("commit": ")[0-9a-f]{40}', r"\1(commit)", text)
    text = re.sub(r"\bcommit [0-9a-f]{12}\b", "commit (commit)", text)
    text = re.sub(r"`[0-9a-f]{12}`", "`(commit)`", text)
    text = re.sub(r"\[[0-9a-f]{12} on ", "[(commit) on ", text)
    text = re.sub(r"\[[0-9a-f]{12}\]", "[(commit)]", text)
    return re.sub(r"(?<= )[0-9a-f]{12}(?=  )", "(commit)    ", text)


@pytest.mark.parametrize("name", QUESTIONS)
def test_the_answer_is_the_one_found_good(
    name: str, memory: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Byte for byte, but for commit ids."""
    capsys.readouterr()
    of_a_memory = [] if name.startswith("rules") else ["--utc", "--memory", str(memory)]
    assert run([*shlex.split(QUESTIONS[name]), *of_a_memory]) == 0
    printed = _comparable(capsys.readouterr().out)
    path = GOLDEN / name
    if os.environ.get("GOLDEN") == "write":
        path.write_text(printed, encoding="utf-8")

    assert printed == path.read_text(encoding="utf-8")
