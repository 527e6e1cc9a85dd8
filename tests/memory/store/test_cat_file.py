"""Reading ahead through `git cat-file` changes nothing of what is read."""

from __future__ import annotations

import hashlib
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from kubectl_smart.memory.store.cat_file import CatFile, GitObject

BLOBS = 900
"""Several bunches of requests."""


def _name(content: bytes) -> str:
    return hashlib.sha1(b"blob %d\0%s" % (len(content), content)).hexdigest()  # noqa: S324 - git's


@pytest.fixture(scope="module")
def contents(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[bytes]]:
    """A repository, and the blobs in it."""
    path = tmp_path_factory.mktemp("blobs")
    subprocess.run(["git", "init", "-q", "--bare", str(path)], check=True)
    blobs = [b"%d\n" % number * (number % 40) for number in range(BLOBS)]
    stream = b"".join(b"blob\ndata %d\n%s\n" % (len(blob), blob) for blob in blobs)
    subprocess.run(["git", f"--git-dir={path}", "fast-import", "--quiet"], input=stream, check=True)
    return path, blobs


@pytest.fixture
def reader(contents: tuple[Path, list[bytes]]) -> Iterator[CatFile]:
    """Closed when the test ends."""
    found = CatFile(contents[0])
    yield found
    found.close()


def _read(found: Iterator[GitObject | None]) -> list[bytes | None]:
    return [None if one is None else one.content for one in found]


def test_many_are_read_in_the_order_asked(
    reader: CatFile, contents: tuple[Path, list[bytes]]
) -> None:
    """Those that are not there are None, wherever they stand; twice in a row is the same."""
    wanted: list[bytes | None] = [*contents[1]]
    names = [_name(blob) for blob in contents[1]]
    for at in (0, 400, 401, BLOBS):
        wanted.insert(at, None)
        names.insert(at, "f" * 40)

    assert _read(reader.read_many(names)) == wanted
    assert _read(reader.read_many(names)) == wanted
    assert _read(reader.read_many([])) == []


def test_one_may_be_read_while_others_are_on_their_way(
    reader: CatFile, contents: tuple[Path, list[bytes]]
) -> None:
    """What was asked ahead is neither lost nor taken for the answer to another question."""
    blobs = contents[1]
    many = reader.read_many([_name(blob) for blob in blobs])
    first = next(many)
    other = reader.read(_name(blobs[-1]))

    assert first is not None
    assert first.content == blobs[0]
    assert other is not None
    assert other.content == blobs[-1]
    assert _read(many) == blobs[1:]


def test_reading_may_be_left_half_way(reader: CatFile, contents: tuple[Path, list[bytes]]) -> None:
    """The next question gets its own answer."""
    blobs = contents[1]
    next(reader.read_many([_name(blob) for blob in blobs]))

    assert _read(reader.read_many([_name(blob) for blob in blobs[5:9]])) == blobs[5:9]
