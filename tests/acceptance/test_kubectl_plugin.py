"""The real kubectl runs us as `kubectl smart`."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from recordings import smart


def test_kubectl_smart(tmp_path: Path) -> None:
    """Kubectl finds the console script on PATH and hands everything over."""
    memory = tmp_path / "memory"
    smart("demo", "--quiet", memory=memory)
    scripts = Path(sys.executable).parent
    environment = {
        **os.environ,
        "PATH": f"{scripts}:{os.environ['PATH']}",
        "KUBECTL_SMART_MEMORY": str(memory),
    }
    asked = subprocess.run(
        ["kubectl", "smart", "why", "deployment/payment-api", "--replicas=5"],
        capture_output=True, text=True, check=True, env=environment,
    )  # fmt: skip
    unknown = subprocess.run(
        ["kubectl", "smart", "why", "deployment/nope"],
        capture_output=True, text=True, check=False, env=environment,
    )  # fmt: skip

    assert "replicas is 5" in asked.stdout
    assert unknown.returncode == 3
    assert "nothing is known of deployment nope" in unknown.stderr
