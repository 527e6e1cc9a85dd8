"""Memories for the tests of the causal graph."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from built_memory import Past

from kubectl_smart.memory.opening import Memory


@pytest.fixture
def opened(tmp_path: Path) -> Iterator[Callable[[Past], Memory]]:
    """Records a past and opens it; closed when the test ends."""
    memories: list[Memory] = []

    def open_it(past: Past) -> Memory:
        memories.append(past.memory(tmp_path / f"memory-{len(memories)}"))
        return memories[-1]

    yield open_it
    for memory in memories:
        memory.close()
