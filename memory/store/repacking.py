"""Packing a whole memory anew, each kind of object in the way that suits it.

Trees stay as `git fast-import` wrote them: each a delta against the tree before it in time, which
is as small as it gets. A search through trees of like size, which is what `git repack -F` does,
takes longer and finds worse. Files and messages were written one after the other, whatever they
hold: for them the search pays. So there are two packs, one of trees and one of everything else.
"""

from __future__ import annotations

import contextlib
import subprocess
from pathlib import Path

from kubectl_smart.memory.store.fast_import import TREE_DEPTH
from kubectl_smart.memory.store.git_commands import command, environment, failure, start
from kubectl_smart.memory.store.pipes import pipe, stop
from kubectl_smart.memory.store.refs import read_tips
from kubectl_smart.memory.store.syncing import sync_folder

_FILE_DEPTH = 50
_FILE_WINDOW = 50
_ENDINGS = (".idx", ".rev", ".bitmap", ".pack")


def repack(repository: Path) -> None:
    """Put everything that the branches reach into two new packs, then remove the others.

    StorageFull or MemoryDamaged if git cannot: the packs stay as they were.
    """
    if not read_tips(repository):
        return
    folder = repository / "objects" / "pack"
    before = {path.stem for path in folder.glob("pack-*.pack")}
    listing = start(repository, "rev-list", "--all", "--objects")
    sorting = start(
        repository,
        *("cat-file", "--batch-check=%(objecttype) %(objectname) %(rest)"),
        stdin=listing.stdout,
    )
    pipe(listing.stdout).close()
    trees = _packer(repository, "--window=10", f"--depth={TREE_DEPTH}")
    others = _packer(
        repository, "--no-reuse-delta", f"--window={_FILE_WINDOW}", f"--depth={_FILE_DEPTH}"
    )
    try:
        _hand_out(sorting, trees, others)
        made = {f"pack-{_finished(repository, packer)}" for packer in (trees, others)}
    finally:
        for packer in (trees, others):
            if packer.poll() is None:
                packer.kill()
            stop(packer)
            pipe(packer.stderr).close()
        codes = (stop(sorting), stop(listing))
    if any(codes):
        raise failure(repository, "list its objects", "an object is missing")
    sync_folder(folder)
    for stem in before - made:
        for ending in _ENDINGS:
            (folder / f"{stem}{ending}").unlink(missing_ok=True)
    sync_folder(folder)


def _packer(repository: Path, *options: str) -> subprocess.Popen[bytes]:
    where = str(repository / "objects" / "pack" / "pack")
    return subprocess.Popen(
        command(repository, "pack-objects", "-q", "--delta-base-offset", *options, where),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=environment(),
    )


def _hand_out(
    sorting: subprocess.Popen[bytes],
    trees: subprocess.Popen[bytes],
    others: subprocess.Popen[bytes],
) -> None:
    """Give every object to the one that packs its kind; each knows it by id and path."""
    for line in pipe(sorting.stdout):
        kind, _, named = line.partition(b" ")
        try:
            pipe((trees if kind == b"tree" else others).stdin).write(named)
        except BrokenPipeError:
            break  # why is asked in `_finished`
    for packer in (trees, others):
        with contextlib.suppress(BrokenPipeError):
            pipe(packer.stdin).close()


def _finished(repository: Path, packer: subprocess.Popen[bytes]) -> str:
    """The name of the pack it made."""
    made, complaint = pipe(packer.stdout).read(), pipe(packer.stderr).read()
    if packer.wait() != 0:
        raise failure(repository, "pack its objects", complaint.decode("utf-8", "replace"))
    return made.decode().strip()
