"""Import: the history of a manifest repository goes through spool and recorder into the memory.

How far a repository was taken in is remembered beside the spool, once all of it stands in git. What
is read again is known by the ids of its changes: a rewritten branch adds only what is new in it.
"""

from __future__ import annotations

import re
import subprocess
from collections import Counter
from collections.abc import Callable, Sequence
from hashlib import sha256
from pathlib import Path
from typing import NamedTuple

import orjson

from kubectl_smart.bot.recorders import recorder_of
from kubectl_smart.capture.decoding.declared import item
from kubectl_smart.capture.sources.gitops import GitopsWalk
from kubectl_smart.memory.formats.redaction import Redactor
from kubectl_smart.memory.opening import Memory
from kubectl_smart.memory.records.changes import Change
from kubectl_smart.memory.records.errors import BadInput
from kubectl_smart.memory.store.foreign import ForeignRepository
from kubectl_smart.memory.store.git_commands import environment
from kubectl_smart.memory.store.git_store import OURS
from kubectl_smart.memory.store.keys import load_or_create_key
from kubectl_smart.memory.store.spool import FileSpool

_URL = re.compile(r"^([a-z][a-z0-9+.-]*://|[^/:]+@[^/:]+:)", re.IGNORECASE)
_AT_ONCE = 4_000
"""Changes folded before the next are read."""


class Wanted(NamedTuple):
    """Which history: a folder or URL, its branch ("" for what is checked out), folders in it."""

    place: str
    branch: str
    paths: tuple[str, ...]


class Walked(NamedTuple):
    """What an import did.

    commits    read this time; changes: that they made; repeated: of them known already
    passed     whether the walk began where an earlier run had ended
    rewritten  whether that place is no longer in the branch's history
    skipped    files of commits that are no manifests, by reason; examples: (reason, commit, path)
    """

    commits: int
    changes: int
    repeated: int
    passed: bool
    rewritten: bool
    skipped: Counter[str]
    examples: list[tuple[str, str, str]]


def import_gitops(
    memory: Memory,
    wanted: Wanted,
    *,
    clock: Callable[[], int],
    on_progress: Callable[[int, int], None] = lambda _done, _all: None,
) -> Walked:
    """Take in a manifest repository. `memory` must be open for writing.

    clock        microseconds since 1970-01-01 UTC
    on_progress  is told (commits read, all commits)

    BadInput if there is no such repository or branch; StorageFull if there is no room.
    """
    ours = memory.path / OURS
    repository = ForeignRepository(_here(wanted.place, ours / "repositories"))
    spool = FileSpool(ours / "spool", floor=memory.store.last_sequence())
    try:
        tip = repository.tip(wanted.branch)
        mark = ours / "imports" / f"gitops-{_key(repository.root(tip), wanted)}.json"
        since = _read(mark)
        rewritten = bool(since) and not repository.is_behind(since, tip)
        begins = "" if rewritten else since
        total = repository.count(tip, begins)
        redactor = Redactor(load_or_create_key(ours / "key"))
        walk = GitopsWalk(repository, redactor, name=_name(wanted.place), paths=wanted.paths)
        recorder = recorder_of(memory, spool)
        commits = changes = repeated = waiting = 0
        try:
            seen: set[str] = set()
            for bunch in walk.walk(tip, begins):
                news = [one for one in bunch.changes if one.id not in seen]
                seen.update(one.id for one in news)
                if not begins:
                    news = _unknown(memory, news)
                now = clock()
                spool.append([item(one, now) for one in news])
                commits += bunch.commits
                changes += len(news)
                repeated += len(bunch.changes) - len(news)
                waiting += len(news)
                if waiting >= _AT_ONCE:
                    recorder.drain(False)
                    waiting = 0
                on_progress(commits, total)
            recorder.drain(True)
        finally:
            recorder.close()
        _write(mark, tip)
        return Walked(
            commits, changes, repeated, bool(begins), rewritten, walk.skipped, walk.examples
        )
    finally:
        spool.close()
        repository.close()


def _unknown(memory: Memory, changes: Sequence[Change]) -> list[Change]:
    known = memory.index.has_changes([one.id for one in changes])
    return [one for one in changes if one.id not in known]


def _here(place: str, cache: Path) -> Path:
    """The folder to read from; a URL is cloned beside the memory, or fetched again."""
    if not _URL.match(place):
        path = Path(place).expanduser()
        if not path.exists():
            raise BadInput(f"there is no {path}", "name the folder of a clone, or a URL")
        return path
    folder = cache / sha256(place.encode()).hexdigest()[:16]
    if folder.exists():
        branches = "+refs/heads/*:refs/heads/*"
        _git(place, "-C", str(folder), "fetch", "--quiet", "--prune", "origin", branches)
    else:
        cache.mkdir(parents=True, exist_ok=True)
        _git(place, "clone", "--quiet", "--bare", "--", place, str(folder))
    return folder


def _git(place: str, *arguments: str) -> None:
    quiet = {**environment(), "GIT_TERMINAL_PROMPT": "0"}
    done = subprocess.run(["git", *arguments], env=quiet, capture_output=True, check=False)
    if done.returncode:
        words = done.stderr.decode("utf-8", "replace").strip().splitlines() or ["no reason told"]
        raise BadInput(
            f"git cannot read {_without_secret(place)}: {_without_secret(words[-1])}",
            "see whether `git clone` of it works for you",
        )


def _without_secret(text: str) -> str:
    return re.sub(r"://[^/@\s]+@", "://", text)


def _name(place: str) -> str:
    """The repository's own name, as in answers."""
    last = _without_secret(place).rstrip("/").replace(":", "/").rpartition("/")[2]
    name = last.removesuffix(".git")
    return name if name not in ("", ".", "..") else Path(place).expanduser().resolve().name


def _key(root: str, wanted: Wanted) -> str:
    parts = "\0".join([root, wanted.branch, *sorted(wanted.paths)])
    return sha256(parts.encode()).hexdigest()[:16]


def _read(mark: Path) -> str:
    try:
        return str(orjson.loads(mark.read_bytes())["tip"])
    except (OSError, ValueError, KeyError, TypeError):
        return ""


def _write(mark: Path, tip: str) -> None:
    mark.parent.mkdir(parents=True, exist_ok=True)
    draft = mark.with_name(mark.name + ".new")
    draft.write_bytes(orjson.dumps({"tip": tip}))
    draft.replace(mark)
