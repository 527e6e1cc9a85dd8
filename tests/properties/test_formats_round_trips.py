"""What is written is read back exactly, whatever people and clusters put into it."""

from __future__ import annotations

import dataclasses
from pathlib import PurePosixPath
from typing import Any

import orjson
import pytest
import strategies as my
from hypothesis import given
from hypothesis import strategies as st

from kubectl_smart.memory.formats import (
    field_paths,
    journal_lines,
    messages,
    object_names,
    paths,
    trailers,
)
from kubectl_smart.memory.formats.subjects import MAX_SUBJECT
from kubectl_smart.memory.records.changes import Change
from kubectl_smart.memory.records.objects import ObjectRef

RECORDS = st.one_of(my.changes(), my.steps(), my.notes(), my.incidents())


@given(my.unicode_text())
def test_a_path_component_is_read_back(name: str) -> None:
    """Any name survives being a path component."""
    component = paths.encode_component(name)

    assert name == paths.decode_component(component)


@given(my.refs())
def test_paths_name_their_object_and_stay_in_the_tree(ref: ObjectRef) -> None:
    """Each path leads back to its object; no piece is `..`, hidden or over-long."""
    for area, path in (
        ("state", paths.state_path(ref)),
        ("status", paths.status_path(ref)),
        ("knowledge", paths.knowledge_path(ref)),
    ):
        assert (area, ref) == paths.parse_path(path)
        for piece in PurePosixPath(path).parts:
            assert not piece.startswith(".")
            assert len(piece) <= paths.MAX_PIECE + len(".yaml")
            assert piece.isascii()
    late = paths.late_path(ref, "c" * 32)
    assert ("late", paths.LatePlace(ref, "c" * 32)) == paths.parse_path(late)


@given(st.one_of(my.names(), my.text()).map(lambda text: f"state/{text}.yaml"))
def test_a_foreign_path_is_refused_or_ours(path: str) -> None:
    """`parse_path` never accepts a path that would be written otherwise."""
    try:
        area, what = paths.parse_path(path)
    except ValueError:
        return

    assert area == "state"
    assert isinstance(what, ObjectRef)
    assert path == paths.state_path(what)


@given(my.refs())
def test_an_object_text_is_read_back(ref: ObjectRef) -> None:
    """`Deployment.apps payments/payment-api` leads back to the object, for any object."""
    text = object_names.object_text(ref)

    assert ref == object_names.parse_object_text(text)
    assert text.count(" ") == 1


@given(my.unicode_text())
def test_a_trailer_value_is_one_line_and_read_back(value: str) -> None:
    """A value never breaks its line, and nothing trims it."""
    line = trailers.encode_value(value)

    assert value == trailers.decode_value(line)
    assert line == line.strip(" \t\r\n\v\f")
    assert len(line.splitlines()) <= 1


@given(my.unicode_text())
def test_free_text_is_escaped_reversibly(body: str) -> None:
    """Escaping free text loses nothing."""
    assert body == trailers.unescape_body(trailers.escape_body(body))


@given(RECORDS, st.integers(0, 10**12), st.integers(0, 10**12), my.instants())
def test_a_commit_message_holds_the_whole_record(
    record: messages.Committable, sequence: int, cursor: int, recorded_at: int
) -> None:
    """Everything but the state, and edits that follow from two states, is in the message."""
    expected = record
    if isinstance(record, Change):
        written = messages.edits_are_written(record)
        expected = dataclasses.replace(record, state=None, edits=record.edits if written else ())

    message = messages.commit_message(record, sequence, cursor, recorded_at)

    assert (expected, sequence, cursor, recorded_at) == messages.parse_message(message)
    assert b"\0" not in message


@given(RECORDS)
def test_a_subject_is_one_short_line(record: messages.Committable) -> None:
    """A subject has at most 72 characters, no control characters, and is no trailer."""
    subject = messages.subject(record)

    assert 0 < len(subject) <= MAX_SUBJECT
    assert subject == subject.strip()
    assert subject.isprintable() or all(
        ord(char) > 0xA0 for char in subject if not char.isprintable()
    )
    subject.encode()


@given(
    st.one_of(my.changes(my.text()), my.observations(), my.heard(), my.dependencies()),
    st.integers(0, 10**12),
    my.instants(),
    st.one_of(st.none(), my.json_objects()),
)
def test_a_journal_line_holds_the_whole_record(
    record: journal_lines.Journalled, sequence: int, recorded_at: int, state: Any
) -> None:
    """A journal line leads back to the record, its number, its time and its state."""
    inline = None if state is None else orjson.dumps(state, option=orjson.OPT_SORT_KEYS)
    expected = dataclasses.replace(record, state=None) if isinstance(record, Change) else record

    line = journal_lines.to_line(record, sequence, recorded_at, inline)

    assert (expected, sequence, recorded_at, inline) == journal_lines.from_line(line)
    assert line.endswith(b"}\n")
    assert line.count(b"\n") == 1


@given(st.lists(st.one_of(my.text(), st.tuples(my.text(), st.integers(1, 3))), max_size=4))
def test_a_field_path_is_read_back(parts: list[str | tuple[str, int]]) -> None:
    """Map keys and labels of any content survive being part of a path."""
    path = ""
    expected = []
    for part in parts:
        if isinstance(part, str):
            step = field_paths.key_step(part)
            path += step if path or step[0] != "." else step[1:]
            expected.append((part, False))
        else:
            path += field_paths.item_step(*part, keyed=True)
            expected.append((part[0], True))

    found = field_paths.parse_path(path)

    assert expected == [(step.text, step.is_item) for step in found]
    for part, step in zip(parts, found, strict=True):
        if not isinstance(part, str):
            assert max(step.number, 1) == part[1]


@pytest.mark.parametrize("line", [b"", b"[]", b"{}", b'{"v":1}', b'{"v":1,"type":"x"}', b"\xff"])
def test_what_is_no_journal_line_is_a_value_error(line: bytes) -> None:
    """A torn or foreign line is told as such."""
    with pytest.raises(ValueError, match=r".+"):
        journal_lines.from_line(line)
