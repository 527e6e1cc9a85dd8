"""Files for people: notes about an object, incident reports, and what is left of a status."""

from __future__ import annotations

import dataclasses

import pytest

from kubectl_smart.memory.formats import incident_files, journal_lines, knowledge_files, upcasts
from kubectl_smart.memory.formats.identities import git_identity
from kubectl_smart.memory.formats.manifests import stored_form, trimmed_status
from kubectl_smart.memory.formats.messages import (
    JournalMessage,
    journal_message,
    parse_journal_message,
    parse_message,
)
from kubectl_smart.memory.records.actors import Actor, ActorKind
from kubectl_smart.memory.records.coverage import Heard
from kubectl_smart.memory.records.errors import BadInput, MemoryDamaged
from kubectl_smart.memory.records.incidents import Incident, IncidentStatus
from kubectl_smart.memory.records.notes import Note
from kubectl_smart.memory.records.objects import ObjectRef

SARAH = Actor("sarah@example.com", ActorKind.HUMAN)
AT = 1_795_402_106_000_000
NOTE = Note(
    id="1" * 32,
    author=SARAH,
    text="Never below 3.\r\n\x1b[31mSlow cache.\n",
    about=ObjectRef("apps", "Deployment", "payments", "payment-api"),
    field="spec.replicas",
    explains="",
    incident="",
    happened_at=AT,
    permalink="https://chat.example.com/p1",
)
INCIDENT = Incident(
    id="2026-11-23-cache",
    title='Cache: "down"',
    status=IncidentStatus.OPEN,
    opened_at=AT,
    closed_at=0,
    actor=SARAH,
    happened_at=AT,
    text="# What happened\n\n---\nnothing\n",
)


def test_notes_add_up_to_a_page() -> None:
    """Each note is a section; the first one makes the heading."""
    page = knowledge_files.with_note(None, NOTE)
    page = knowledge_files.with_note(
        page, dataclasses.replace(NOTE, id="2" * 32, text="More.", permalink="")
    )

    assert page.decode() == (
        "# payments/deployment payment-api\n\n"
        f"<!-- note {'1' * 32} -->\n"
        "## 2026-11-23 02:48 UTC, sarah@example.com\n\n"
        "About `spec.replicas`.\n\n"
        "Never below 3.\n\N{REPLACEMENT CHARACTER}[31mSlow cache.\n\n"
        "Said at <https://chat.example.com/p1>\n\n"
        f"<!-- note {'2' * 32} -->\n"
        "## 2026-11-23 02:48 UTC, sarah@example.com\n\n"
        "About `spec.replicas`.\n\n"
        "More.\n"
    )


def test_a_later_version_of_a_note_takes_its_section() -> None:
    """Edited or taken back; the sections around it stay as they are."""
    other = dataclasses.replace(NOTE, id="2" * 32, text="<!-- note 3 -->\nOther.")
    both = knowledge_files.with_note(knowledge_files.with_note(None, NOTE), other)
    first, _, second = both.partition(f"<!-- note {'2' * 32}".encode())

    edited = knowledge_files.with_note(
        both, dataclasses.replace(NOTE, text="Never below 4.", changed_at=AT + 60_000_000)
    )
    gone = knowledge_files.with_note(
        edited, dataclasses.replace(NOTE, text="", changed_at=AT + 60_000_000, retracted=True)
    )

    assert b"Never below 3" in first
    assert edited.endswith(second)
    assert b"Never below 4.\n\nEdited 2026-11-23 02:49 UTC.\n\nSaid at" in edited
    assert b"Never below" not in gone
    assert b"Taken back 2026-11-23 02:49 UTC by sarah@example.com.\n\n<!-- note 222" in gone
    assert gone.endswith(second)


def test_a_note_about_nothing_has_no_page() -> None:
    """It only explains a change."""
    with pytest.raises(ValueError, match="not about an object"):
        knowledge_files.with_note(None, dataclasses.replace(NOTE, about=None))


def test_a_report_is_read_back() -> None:
    """Front matter and text survive, dashes in the text included."""
    report = incident_files.parse(incident_files.render(INCIDENT))

    assert report == (
        INCIDENT.id,
        INCIDENT.title,
        INCIDENT.status,
        INCIDENT.opened_at,
        0,
        INCIDENT.text,
    )


def test_what_people_add_to_a_front_matter_stays() -> None:
    """Comments and keys of others keep their place when a report is closed."""
    first = incident_files.render(INCIDENT)
    edited = first.replace(b"---\n", b"---\n# who leads?\nseverity: high\n", 1)
    closed = dataclasses.replace(INCIDENT, status=IncidentStatus.CLOSED, closed_at=AT + 1)

    found = incident_files.render(closed, edited)

    assert found.decode() == (
        "---\n# who leads?\nseverity: high\n"
        "id: 2026-11-23-cache\n"
        'title: "Cache: \\"down\\""\n'
        "status: closed\n"
        'opened: "2026-11-23T02:48:26Z"\n'
        'closed: "2026-11-23T02:48:26.000001Z"\n'
        "---\n# What happened\n\n---\nnothing\n"
    )
    assert incident_files.parse(found).closed_at == AT + 1


