"""What `kubectl smart doctor` finds, as its JSON document, and as text whose figures are pinned."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Mapping
from contextlib import redirect_stdout
from io import BytesIO, TextIOWrapper
from pathlib import Path
from typing import Any, NamedTuple
from unittest.mock import patch

from kubectl_smart.bot.cli.main import run


class Found(NamedTuple):
    """One run: its exit code, and the findings by (area, check)."""

    code: int
    findings: list[dict[str, Any]]
    printed: str

    def of(self, area: str, check: str) -> list[dict[str, Any]]:
        """The findings of one check."""
        return [one for one in self.findings if (one["area"], one["check"]) == (area, check)]

    def one(self, area: str, check: str) -> dict[str, Any]:
        """The only one of them."""
        (found,) = self.of(area, check)
        return found


def doctor(*words: str, environment: Mapping[str, str] | None = None) -> Found:
    """Run it in this process."""
    out = TextIOWrapper(BytesIO(), "utf-8")
    with patch.dict(os.environ, environment or {}), redirect_stdout(out):
        os.environ.pop("KUBECONFIG", None)
        code = run(["doctor", "--utc", *words, "-o", "json"])
    out.seek(0)
    printed = out.read()
    assert code in (0, 1), printed
    return Found(code, json.loads(printed)["findings"], printed)


def look(folder: Path, config: str = "", *more: str, **environment: str) -> Found:
    """What the doctor finds where this is the configuration, if there is one."""
    words = ["--memory", str(folder / "memory"), "--within", "30"]
    if config:
        file = folder / "smart.yaml"
        file.write_text(config)
        words += ["--config", str(file)]
    return doctor(*words, *more, environment={"HOME": str(folder), **environment})


def doctor_prints(
    *words: str, environment: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """Run it as a user does."""
    base = {name: value for name, value in os.environ.items() if name != "KUBECONFIG"}
    done = subprocess.run(
        [sys.executable, "-m", "kubectl_smart.bot", "doctor", "--utc", *words],
        capture_output=True, text=True, check=False,
        env={**base, "NO_COLOR": "1", **(environment or {})}, timeout=300,
    )  # fmt: skip
    assert done.returncode in (0, 1), done.stderr
    return done


_PINNED = (
    (r"git version \S+", "git version N"),
    (r"127\.0\.0\.1:\d+", "127.0.0.1:PORT"),
    (r"process \d+ on \S+", "process N on HOST"),
    (r"\d{4}-\d\d-\d\d \d\d:\d\d", "DAY HH:MM"),
    (r"journal/\d{4}-\d\d", "journal/MONTH"),
    (r"\b[\d.]+ (?:d|h|min|s)(?: [\d.]+ (?:h|min|s))?(?= (?:ago|old)\b)", "SOME TIME"),
    (r"the oldest for [\d.]+ \w+", "the oldest for SOME TIME"),
    (r"[\d,]+ entries wait", "N entries wait"),
    (r"[\d,]+ MiB (free|on disk)", r"N MiB \1"),
    (r"every [\d.]+ s \(median of \d+ targets\)", "every N s (median of N targets)"),
    (r"memory opens: \d+", "memory opens: N"),
    (r"opens: \d+ branch(es)?", "opens: N branches"),
    (r"follows git; being brought up on [^\n]*", "is in step with git"),
    (r"stopped being heard \d+ times[^\n]*", "stopped being heard N times"),
    (r"the memory heard (?:[\w-]+(?:, )?)+", "the memory heard SOURCES"),
    (r"'127\.0\.0\.1', \d+", "'127.0.0.1', PORT"),
    (r"of [\d,]+ changes [\d,]+ were", "of N changes N were"),
)


def pinned(text: str, folder: Path) -> str:
    """With everything that differs from run to run replaced by a word."""
    found = text.replace(str(folder), "FOLDER")
    for pattern, word in _PINNED:
        found = re.sub(pattern, word, found)
    return found
