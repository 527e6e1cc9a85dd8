"""`doctor` on this machine: the configuration, its secrets, the memory."""

from __future__ import annotations

import os
import subprocess
import sys
from contextlib import ExitStack
from datetime import UTC
from pathlib import Path

import pytest
from tests.bot.slack.test_asking_in_slack import a_memory
from tests.support.doctored import look
from tests.support.postgresql import programs, running_server

from kubectl_smart.bot.doctor import memory
from kubectl_smart.bot.doctor.case import Case
from kubectl_smart.bot.doctor.findings import Outcome, State
from kubectl_smart.capture.spooling import Room
from kubectl_smart.memory.store.lock import WriterLock


def test_a_file_that_is_wrong_is_told_with_line_and_key(tmp_path: Path) -> None:
    """And all that needs no configuration is looked at all the same."""
    found = look(tmp_path, "capture:\n  wotch: {}\n")
    one = found.one("set-up", "configuration")
    assert one["state"] == "failed"
    assert "smart.yaml, line 2: capture.wotch is not known" in one["said"]
    assert one["remedy"] == "did you mean watch?"
    assert found.one("memory", "git")["state"] == "ok"


def test_a_file_that_does_nothing_is_told(tmp_path: Path) -> None:
    """What to add."""
    one = look(tmp_path, "zone: UTC\n").one("set-up", "configuration")
    assert (one["state"], "add the part" in one["remedy"]) == ("failed", True)


@pytest.mark.parametrize(
    ("content", "mode", "said", "remedy"),
    [
        ("x", 0o640, "can be read by others", "chmod 600"),
        ("", 0o600, "is empty", "write the secret into"),
        (None, 0, "cannot be read", "name another file"),
    ],
)
def test_secrets_that_are_not_as_they_should_be(
    tmp_path: Path, content: str | None, mode: int, said: str, remedy: str
) -> None:
    """By key and file, never with what is in it."""
    file = tmp_path / "token"
    if content is not None:
        file.write_text(content)
        file.chmod(mode)
    found = look(tmp_path, f"capture:\n  audit_webhook:\n    tokens: [{{file: {file}}}]\n")
    one = found.one("set-up", "secrets")
    assert one["state"] == "failed"
    assert one["said"].startswith(f"capture.audit_webhook.tokens[0]: {file}")
    assert said in one["said"]
    assert remedy in one["remedy"]


# --- the memory -----------------------------------------------------------------------------


def test_a_memory_as_it_should_be(tmp_path: Path) -> None:
    """Every check is ok, and nothing is written by looking."""
    place = a_memory(tmp_path)
    before = sorted((path, path.stat().st_mtime_ns) for path in place.rglob("*") if path.is_file())
    found = look(tmp_path)
    states = {one["state"] for one in found.findings if one["area"] == "memory"}
    after = sorted((path, path.stat().st_mtime_ns) for path in place.rglob("*") if path.is_file())
    assert states == {"ok"}
    assert found.code == 0
    assert {path for path, _ in after} - {path for path, _ in before} <= {
        place / "smart" / f"index.sqlite-{end}" for end in ("wal", "shm")
    }


def test_an_index_that_is_gone_is_told(tmp_path: Path) -> None:
    """With the command that makes it anew."""
    place = a_memory(tmp_path)
    (place / "smart" / "index.sqlite").unlink()
    one = look(tmp_path).one("memory", "index")
    assert one["state"] == "warning"
    assert one["steps"] == [f"kubectl smart reindex --memory {place}"]


