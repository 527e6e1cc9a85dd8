"""Packing everything anew: nothing is lost, also when it fails."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from simple_fold import SimpleFold, seeded, workload

from kubectl_smart.memory.records.errors import MemoryDamaged
from kubectl_smart.memory.store.git_store import GitStore
from kubectl_smart.memory.store.recorder import Recorder
from kubectl_smart.memory.store.repacking import repack
from kubectl_smart.memory.store.spool import FileSpool


def _git(memory: Path, *words: str) -> str:
    done = subprocess.run(
        ["git", f"--git-dir={memory}", *words], capture_output=True, text=True, check=True
    )
    return done.stdout


def _objects(memory: Path) -> set[str]:
    listed = _git(memory, "cat-file", "--batch-all-objects", "--batch-check=%(objectname)")
    return set(listed.split())


def _packs(memory: Path) -> set[str]:
    return {path.name for path in (memory / "objects" / "pack").iterdir()}


@pytest.fixture
def memory(tmp_path: Path) -> Path:
    """A memory in several packs."""
    path = tmp_path / "memory"
    with GitStore.open(path, create=True) as store:
        spool = FileSpool(tmp_path / "spool")
        spool.append(workload(600))
        recorder = Recorder(
            store, spool, SimpleFold(), seeded(()), previous=lambda *_: None,
            on_committed=lambda *_: None, checkpoint_every=50,
        )  # fmt: skip
        recorder.drain(final=True)
        spool.close()
    return path


def test_two_packs_hold_everything(memory: Path) -> None:
    """Every object there was, and git finds no fault."""
    objects = _objects(memory)
    repack(memory)

    assert sorted(Path(name).suffix for name in _packs(memory)) == [".idx", ".idx"] + 2 * [".pack"]
    assert _objects(memory) == objects
    assert "error" not in _git(memory, "fsck", "--strict")


def test_again_and_again(memory: Path) -> None:
    """There are two packs afterwards, whatever there was."""
    objects = _objects(memory)
    repack(memory)
    repack(memory)

    assert len(_packs(memory)) == 4
    assert _objects(memory) == objects


def test_a_memory_with_nothing_in_it(tmp_path: Path) -> None:
    """No branch, no pack."""
    with GitStore.open(tmp_path / "memory", create=True) as store:
        store.maintain(full=True)

    assert _packs(tmp_path / "memory") == set()


def test_a_missing_object_leaves_the_packs_alone(memory: Path) -> None:
    """What can still be read stays readable."""
    packs = memory / "objects" / "pack"
    newest = max(packs.glob("*.pack"), key=lambda path: path.stat().st_mtime_ns)
    for ending in (".pack", ".idx"):
        newest.with_suffix(ending).rename(memory / f"away{ending}")
    before = _packs(memory)
    with pytest.raises(MemoryDamaged, match="could not"):
        repack(memory)

    assert before <= _packs(memory)
