"""Keeping git fast to read: packs, the commit graph, packed refs.

Nothing here takes anything from a reader: what a pack that goes away held stands in the new
one before, and readers look again once. GitPython runs it; only the holder of the lock may.
"""

from __future__ import annotations

from pathlib import Path

from kubectl_smart.memory.store.commit_graph import COMMIT_GRAPH
from kubectl_smart.memory.store.fast_import import MANY_PACKS, TREE_DEPTH
from kubectl_smart.memory.store.git_commands import environment, failure
from kubectl_smart.memory.store.repacking import repack

CONFIGURATION = {
    # what the spool forgets must be on the disk
    ("core", "fsync"): "all",
    ("core", "logAllRefUpdates"): "false",
    # no object of ours is worth keeping loose, and nobody but us decides when to pack
    ("fastimport", "unpackLimit"): "1",
    ("pack", "depth"): str(TREE_DEPTH),
    ("gc", "auto"): "0",
    ("maintenance", "auto"): "false",
    ("repack", "writeBitmaps"): "false",
    ("core", "commitGraph"): "true",
    ("commitGraph", "readChangedPaths"): "true",
}


def is_complete(path: Path) -> bool:
    """Whether the repository was made to its last setting."""
    try:
        return "readChangedPaths" in (path / "config").read_text("utf-8", "replace")
    except FileNotFoundError:
        return False


def create_repository(path: Path) -> None:
    """Make a bare repository for a memory, or finish one whose making was interrupted."""
    from git import Repo

    for left in ("config.lock", "HEAD.lock"):  # by a git that was killed; the memory's lock is held
        (path / left).unlink(missing_ok=True)
    repository = Repo.init(path, bare=True, initial_branch="main")
    with repository.config_writer() as writer:
        for (section, option), value in CONFIGURATION.items():
            writer.set_value(section, option, value)
    repository.close()


def _git(repository: Path, *arguments: str) -> None:
    from git import Git
    from git.exc import GitCommandError

    try:
        Git(str(repository)).execute(
            ["git", f"--git-dir={repository}", *arguments], env=environment()
        )
    except GitCommandError as error:
        raise failure(repository, arguments[0], str(error.stderr)) from error


def gather_packs(repository: Path) -> None:
    """Melt small packs into larger ones, copying what they hold, once there are many."""
    if sum(1 for _ in (repository / "objects" / "pack").glob("pack-*.pack")) < MANY_PACKS:
        return
    _git(repository, "repack", "-d", "-q", "--geometric=2", "--window=0", "--no-write-bitmap-index")


def tidy(repository: Path, *, full: bool) -> None:
    """Keep what was written fast to read. `full` packs all of it anew."""
    if full:
        repack(repository)
        _git(repository, "prune", "--expire=now")
    else:
        gather_packs(repository)
    _git(repository, "pack-refs", "--all")
    _git(repository, *COMMIT_GRAPH)
