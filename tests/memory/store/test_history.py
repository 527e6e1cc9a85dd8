"""Reading a branch again gives the very records that were committed, with a small cache too."""

from __future__ import annotations

from pathlib import Path

import pytest

from kubectl_smart.bot.cli.main import run
from kubectl_smart.memory.store import history
from kubectl_smart.memory.store.git_store import GitStore


def test_a_small_cache_changes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """States are dropped between bunches of commits, never while a bunch still needs them."""
    memory = tmp_path / "memory"
    assert run(["demo", "--quiet", "--memory", str(memory)]) == 0
    with GitStore.open(memory, read_only=True) as store:
        whole = list(store.history("main"))
        monkeypatch.setattr(history, "_CACHED_STATES", 2)
        monkeypatch.setattr(history, "_BUNCH", 64)
        again = list(store.history("main"))

    assert len(whole) > 300
    assert again == whole