@pytest.mark.parametrize("front", [b"id: [", b"- a", b"id: other\nid: other", b"a: |\n ---"])
def test_a_front_matter_nobody_can_read_is_written_anew(front: bytes) -> None:
    """A broken front matter never breaks the next version."""
    found = incident_files.render(INCIDENT, b"---\n" + front + b"\n---\nold\n")

    assert incident_files.parse(found).title == INCIDENT.title


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"no front matter",
        b"---\nid: a\n",
        b"---\n[\n---\n",
        b"---\n- a\n---\n",
        b"---\nid: a\nstatus: odd\nopened: x\n---\n",
        b"---\nstatus: open\n---\n",
        b"\xff",
    ],
)
def test_a_broken_report_is_bad_input(data: bytes) -> None:
    """The editor is told in words, and what to do."""
    with pytest.raises(BadInput) as caught:
        incident_files.parse(data)

    assert caught.value.remedy


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("sarah@example.com", ("sarah@example.com", "sarah@example.com")),
        ("kubernetes-admin", ("kubernetes-admin", "kubernetes-admin@kubectl-smart.invalid")),
        (
            "system:serviceaccount:argocd:argocd-server",
            ("argocd/argocd-server", "argocd-server@argocd.kubectl-smart.invalid"),
        ),
        (
            "system:node:worker-5",
            ("system:node:worker-5", "system-node-worker-5@kubectl-smart.invalid"),
        ),
        ("", ("unknown", "unknown@kubectl-smart.invalid")),
        ("<a>\n", ("a", "a@kubectl-smart.invalid")),
        ("<>", ("unknown", "unknown@kubectl-smart.invalid")),
        ("ü\ud800", ("ü", "unknown@kubectl-smart.invalid")),
    ],
)
def test_actors_are_git_identities(name: str, expected: tuple[str, str]) -> None:
    """Never empty, never with what git forbids."""
    assert expected == git_identity(Actor(name, ActorKind.HUMAN))


def test_bookkeeping_is_not_stored() -> None:
    """The stored form lacks status and what changes with every write; the object is left alone."""
    obj = {"metadata": {"name": "a", "generation": 2, "managedFields": []}, "status": {}, "spec": 1}

    assert stored_form(obj) == {"metadata": {"name": "a"}, "spec": 1}
    assert obj["metadata"] == {"name": "a", "generation": 2, "managedFields": []}
    assert stored_form({"kind": "x"}) == {"kind": "x"}


def test_a_status_is_trimmed_to_what_matters() -> None:
    """Reasons, restarts and conditions stay; heartbeats, probes and images go."""
    condition = {"type": "Ready", "status": "False", "reason": "Failed"}
    container = {"name": "main", "ready": False, "restartCount": 3, "image": "x", "imageID": "y"}
    killed = {"terminated": {"exitCode": 137, "reason": "OOMKilled", "containerID": "c"}}
    pod = {
        "kind": "Pod",
        "status": {
            "phase": "Running",
            "podIP": "10.0.0.1",
            "conditions": [{**condition, "lastProbeTime": "x", "lastHeartbeatTime": "x"}],
            "containerStatuses": [{**container, "lastState": killed, "state": {}}],
        },
    }
    node = {
        "kind": "Node",
        "status": {"images": [1], "nodeInfo": {}, "capacity": {"cpu": "4"}, "conditions": []},
    }

    assert trimmed_status(pod) == {
        "phase": "Running",
        "conditions": [condition],
        "containerStatuses": [
            {
                "name": "main",
                "ready": False,
                "restartCount": 3,
                "lastState": {"terminated": {"exitCode": 137, "reason": "OOMKilled"}},
            }
        ],
    }
    assert trimmed_status(node) == {"capacity": {"cpu": "4"}}
    assert trimmed_status({"kind": "Pod"}) is None
    assert trimmed_status({"kind": "Deployment", "status": {"replicas": 1}}) is None


def test_a_batch_says_how_far_it_goes() -> None:
    """The commit of a journal batch is read back; other commits are refused."""
    message = journal_message(records=2, first_at=AT, last_at=AT + 1, sequence=9, cursor=7)

    assert message.startswith(b"2 records, 2026-11-23T02:48:26Z to ")
    assert parse_journal_message(message) == JournalMessage(9, 7, 2)
    checkpoint = journal_message(records=0, first_at=AT, last_at=AT, sequence=0, cursor=0)
    assert parse_journal_message(checkpoint).records == 0
    for wrong in (b"", b"no trailers", b"a\n\nnot a trailer", b"a\n\nSequence: 1"):
        with pytest.raises(ValueError, match=r".+"):
            parse_journal_message(wrong)
    with pytest.raises(ValueError, match="names no record"):
        parse_message(message)


def test_old_versions_are_lifted_step_by_step() -> None:
    """Each step makes one version of the one before; a newer one is refused."""
    steps = {1: lambda line: {**line, "a": 1}, 2: lambda line: {**line, "b": line["a"] + 1}}

    assert upcasts.lift_line({"v": 1}, steps=steps, current=3) == {"v": 3, "a": 1, "b": 2}
    lifted = upcasts.lift_trailers({"X": ["1"]}, steps={1: lambda t: {**t, "Y": ["2"]}}, current=2)
    assert lifted == {"X": ["1"], "Y": ["2"]}
    with pytest.raises(MemoryDamaged, match="version 2"):
        upcasts.lift_line({"v": 2})
    with pytest.raises(MemoryDamaged, match="version 9"):
        upcasts.lift_trailers({"Format": ["9"]})


def test_lines_sort_their_members() -> None:
    """A line is the same whoever writes it."""
    line = journal_lines.to_line(Heard(source="a", session="b", from_at=0, to_at=AT), 7, AT)

    assert line == (
        b'{"from_at":"1970-01-01T00:00:00Z","recorded_at":"2026-11-23T02:48:26Z","seq":7,'
        b'"session":"b","source":"a","to_at":"2026-11-23T02:48:26Z","type":"heard","v":1}\n'
    )