def test_an_index_behind_git_is_told(tmp_path: Path) -> None:
    """By branch, unless somebody who writes brings it up."""
    place = a_memory(tmp_path)
    words = ["git", "-C", str(place)]
    tree = subprocess.run([*words, "rev-parse", "main^{tree}"], capture_output=True, text=True)
    made = subprocess.run(
        [*words, "-c", "user.name=x", "-c", "user.email=x@y", "commit-tree", "-p", "main",
         "-m", "by hand", tree.stdout.strip()],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    subprocess.run([*words, "update-ref", "refs/heads/main", made.stdout.strip()], check=True)
    one = look(tmp_path).one("memory", "index")
    assert one["state"] == "warning"
    assert "behind git on main" in one["said"]
    with WriterLock(place / "smart" / "lock"):
        assert look(tmp_path).one("memory", "index")["state"] == "ok"


def test_a_repository_that_is_damaged_is_told(tmp_path: Path) -> None:
    """Git's words, and `verify`."""
    place = a_memory(tmp_path)
    for pack in place.rglob("*.pack"):
        pack.unlink()
    one = look(tmp_path).one("memory", "repository")
    assert one["state"] == "failed"
    assert "kubectl smart verify" in one["remedy"]


def test_who_writes_is_named(tmp_path: Path) -> None:
    """By process and host."""
    place = a_memory(tmp_path)
    with WriterLock(place / "smart" / "lock"):
        assert f"process {os.getpid()} on " in look(tmp_path).one("memory", "writer")["said"]
    assert "nobody" in look(tmp_path).one("memory", "writer")["said"]


def test_an_old_git_is_told(tmp_path: Path) -> None:
    """What to install; a missing one, too."""
    program = tmp_path / "bin" / "git"
    program.parent.mkdir()
    program.write_text("#!/bin/sh\necho git version 2.11.0\n")
    program.chmod(0o755)
    one = look(tmp_path, PATH=str(program.parent)).one("memory", "git")
    assert "2.11.0 is too old" in one["said"]
    assert "2.30 or newer" in one["remedy"]
    program.unlink()
    assert "cannot be run" in look(tmp_path, PATH=str(program.parent)).one("memory", "git")["said"]


def test_limits_of_spool_and_disk() -> None:
    """A full one fails, one that fills is a warning, each with the key of its limit."""
    here = Path("/")
    assert _one(memory._disk(here, Room(free=0))).state is State.OK
    full = _one(memory._disk(here, Room(free=1 << 60)))
    assert full.state is State.FAILED
    assert "capture.spool.free" in full.said
    assert "make room" in full.remedy


def test_a_spool_that_fills_is_told(tmp_path: Path) -> None:
    """Half full is a warning, full a failure."""
    folder = tmp_path / "smart" / "spool"
    folder.mkdir(parents=True)
    (folder / "1.spool").write_bytes(bytes(3 << 20))
    states = [
        _one(memory._spool(tmp_path, Room(spool=size << 20))).state for size in (10, 5, 3)
    ]  # fmt: skip
    assert states == [State.OK, State.WARNING, State.FAILED]


def test_what_may_not_be_written_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With the command that gives it to this user."""
    place = a_memory(tmp_path)
    closed = place / "objects"
    monkeypatch.setattr(os, "access", lambda path, _mode: Path(path) != closed)
    case = Case(
        config=None, model=None, memory=place, index=None, environment={}, zone=UTC, now=0
    )  # fmt: skip
    outcome = _one(memory._writable(case))
    assert outcome.state is State.FAILED
    assert outcome.steps == (f"chown -R {os.getuid()}:{os.getgid()} {closed}",)


def test_an_index_on_postgresql_that_is_not_reached_is_told(tmp_path: Path) -> None:
    """Without its password; one that is reached and is as it should be is ok."""
    a_memory(tmp_path)
    found = look(tmp_path, "", "--index", "postgresql://me:hidden-word@127.0.0.1:9/x")
    one = found.one("memory", "index")
    assert one["state"] == "failed"
    assert "hidden-word" not in found.printed
    if programs() is None:
        pytest.skip("no PostgreSQL here")
    with ExitStack() as stack:
        url = stack.enter_context(running_server())
        subprocess_index = ["--memory", str(tmp_path / "memory"), "--index", url]
        subprocess.run(
            [*KUBECTL_SMART, "reindex", *subprocess_index], check=True, capture_output=True
        )
        assert look(tmp_path, "", "--index", url).one("memory", "index")["state"] == "ok"


KUBECTL_SMART = (sys.executable, "-m", "kubectl_smart.bot")


def _one(found: object) -> Outcome:
    (outcome,) = list(found)  # type: ignore[call-overload]
    return outcome  # type: ignore[no-any-return]
