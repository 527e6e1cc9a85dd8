"""The key file."""

from __future__ import annotations

from pathlib import Path

import pytest

from kubectl_smart.memory.records.errors import MemoryDamaged
from kubectl_smart.memory.store.keys import load_or_create_key


def test_a_key_is_made_once(tmp_path: Path) -> None:
    """32 bytes that stay, readable by their owner alone."""
    path = tmp_path / "smart" / "key"
    key = load_or_create_key(path)

    assert len(key) == 32
    assert load_or_create_key(path) == key
    assert path.stat().st_mode & 0o777 == 0o600
    assert [one.name for one in path.parent.iterdir()] == ["key"]
    assert load_or_create_key(tmp_path / "other") != key


@pytest.mark.parametrize("content", ["", "zz" * 32, "ab" * 31])
def test_a_broken_key_is_not_replaced(tmp_path: Path, content: str) -> None:
    """A new key would make old fingerprints incomparable."""
    path = tmp_path / "key"
    path.write_text(content)

    with pytest.raises(MemoryDamaged):
        load_or_create_key(path)
