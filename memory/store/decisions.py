"""The branch `main`: one commit for each change of a declared object, step, note and incident.

`decision` says what a record's commit is; it writes nothing. The recorder calls it, and
`history` reads the same commits back.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable

import orjson

from kubectl_smart.memory.formats import incident_files, knowledge_files
from kubectl_smart.memory.formats.identities import (
    RECORDER_EMAIL,
    RECORDER_NAME,
    git_identity,
)
from kubectl_smart.memory.formats.manifests import to_yaml
from kubectl_smart.memory.formats.messages import Committable, commit_message
from kubectl_smart.memory.formats.paths import (
    incident_path,
    knowledge_path,
    late_path,
    state_path,
)
from kubectl_smart.memory.records.actors import Actor
from kubectl_smart.memory.records.changes import Change, Facet, Knowledge
from kubectl_smart.memory.records.facts import Record, StatePlace
from kubectl_smart.memory.records.incidents import Incident
from kubectl_smart.memory.records.notes import Note
from kubectl_smart.memory.records.steps import Step
from kubectl_smart.memory.store.branches import MAIN
from kubectl_smart.memory.store.protocols import NewCommit
from kubectl_smart.memory.store.readme import MAIN_README, ROOT_MESSAGE

ReadFile = Callable[[str], bytes | None]
"""path on `main` -> the file as it is now, commits not yet visible included."""

_RECORDER = f"{RECORDER_NAME} <{RECORDER_EMAIL}>".encode()


def blob_id(content: bytes) -> str:
    """The object id git gives this content."""
    return hashlib.sha1(b"blob %d\0" % len(content) + content).hexdigest()  # noqa: S324


def signed(who: bytes, instant: int) -> bytes:
    """A git signature: name, address and whole seconds (git knows none before 1970)."""
    return b"%b %d +0000" % (who, max(instant, 0) // 1_000_000)


def recorder(instant: int) -> bytes:
    """The signature of the recorder itself."""
    return signed(_RECORDER, instant)


def is_decision(record: Record) -> bool:
    """Whether a record belongs to `main`; all others belong to the journal."""
    if type(record) is Change:
        return not record.derived and record.facet is not Facet.STATUS
    return isinstance(record, Step | Note | Incident)


def root(recorded_at: int) -> NewCommit:
    """The first commit of `main`: how to read this memory."""
    who = recorder(recorded_at)
    files = (("README.md", MAIN_README),)
    return NewCommit(MAIN, who, who, ROOT_MESSAGE, files)


def decision(
    record: Committable, sequence: int, cursor: int, recorded_at: int, read_file: ReadFile
) -> tuple[NewCommit, StatePlace | None]:
    """The commit of one record, and where the state after it stands."""
    actor, happened_at, files = _by_kind(record, read_file)
    name, email = git_identity(actor)
    place = None
    if type(record) is Change and files and files[0][1] is not None:
        place = StatePlace(blob_id(files[0][1]), -1)
    commit = NewCommit(
        MAIN,
        signed(f"{name} <{email}>".encode(), happened_at),
        recorder(recorded_at),
        commit_message(record, sequence, cursor, recorded_at),
        files,
    )
    return commit, place


def _by_kind(
    record: Committable, read_file: ReadFile
) -> tuple[Actor, int, tuple[tuple[str, bytes | None], ...]]:
    """(author, author date, files) of a record's commit."""
    match record:
        case Change():
            return record.actor, record.happened_at, _state_file(record)
        case Step():
            return record.actor, record.happened_at, ()
        case Note():
            files: tuple[tuple[str, bytes | None], ...] = ()
            if record.about is not None:
                path = knowledge_path(record.about)
                files = ((path, knowledge_files.with_note(read_file(path), record)),)
            return record.author, record.version_at, files
        case Incident():
            path = incident_path(record.id)
            content = incident_files.render(record, read_file(path))
            return record.actor, record.happened_at, ((path, content),)


def _state_file(change: Change) -> tuple[tuple[str, bytes | None], ...]:
    if change.facet is Facet.DECLARED:
        return ()
    if change.gone:
        return () if change.late else ((state_path(change.object), None),)
    if change.knowledge is not Knowledge.FULL:
        return ()
    if change.state is None:
        raise ValueError(f"change {change.id} claims full knowledge and has no state")
    content = to_yaml(orjson.loads(change.state))
    late = change.late
    path = late_path(change.object, change.id) if late else state_path(change.object)
    return ((path, content),)
