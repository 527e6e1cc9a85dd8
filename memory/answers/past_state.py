"""The answers to `at`: the state of the past, and the difference between two instants."""

from __future__ import annotations

from dataclasses import dataclass

from kubectl_smart.memory.answers.basis import Basis, Citation
from kubectl_smart.memory.records.actors import Actor
from kubectl_smart.memory.records.changes import FieldEdit, Json
from kubectl_smart.memory.records.facts import StatePlace
from kubectl_smart.memory.records.objects import ObjectRef


@dataclass(frozen=True, slots=True, kw_only=True)
class PastObject:
    """One object as it was.

    state      the object (stored form); with its trimmed status where that is kept; None where
               nothing but its name is known. Objects of one answer may share parts: not to be
               changed
    uncertain  True if something was written to it since that the state does not show for sure
    place      where the file stands that holds exactly this state; None if it is put together
    condition  how a pod or node was by its own word: "Running", "CrashLoopBackOff"; else ""
    at         when this version was made, microseconds since 1970-01-01 UTC
    """

    ref: ObjectRef
    derived: bool
    owner: ObjectRef | None
    state: Json | None
    uncertain: bool
    place: StatePlace | None
    at: int
    actor: Actor
    via: str
    citation: Citation
    condition: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class StateAnswer:
    """Every object alive at an instant, ordered by kind, namespace and name."""

    basis: Basis
    at: int
    objects: tuple[PastObject, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ObjectDifference:
    """One object that is not the same at both instants.

    edits  field by field, where it exists at both; () where it was added or removed
    """

    ref: ObjectRef
    added: bool
    removed: bool
    edits: tuple[FieldEdit, ...]
    citation: Citation | None


@dataclass(frozen=True, slots=True, kw_only=True)
class DifferenceAnswer:
    """What differs between two instants, ordered by object."""

    basis: Basis
    at: int
    until: int
    objects: tuple[ObjectDifference, ...]
