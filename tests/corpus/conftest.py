"""The recorded hour, imported once through the command line into a memory of its own."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest
from recordings import Truth, smart


@pytest.fixture(scope="session")
def story(corpus: Path) -> Path:
    """The folder of the recording."""
    return corpus / "story"


@pytest.fixture(scope="session")
def story_memory(story: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A memory that holds the recording."""
    memory = tmp_path_factory.mktemp("story") / "memory"
    smart("import", "audit", str(story / "audit.jsonl.gz"), memory=memory)
    return memory


@pytest.fixture(scope="session")
def truths(story: Path) -> list[Truth]:
    """Every recorded truth, in order of time."""
    found = []
    for path in sorted((story / "truth").glob("*.json.gz")):
        with gzip.open(path) as file:
            data = json.load(file)
        found.append(Truth(data["label"], data["at"], data["items"]))
    assert found, "the recording has no truths"
    return found
