"""Ids of records: functions of what they are about, so that the same event always makes the same.

Capture calls these when it decodes an event. Sending an event twice, or importing a log
again, hence gives the same ids, and nothing is recorded twice.
"""

from __future__ import annotations

import hashlib

from kubectl_smart.memory.records.changes import Facet
from kubectl_smart.memory.records.objects import ObjectRef

_LENGTH = 32


def _digest(parts: tuple[str, ...]) -> str:
    """Hash of a sequence of texts; lengths are hashed along, so ("ab", "c") != ("a", "bc")."""
    joined = "".join([f"{len(part)}:{part}" for part in parts])
    return hashlib.sha256(joined.encode("utf-8", "surrogatepass")).hexdigest()[:_LENGTH]


def change_id(audit_id: str, ref: ObjectRef, facet: Facet) -> str:
    """32 hex digits for the change that one audit event made to one facet of one object."""
    return _digest(("change", audit_id, *ref, facet.value))


def step_id(audit_id: str) -> str:
    """32 hex digits for the step whose first audit event this is."""
    return _digest(("step", audit_id))


def note_id(*parts: str) -> str:
    """32 hex digits for a note, from whatever makes it unique (author, time, permalink)."""
    return _digest(("note", *parts))


def dependency_id(
    caller: ObjectRef, callee: ObjectRef, kind: str, source: str, field: str = ""
) -> str:
    """32 hex digits for a dependency of a kind, as a source knows it.

    field  tells several proofs of one source apart: the field of the configuration that names the
           other; "" where there is but one
    """
    return _digest(("dependency", *caller, *callee, kind, source, field))


def observation_id(*parts: str) -> str:
    """32 hex digits for an observation, from whatever its repeats have in common."""
    return _digest(("observation", *parts))
