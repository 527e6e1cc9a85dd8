"""Keeps reports of incidents up to date on `main`: reads, has them rendered, commits.

A report that is written anew adds nothing to what is known, so it needs no spool: it is a
function of the memory, and one that was lost is made again. A process that holds a spool of this
memory open (an import, the bot) takes `new_version` and records it in its own way instead.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from kubectl_smart.bot.render.report import update_report
from kubectl_smart.bot.telling import RECORDER
from kubectl_smart.memory.formats import incident_files
from kubectl_smart.memory.formats.paths import incident_path
from kubectl_smart.memory.opening import Memory
from kubectl_smart.memory.questions.incident import incident as ask_incident
from kubectl_smart.memory.records.actors import Actor
from kubectl_smart.memory.records.errors import BadInput, Busy
from kubectl_smart.memory.records.facts import Committed
from kubectl_smart.memory.records.incidents import Incident
from kubectl_smart.memory.store.branches import MAIN
from kubectl_smart.memory.store.decisions import decision
from kubectl_smart.memory.store.git_store import OURS, GitStore
from kubectl_smart.memory.store.spool import FileSpool

TEMPLATE = "templates/incident.md.j2"
"""Where a memory's own template of reports lies on `main`."""

PROGRAM = RECORDER
"""Who writes a report anew, if nobody else is named."""


def report_template(store: GitStore, path: Path | None = None) -> str | None:
    """The template to render reports with: the file given, or the memory's own; None for ours.

    BadInput if the file that was given cannot be read.
    """
    if path is None:
        found = store.read_path(MAIN, TEMPLATE)
        return None if found is None else found.decode("utf-8", "replace")
    try:
        return path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as problem:
        raise BadInput(
            f"the template {path} cannot be read: {problem}", "name a jinja2 file in UTF-8"
        ) from None


def new_version(
    memory: Memory,
    incident_id: str,
    *,
    now: int,
    actor: Actor = PROGRAM,
    template: str | None = None,
    tell: Callable[[str], None] | None = None,
) -> Incident | None:
    """The next version of a report, sections written anew; None if that changes nothing.

    now       when it is made, microseconds since 1970-01-01 UTC
    template  see `report_template`
    tell      is told in one sentence if the template is broken; then the program's is used

    NothingKnown if there is no such incident.
    """
    answer = ask_incident(memory.store, memory.index, incident_id, now=now)
    found = memory.store.read_path(MAIN, incident_path(answer.incident.id))
    old = None if found is None else found.decode("utf-8", "replace")
    updated = update_report(old, answer, template=template, tell=tell)
    text = incident_files.body(updated.encode("utf-8"))
    if updated == old and text == answer.incident.text:
        return None
    at = max(now, answer.incident.happened_at)
    return replace(answer.incident, actor=actor, happened_at=at, text=text)


def commit_version(memory: Memory, version: Incident, *, recorded_at: int) -> Committed:
    """Commit a version of a report to `main`, with its trailers, and tell the index.

    memory       open for writing; no spool of it may be open
    recorded_at  microseconds since 1970-01-01 UTC

    Busy if an import was interrupted: what it accepted comes first. StorageFull, MemoryDamaged:
    nothing is committed.
    """
    store = memory.store
    sequence, cursor = _place(memory)
    commit, _ = decision(
        version, sequence, cursor, recorded_at, lambda path: store.read_path(MAIN, path)
    )
    writer = store.writer()
    writer.commit(commit)
    (made,) = writer.checkpoint()
    committed = Committed(version, sequence, recorded_at, MAIN, made, None)
    memory.index.apply([committed], store.tips(), store.read_states)
    return committed


def _place(memory: Memory) -> tuple[int, int]:
    """(sequence, cursor) of a commit that comes after everything accepted."""
    spool = FileSpool(memory.path / OURS / "spool", floor=memory.store.last_sequence())
    try:
        done = max(spool.progress.position, spool.discarded)
        if next(spool.read(done), None) is not None:
            raise Busy(
                "an import was interrupted, and what it accepted is not in git yet",
                "run the import again, then this",
            )
        sequence = spool.last_sequence + 1
        return sequence, min([sequence, *(one - 1 for one in spool.progress.still_open)])
    finally:
        spool.close()


def keep_report(
    memory: Memory,
    incident_id: str,
    *,
    now: int,
    actor: Actor = PROGRAM,
    template_file: Path | None = None,
    tell: Callable[[str], None] | None = None,
) -> Committed | None:
    """Bring a report on `main` up to date; None if it was.

    template_file  a template to use in place of the memory's own
    """
    template = report_template(memory.store, template_file)
    version = new_version(memory, incident_id, now=now, actor=actor, template=template, tell=tell)
    return None if version is None else commit_version(memory, version, recorded_at=now)
