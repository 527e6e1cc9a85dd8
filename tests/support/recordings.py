"""The recordings of a real control plane, and the command line as a user runs it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

BOOKKEEPING = (
    "managedFields",
    "resourceVersion",
    "generation",
    "selfLink",
    "deletionGracePeriodSeconds",
)


@dataclass(frozen=True)
class Truth:
    """The whole state as kubectl printed it at a quiet moment."""

    label: str
    at: float
    items: list[dict[str, Any]]


def comparable(obj: dict[str, Any]) -> dict[str, Any]:
    """The object without status and the API server's bookkeeping."""
    copy: dict[str, Any] = json.loads(json.dumps(obj))
    copy.pop("status", None)
    metadata = copy["metadata"]
    for name in BOOKKEEPING:
        metadata.pop(name, None)
    for name in ("annotations", "labels"):
        if not metadata.get(name):
            metadata.pop(name, None)
    return copy


def smart(
    *words: str, memory: Path, check: bool = True, **environment: str
) -> subprocess.CompletedProcess[str]:
    """Run the command line as a user would, against `memory`."""
    return subprocess.run(
        [sys.executable, "-m", "kubectl_smart.bot", *words, "--memory", str(memory)],
        capture_output=True,
        text=True,
        check=check,
        env={**os.environ, "NO_COLOR": "1", **environment},
    )
