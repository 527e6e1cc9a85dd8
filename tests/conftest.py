"""Fixtures every test may use: the recordings, and deterministic property tests."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

settings.register_profile(
    "ci", derandomize=True, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.register_profile("deep", max_examples=5_000, deadline=None)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "ci"))

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="session")
def corpus() -> Path:
    """The folder of the recordings (see the environment variable KUBECTL_SMART_CORPUS)."""
    place = Path(os.environ.get("KUBECTL_SMART_CORPUS", ROOT.parent / "shared" / "corpus"))
    assert place.is_dir(), f"no recordings at {place}: set KUBECTL_SMART_CORPUS"
    return place
