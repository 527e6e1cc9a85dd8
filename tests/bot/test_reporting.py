"""Reports of incidents on a memory on disk: kept on main, with people's words, once and for all."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from built_memory import START, TOM, Past, config, deployment, minutes, pod

from kubectl_smart.bot.reporting import commit_version, keep_report, new_version, report_template
from kubectl_smart.memory.formats import incident_files, marked_sections
from kubectl_smart.memory.opening import Memory, open_for_writing, open_memory
from kubectl_smart.memory.questions.incident import incident
from kubectl_smart.memory.records.errors import BadInput, Busy
from kubectl_smart.memory.records.incidents import Incident
from kubectl_smart.memory.store.protocols import SpoolItem
from kubectl_smart.memory.store.spool import FileSpool

API = deployment("payment-api")
ID = "2025-11-23-cache"
PATH = f"incidents/{ID}.md"


@pytest.fixture
def past() -> Past:
    """A change, warnings, a rollback, and a report with a line of a person."""
    past = Past()
    past.heard(START, minutes(120))
    past.write(API, replicas=3)
    past.write(config("cache"), minutes(10), by=TOM, data={"SIZE": "64"})
    past.seen(pod("payment-api-1"), minutes(12), "OOMKilled", owner=API)
    past.incident(minutes(15), ID, "The cache is out", "The payment-api answers nobody.\n")
    return past


@pytest.fixture
def memory(past: Past, tmp_path: Path) -> Iterator[Memory]:
    """That past on disk, open for writing."""
    past.record(tmp_path / "memory")
    with open_for_writing(tmp_path / "memory") as memory:
        yield memory


def report(memory: Memory) -> str:
    """The file on main."""
    found = memory.store.read_path("main", PATH)
    assert found is not None
    return found.decode()


def test_an_update_is_a_commit_and_the_next_one_is_none(memory: Memory) -> None:
    """The sections come behind what a person wrote; a second update finds nothing to do."""
    made = keep_report(memory, ID, now=minutes(30))
    text = report(memory)

    assert made is not None
    assert (
        text.partition("---\n")[2]
        .partition("---\n")[2]
        .startswith("The payment-api answers nobody.\n\n## Summary\n\n<!-- smart:summary -->\n")
    )
    assert "OOMKilled of payment-api-1" in marked_sections.sections(text)["timeline"]
    assert keep_report(memory, ID, now=minutes(31)) is None
    assert memory.store.tips()["main"] == made.commit


def test_the_commit_is_as_other_versions_of_reports(memory: Memory) -> None:
    """Its trailers say which incident it is a version of; verify finds no fault."""
    made = keep_report(memory, ID, now=minutes(30))
    assert made is not None
    said = subprocess.run(
        ["git", "-C", str(memory.path), "log", "-1", "--format=%an%n%(trailers)", "main"],
        capture_output=True, text=True, check=True,
    ).stdout  # fmt: skip

    assert said.startswith("kubectl-smart\n")
    assert f"Incident-Version: {ID}\n" in said
    assert "Status: open\nOpened: 2025-11-23T09:15:00Z\n" in said
    assert list(memory.store.verify()) == []


def test_the_memory_goes_on_after_an_update(past: Past, memory: Memory) -> None:
    """What is recorded next comes after it, and an index built anew answers the same."""
    keep_report(memory, ID, now=minutes(30))
    past.write(API, minutes(35), by=TOM, replicas=5)
    past.incident(
        minutes(40), ID, "The cache is out", incident_files.body(report(memory).encode()),
        opened_at=minutes(15), closed_at=minutes(40),
    )  # fmt: skip
    past.commit_to(memory.store)
    memory.index.catch_up(memory.store)
    made = keep_report(memory, ID, now=minutes(50))
    live = incident(memory.store, memory.index, ID, now=minutes(60))
    memory.index.rebuild(memory.store)

    assert made is not None
    assert "replicas 3 → 5" in marked_sections.sections(report(memory))["fix"]
    assert incident(memory.store, memory.index, ID, now=minutes(60)) == live
    assert list(memory.store.verify()) == []


def test_what_people_write_around_the_sections_stays(memory: Memory) -> None:
    """Words, comments and keys of theirs, from one version to the next."""
    keep_report(memory, ID, now=minutes(30))
    text = report(memory)
    words = "\n\tWe *think*  it was DNS.\u202e \n"
    edited = text.replace("## Cause\n", f"## Why?{words}")
    version = incident(memory.store, memory.index, ID, now=minutes(31)).incident
    commit_version(memory, _edited(version, edited), recorded_at=minutes(32))
    again = keep_report(memory, ID, now=minutes(33))

    assert again is None
    assert f"## Why?{words}" in report(memory)


def _edited(version: Incident, text: str) -> Incident:
    """A person's version of a report."""
    return replace(
        version, text=incident_files.body(text.encode()), actor=TOM, happened_at=minutes(32)
    )


def test_a_template_of_ones_own_is_used(memory: Memory, tmp_path: Path) -> None:
    """Given as a file; one that cannot be read is said so."""
    own = tmp_path / "own.j2"
    own.write_text("<!-- smart:mine -->\nIt is {{ incident.status }}.\n<!-- /smart:mine -->\n")

    keep_report(memory, ID, now=minutes(30), template_file=own)

    assert marked_sections.sections(report(memory)) == {"mine": "It is open.\n"}
    assert report_template(memory.store) is None
    with pytest.raises(BadInput, match="cannot be read"):
        report_template(memory.store, tmp_path / "nowhere.j2")


def test_a_broken_template_is_told_and_ours_is_used(memory: Memory, tmp_path: Path) -> None:
    """In one sentence, with the line."""
    own = tmp_path / "own.j2"
    own.write_text("<!-- smart:mine -->\n{{ incident. }}\n<!-- /smart:mine -->\n")
    told: list[str] = []

    keep_report(memory, ID, now=minutes(30), template_file=own, tell=told.append)

    assert "timeline" in marked_sections.sections(report(memory))
    assert len(told) == 1
    assert told[0].startswith("the template of reports is broken (line 2): ")


def test_what_an_interrupted_import_accepted_comes_first(memory: Memory) -> None:
    """Nothing is committed past it: it would be taken for done."""
    spool = FileSpool(memory.path / "smart" / "spool", floor=memory.store.last_sequence())
    spool.append([SpoolItem("a/ResponseComplete", "audit-log", START, b"{}")])
    spool.close()
    before = memory.store.tips()

    with pytest.raises(Busy, match="import was interrupted"):
        keep_report(memory, ID, now=minutes(30))
    assert memory.store.tips() == before


def test_a_version_is_made_without_writing(past: Past, tmp_path: Path) -> None:
    """For whoever records it in another way: a memory that is only read is enough."""
    with past.memory(tmp_path / "memory") as memory:
        version = new_version(memory, ID, now=minutes(30), actor=TOM)

    assert version is not None
    assert (version.id, version.actor, version.happened_at) == (ID, TOM, minutes(30))
    assert "smart:timeline" in version.text
    with open_memory(tmp_path / "memory") as memory:
        assert "smart:timeline" not in report(memory)
