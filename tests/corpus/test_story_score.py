"""The memory against the recorded truth: state, who, how, and no secrets."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path


def test_the_recorded_hour_is_remembered_exactly(story: Path, story_memory: Path) -> None:
    """Every object of every truth, every write of the key, no leak: by the public scorer."""
    scorer = story.parent.parent / "tools" / "score_story.py"
    run = subprocess.run(
        [
            sys.executable,
            str(scorer),
            str(story),
            "--command",
            f"{sys.executable} -m kubectl_smart.bot",
            "--memory",
            str(story_memory),
            "--show",
            "10",
        ],
        capture_output=True,
        text=True,
        check=True,
    )
    score = json.loads(run.stdout.splitlines()[-1])

    assert score["objects"] > 0, run.stdout
    assert score["writes"] > 0, run.stdout
    assert score["state"] == 1.0, run.stdout
    assert score["spurious"] == 0.0, run.stdout
    assert score["why"] >= 0.98, run.stdout
    assert score["via"] >= 0.95, run.stdout
    assert score["leaks"] == 0, run.stdout
