"""The memory: git, the repository, its writer, its index, its spool, its disk."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

from kubectl_smart.bot.doctor.case import Case
from kubectl_smart.bot.doctor.examining import Area, Check, aside
from kubectl_smart.bot.doctor.findings import Outcome, failed, ok, warning
from kubectl_smart.bot.render.words import duration
from kubectl_smart.capture.spooling import ROOM, Room
from kubectl_smart.memory.index.opening import open_index
from kubectl_smart.memory.index.rows import IndexUnusable
from kubectl_smart.memory.opening import index_place
from kubectl_smart.memory.records.errors import NothingKnown
from kubectl_smart.memory.store.git_commands import output
from kubectl_smart.memory.store.git_store import OURS, GitStore
from kubectl_smart.memory.store.lock import holder
from kubectl_smart.memory.store.refs import newest_journal, read_tips

OLDEST_GIT = (2, 30)
"""The oldest git whose commands and options the store relies on: that of Debian 11."""
FULL_SOON = 4
"""Times the room that is to stay free, below which a disk is called nearly full."""
SPOOL_HALF = 0.5
STILL = 600
"""Seconds without a commit after which a memory that somebody writes to is called still."""
_MIB = 1 << 20


def area(case: Case) -> Area:
    """What can be said without a network, unless the index is on PostgreSQL."""
    place = case.memory.absolute()
    slow = f"the disk of {place} does not answer: look at it with `df {place}`"
    lost = "see whether the database of the index answers: `psql URL -c 'select 1'`"
    return Area(
        "memory",
        [
            Check("git", lambda: aside(_git), "run `git --version` by hand", needed=True),
            Check("repository", lambda: aside(lambda: _repository(case)), slow, needed=True),
            Check("writer", lambda: aside(lambda: _writer(place)), slow),
            Check("index", lambda: aside(lambda: _index(case)), lost if case.index else slow),
            Check("writable", lambda: aside(lambda: _writable(case)), slow),
            Check("spool", lambda: aside(lambda: _spool(place, _room(case))), slow),
            Check("disk", lambda: aside(lambda: _disk(place, _room(case))), slow),
            Check("commits", lambda: aside(lambda: _commits(case)), slow),
        ],
    )


def _git() -> Sequence[Outcome]:
    need = f"install git {OLDEST_GIT[0]}.{OLDEST_GIT[1]} or newer: `apt-get install git`"
    try:
        told = subprocess.run(["git", "--version"], capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError) as problem:
        return [failed(f"git cannot be run: {problem}", need)]
    found = re.search(r"(\d+)\.(\d+)", told.stdout)
    words = told.stdout.strip()
    if found is None or (int(found[1]), int(found[2])) < OLDEST_GIT:
        return [failed(f"{words} is too old", need)]
    return [ok(words)]


def _repository(case: Case) -> Sequence[Outcome]:
    place = case.memory.absolute()
    try:
        with GitStore.open(place, read_only=True) as store:
            tips = store.tips()
    except NothingKnown as problem:
        begin = f"start `kubectl smart serve {case.named}`, which makes one"
        remedy = begin if case.model is not None else "make one with `kubectl smart import`"
        return [failed(problem.message, f"{remedy}, or name another with --memory")]
    for branch, commit in tips.items():
        output(place, "cat-file", "-e", f"{commit}^{{tree}}")  # MemoryDamaged, with git's words
        del branch
    count = len(tips)
    return [ok(f"{place} opens: {count} branch{'es' * (count != 1)}")]


def _writer(place: Path) -> Sequence[Outcome]:
    owner = holder(place / OURS / "lock")
    if owner is None:
        return [ok("nobody is writing to it just now")]
    return [ok(f"process {owner['pid']} on {owner['host']} writes to it")]


def _index(case: Case) -> Sequence[Outcome]:
    place = case.memory.absolute()
    anew = f"kubectl smart reindex --memory {place}"
    try:
        index = open_index(index_place(place, case.index))
    except IndexUnusable as problem:
        return [warning(problem.message, "the next question makes it anew; or do it now", anew)]
    except ModuleNotFoundError as problem:
        return [failed(f"{problem}", "install kubectl-smart[postgresql]")]
    try:
        behind = index.lag(read_tips(place))
        where = index.where
    finally:
        index.close()
    if not behind:
        return [ok(f"{where} is in step with git")]
    if holder(place / OURS / "lock") is not None:
        return [ok(f"{where} follows git; being brought up on {', '.join(behind)}")]
    said = f"{where} is behind git on {', '.join(behind)}"
    return [warning(said, "the next question brings it up; or do it now", anew)]


def _writable(case: Case) -> Sequence[Outcome]:
    place = case.memory.absolute()
    ours = place / OURS
    paths = [place, place / "objects", place / "refs", ours, ours / "spool", ours / "imports"]
    if case.model is not None and case.model.slack is not None and case.model.slack.state:
        paths.append(Path(case.model.slack.state).expanduser().parent)
    closed = [path for path in paths if path.exists() and not os.access(path, os.W_OK | os.X_OK)]
    if not closed:
        return [ok("may be written by this user")]
    who = f"{os.getuid()}:{os.getgid()}"
    steps = [f"chown -R {who} {path}" for path in closed]
    return [
        failed(
            f"{', '.join(map(str, closed))} cannot be written by this user",
            "give them to the user that `serve` runs as, or run this as that user",
            *steps,
        )
    ]


def _room(case: Case) -> Room:
    capture = None if case.model is None else case.model.capture
    return ROOM if capture is None else capture.spool.room()


def _spool(place: Path, room: Room) -> Sequence[Outcome]:
    folder = place / OURS / "spool"
    try:
        held = sum(one.stat().st_size for one in folder.iterdir())
    except FileNotFoundError:
        return [ok("there is none yet: nothing waits to be committed")]
    said = f"{_mib(held)} on disk of {_mib(room.spool)} that may wait"
    remedy = (
        "see that the committer keeps up (kubectl_smart_commit_lag_seconds), and that the disk "
        "is not slow; raise capture.spool.most if bursts are that large"
    )
    if held >= room.spool:
        return [failed(f"{said}: nothing more is accepted", remedy)]
    return [warning(said, remedy) if held > SPOOL_HALF * room.spool else ok(said)]


def _disk(place: Path, room: Room) -> Sequence[Outcome]:
    free = shutil.disk_usage(place).free
    said = f"{_mib(free)} free, {_mib(room.free)} are to stay free (capture.spool.free)"
    remedy = "make room on that disk or enlarge the volume; `kubectl smart maintain` packs git"
    if free < room.free:
        return [failed(f"{said}: nothing more is accepted", remedy)]
    return [warning(said, remedy) if free < FULL_SOON * room.free else ok(said)]


def _commits(case: Case) -> Sequence[Outcome]:
    place = case.memory.absolute()
    branch = newest_journal(read_tips(place))
    if not branch:
        return [ok("no journal yet: nothing was recorded")]
    told = output(place, "log", "-1", "--format=%ct", branch).decode().strip()
    age = case.now - int(told) * 1_000_000
    said = f"the last commit on {branch} is {duration(max(age, 0))} old"
    if age > STILL * 1_000_000 and holder(place / OURS / "lock") is not None:
        return [
            warning(
                f"{said}, though a process holds the memory open",
                "see below which source is not heard, and the log of that process",
            )
        ]
    return [ok(said)]


def _mib(size: int) -> str:
    return f"{size / _MIB:,.0f} MiB"
