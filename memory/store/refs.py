"""The tips of the branches, read without starting git: every question begins with them.

Loose refs are read before packed ones, as git does: `pack-refs` writes the packed file first
and removes the loose one after, so a branch is never missed. Repositories that keep their refs
another way (reftable) are asked through git.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

from kubectl_smart.memory.store.branches import JOURNAL_PREFIX, MAIN
from kubectl_smart.memory.store.git_commands import output

_HEADS = "refs/heads/"
_COMMIT = re.compile(r"[0-9a-f]{40}\Z")


def newest_journal(tips: Mapping[str, str]) -> str:
    """The branch of the newest month; "" if there is no journal."""
    return max((name for name in tips if name.startswith(JOURNAL_PREFIX)), default="")


def head(tips: Mapping[str, str]) -> str:
    """The first 12 digits of main's tip and of the newest journal's, joined by "+"."""
    found = [tips[name][:12] for name in (MAIN, newest_journal(tips)) if name in tips]
    return "+".join(found)


def read_tips(repository: Path) -> dict[str, str]:
    """Branch -> commit id, in the order of the branches' names."""
    if "refstorage" in _text(repository / "config").lower():
        return _asked(repository)
    found: dict[str, str] = {}
    heads = repository / "refs" / "heads"
    for path in sorted(heads.rglob("*")):
        if path.is_file() and _COMMIT.match(commit := _text(path).strip()):
            found[path.relative_to(heads).as_posix()] = commit
    for line in _text(repository / "packed-refs").splitlines():
        commit, _, name = line.partition(" ")
        if name.startswith(_HEADS) and _COMMIT.match(commit):
            found.setdefault(name.removeprefix(_HEADS), commit)
    return dict(sorted(found.items()))


def _text(path: Path) -> str:
    """A file that may vanish while we look; "" then."""
    try:
        return path.read_text("utf-8", "replace")
    except OSError:
        return ""


def _asked(repository: Path) -> dict[str, str]:
    answer = output(
        repository, "for-each-ref", "--format=%(objectname) %(refname)", _HEADS.rstrip("/")
    )
    rows = (line.partition(" ") for line in answer.decode().splitlines())
    return {name.removeprefix(_HEADS): commit for commit, _, name in rows}
