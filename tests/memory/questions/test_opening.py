"""A memory opened for questions: always with an index, never in anybody's way, never slow."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from built_memory import START, Past, deployment, minutes

from kubectl_smart.memory.index.rows import IndexUnusable
from kubectl_smart.memory.opening import open_for_writing, open_memory
from kubectl_smart.memory.questions.why import why
from kubectl_smart.memory.records.errors import Busy, NothingKnown

API = deployment("api")


def index_file(path: Path) -> Path:
    """Where the index lies."""
    return path / "smart" / "index.sqlite"


@pytest.fixture
def past() -> Past:
    """A past with one change, that can go on."""
    past = Past()
    past.heard(START, minutes(10))
    past.write(API, replicas=1)
    return past


@pytest.fixture
def place(tmp_path: Path, past: Past) -> Path:
    """Its memory, that has been asked before."""
    path = tmp_path / "memory"
    past.memory(path).close()
    return path


def changes(path: Path) -> int:
    """How many changes a question sees."""
    with open_memory(path) as memory:
        return len(memory.index.changes_of(API))


def test_a_missing_index_is_built(place: Path) -> None:
    """Deleted, it is there again with the next question."""
    for file in index_file(place).parent.glob("index.sqlite*"):
        file.unlink()

    assert changes(place) == 1
    assert index_file(place).is_file()


@pytest.mark.parametrize("length", [0, 100, 5_000])
def test_a_truncated_index_is_built_anew(place: Path, length: int) -> None:
    """Whatever is left of it."""
    for file in index_file(place).parent.glob("index.sqlite-*"):
        file.unlink()
    index_file(place).write_bytes(index_file(place).read_bytes()[:length])

    assert changes(place) == 1


def test_an_index_behind_git_is_brought_up(place: Path, past: Past) -> None:
    """What was recorded since is in the answer."""
    past.write(API, minutes(1), replicas=2)
    past.record(place)

    assert changes(place) == 2
    with open_memory(place) as memory:
        assert memory.index.lag(memory.store.tips()) == ()


def test_while_somebody_writes_the_index_answers_as_it_is(place: Path, past: Past) -> None:
    """Behind git, with a writer at work: no waiting, and the answer says where it is behind."""
    past.write(API, minutes(1), replicas=2)
    with open_for_writing(place) as writing:
        past.commit_to(writing.store)
        with pytest.raises(Busy):
            open_for_writing(place)
        with open_memory(place) as memory:
            row = memory.index.find_objects(None, "api", None)[0]
            answer = why(memory.store, memory.index, row)

    assert len(answer.decisions) == 1
    assert answer.basis.behind == ("main",)
    assert changes(place) == 2


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_memory_that_may_only_be_read_answers_as_it_is(place: Path, past: Past) -> None:
    """Behind git, and not ours to bring up: the question is answered all the same."""
    past.write(API, minutes(1), replicas=2)
    past.record(place)
    folders = [place / "smart", *(place / "smart").iterdir()]
    for one in folders:
        one.chmod(0o555 if one.is_dir() else 0o444)
    try:
        assert changes(place) == 1
    finally:
        for one in folders:
            one.chmod(0o755 if one.is_dir() else 0o644)


def test_without_any_index_while_somebody_writes_there_is_an_error(place: Path) -> None:
    """It says what to do; nothing is guessed."""
    with open_for_writing(place):
        for file in index_file(place).parent.glob("index.sqlite*"):
            file.unlink()
        with pytest.raises(IndexUnusable) as raised:
            open_memory(place)

    assert "reindex" in raised.value.remedy


def test_where_there_is_no_memory_none_is_made(tmp_path: Path) -> None:
    """Neither for a question nor, unless it is said, for writing."""
    with pytest.raises(NothingKnown):
        open_memory(tmp_path / "nowhere")
    with pytest.raises(NothingKnown):
        open_for_writing(tmp_path / "nowhere")

    assert not (tmp_path / "nowhere").exists()


def test_a_question_imports_nothing_heavy(place: Path) -> None:
    """Neither SQLAlchemy nor GitPython nor what faces draw with: the cold start is what counts."""
    program = f"""
import sys
from pathlib import Path
from kubectl_smart.memory.opening import open_memory
from kubectl_smart.memory.questions.why import why
with open_memory(Path({str(place)!r})) as memory:
    row = memory.index.find_objects(None, "api", None)[0]
    assert why(memory.store, memory.index, row, field="replicas").decisions
print(*sorted(set(sys.modules) & set("sqlalchemy git rich jinja2 pydantic click difflib".split())))
"""
    run = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )

    assert run.stdout.strip() == ""
