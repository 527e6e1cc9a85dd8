"""How a process of the command line begins and ends."""

from __future__ import annotations

import subprocess
import sys

import pytest

_SCRIPT = """
import gc, sys
from kubectl_smart.bot.cli.start import brief
usual = gc.get_threshold()
with brief(sys.argv[1:]):
    print(gc.isenabled(), gc.get_threshold() == usual, "click" in sys.modules)
print(gc.get_freeze_count() > 0)
"""


@pytest.mark.parametrize(
    ("command", "usual"), [("why", "False"), ("at", "False"), ("import", "True"), ("", "True")]
)
def test_only_questions_look_seldom_for_garbage(command: str, usual: str) -> None:
    """Long work goes on as usual; nothing is loaded before; at the end nothing is looked for."""
    done = subprocess.run(
        [sys.executable, "-c", _SCRIPT, *([command] if command else [])],
        capture_output=True,
        text=True,
        check=True,
    )

    assert done.stdout.split() == ["True", usual, "False", "True"]


def test_the_module_is_the_command_line() -> None:
    """`python -m kubectl_smart.bot` ends with the command's exit code and its words."""
    done = subprocess.run(
        [sys.executable, "-m", "kubectl_smart.bot", "why"],
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 2
    assert "kubectl smart why --help" in done.stderr
